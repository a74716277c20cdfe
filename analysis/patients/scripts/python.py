"""A run of a model of patients as a Python script for Concord's engine."""

from ...scripts.shared import head, quoted
from .. import fitting, modelling
from ..responding import answered
from . import data

HEAD = """{head}
{simulated}# Run it from Concord's folder (python script.py), or with that folder on PYTHONPATH.
from analysis.stats import imputation, marginal_means, {module}

columns = {{
{columns}
}}


def compare(what, stored, found):
    for old, new in zip(stored, found, strict=True):
        if old is None:
            print(f"{{what:20}} could not be told, now {{new:.10g}}")
            continue
        off = abs(new - old) / max(abs(old), 1e-8)
        print(f"{{what:20}} stored {{old:.10g}}, now {{new:.10g}}, relative difference {{off:.2g}}")


def means_of(table):
    fit = {fit}
    means = marginal_means.marginal_means(fit, {factor!r}, table, method={df!r})
    return means, marginal_means.pairwise(fit, means, method={df!r}).differences


means, apart = means_of(columns)
compare("means", {means!r}, means.means.est)
compare("their SE", {means_se!r}, means.means.se)
compare("differences", {pairs!r}, apart.est)
compare("their SE", {pairs_se!r}, apart.se)
compare("their df", {pairs_df!r}, apart.df)
"""
RESPONDERS = """
from analysis.stats import responders

columns["answered"] = {answered!r}
logit = responders.fit_responders({formula!r}, columns)
odds = marginal_means.marginal_means(logit, {factor!r}, columns, method="z")
ratios = marginal_means.pairwise(logit, odds, method="z").differences
compare("log odds ratios", {pairs!r}, ratios.est)
compare("their SE", {pairs_se!r}, ratios.se)
"""
IMPUTED = """
entered = {{name: columns[name] for name in {entered!r}}}
made = imputation.impute(entered, m={m}, seed={seed}, within="study", random={random})
each = [means_of(table)[0].means for table in made.completed]
pooled = imputation.pool_rubin([one.est for one in each], [one.se**2 for one in each])
compare("imputed means", {means!r}, pooled.qbar)
compare("their SE", {means_se!r}, pooled.se)
"""


def script(run):
    """The text of the script."""
    names = data.names(run)
    # Studies by number: the imputation draws along the order of their names.
    table = data.columns(run) | {"study": modelling.read(run)[0]["study"]}
    slopes = [names[key] for key in run.spec.get("slopes", ())]
    formula, complete = fitting.formula(names, run.spec), run.results["complete"]
    fit = f"mixed.fit_mixed({formula!r}, table)"
    if slopes:
        fit = f"mixed_slopes.fit_slopes({formula!r}, table, slopes={slopes!r})"
    text = HEAD.format(
        head="\n".join(head(run)),
        simulated="# SIMULATED patients, not real ones.\n" if run.inputs["simulated"] else "",
        module="mixed_slopes" if slopes else "mixed",
        columns="\n".join(f"    {name!r}: {_listed(values)}," for name, values in table.items()),
        fit=fit,
        factor=names[run.spec["factor"]],
        df=run.spec["df"],
        pairs_df=_of(complete["pairs"], "df"),
        **_stored(complete),
    )
    return text + _responders(run, names, table) + _imputed(run, names)


def _listed(values):
    """Values as Python text; words on one line."""
    return f"[{', '.join(quoted(v) if isinstance(v, str) else repr(v) for v in values)}]"


def _of(rows, part):
    return [row[part] for row in rows]


def _stored(found):
    return {
        "means": _of(found["means"], "est"),
        "means_se": _of(found["means"], "se"),
        "pairs": _of(found["pairs"], "est"),
        "pairs_se": _of(found["pairs"], "se"),
    }


def _responders(run, names, table):
    found = run.results.get("responders")
    if not found or "why_not" in found:
        return ""
    response = table[names[run.spec["response"]]]
    return RESPONDERS.format(
        answered=answered(response, run.spec["responding"]),
        formula=fitting.formula(names, run.spec, "answered"),
        factor=names[run.spec["factor"]],
        pairs=_of(found["pairs"], "est"),
        pairs_se=_of(found["pairs"], "se"),
    )


def _imputed(run, names):
    found, spec = run.results["imputed"], run.spec
    if not found or "why_not" in found:
        return ""
    stored = _stored(found)
    return IMPUTED.format(
        entered=data.entering(run),
        m=found["m"],
        seed=found["seed"],
        random=bool(spec.get("two_level")),
        means=stored["means"],
        means_se=stored["means_se"],
    )
