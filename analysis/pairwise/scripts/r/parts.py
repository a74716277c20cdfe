"""Subgroups and moderators of a run in R. Pure."""

from ....scripts.shared import one_line, quoted
from ....stats.ordering import in_order
from .models import Piece, Stored, call


def columns(run):
    """The columns of a data frame that say which group a row is of, and its moderators."""
    rows, spec = run.inputs["rows"], run.spec
    if spec.get("subgroup"):
        yield f"  group = c({', '.join(quoted(row['group']) for row in rows)}),"
    for place, label in enumerate(rows[0].get("moderators", ())):
        yield f"  m{place} = c({', '.join(_answer(row['moderators'][label]) for row in rows)}),"


def _answer(value):
    if value is None:
        return "NA"
    return quoted(value) if isinstance(value, str) else repr(value)


def subgroups(spec, run):
    """Each subgroup by the model of the run, and the test whether they differ."""
    parts = run.results.get("subgroups")
    if not spec.get("subgroup") or not parts:
        return Piece()
    code, stored, pairs = ["", f"# {one_line(parts['label'])}, group by group."], [], []
    for i, group in enumerate(parts["groups"], 1):
        here = f"dat$group == {quoted(group['level'])}"
        if group["random"]:
            code += [f"part{i} <- dat[{here}, ]", f"group{i} <- {call(spec, f'part{i}')}"]
            found, name = group["random"], f"group {i} "
            fitted = f"group{i}"
            if not spec.get("robust"):
                stored += [
                    Stored(f"{name}beta", f"{fitted}$beta[1]", found["beta"]),
                    Stored(f"{name}se", f"{fitted}$se[1]", found["se"]),
                ]
            pairs.append((f"{fitted}$beta[1]", f"{fitted}$se[1]^2"))
        elif len(group["places"]) >= spec.get("least", 1):
            pairs.append((f"dat$yi[{here}]", f"dat$vi[{here}]"))
    test = parts["test"]
    if "Q" in test and not spec.get("robust"):
        effects, variances = (", ".join(one) for one in zip(*pairs, strict=True))
        code += [
            f"between <- rma(c({effects}), c({variances}), method = \"FE\")",
            'cat("Between subgroups: Q =", between$QE, "p =", between$QEp, "\\n")',
        ]  # fmt: skip
        stored.append(Stored("between Q", "between$QE", test["Q"]))
    return Piece(tuple(code), tuple(stored))


def regression(spec, run):
    """The meta-regression of the run."""
    found = run.results.get("regression")
    if not found:
        return Piece()
    if "why_not" in found:
        return Piece(("", f"# No meta-regression: {one_line(found['why_not'])}"))
    labels = list(run.inputs["rows"][0]["moderators"])
    code = ["", "# Meta-regression.", *_factors(run, labels)]
    names = [f"m{place}" for place in range(len(labels))]
    kept = " & ".join(f"!is.na(dat${name})" for name in names)
    code += [
        f"told <- dat[{kept}, ]",
        f"moderated <- {call(spec, 'told', mods='~ ' + ' + '.join(names))}",
        "print(moderated)",
    ]
    stored = [
        Stored(f"moderator {i} beta", f"moderated$beta[{i}]", term["beta"])
        for i, term in enumerate(found["terms"], 1)
    ]
    if not spec.get("robust"):
        stored += [
            Stored(f"moderator {i} se", f"moderated$se[{i}]", term["se"])
            for i, term in enumerate(found["terms"], 1)
        ]
        if found["QM"] is not None:
            stored.append(Stored("QM", "moderated$QM[1]", found["QM"]))
    return Piece(tuple(code), tuple(stored))


def _factors(run, labels):
    """Words as factors with the first of the alphabet as reference, whatever R's locale."""
    for place, label in enumerate(labels):
        values = {row["moderators"][label] for row in run.inputs["rows"]} - {None}
        if any(isinstance(value, str) for value in values):
            levels = ", ".join(quoted(value) for value in in_order(values))
            yield f"dat$m{place} <- factor(dat$m{place}, levels = c({levels}))"
