"""The models of a run as calls of metafor, each with the numbers that it should find. Pure."""

from dataclasses import dataclass, replace

from ... import pooling_models

TINY = 1e-8
# Searches end a little off 0: what is stored as 0 is compared in steps of these.
SMALL_Q, SMALL_TAU2, SMALL_PER_CENT = 1e-3, 1e-6, 1.0
# Fisher scoring stops at a change of 1e-5 of its own accord.
SHARP = ", control = list(threshold = 1e-10, maxiter = 1000)"


@dataclass(frozen=True, slots=True)
class Stored:
    """A number a run stored and the R that finds it; ``floor`` is the least it is divided by."""

    name: str
    code: str
    value: float
    floor: float = TINY


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines of R, and what they find."""

    code: tuple = ()
    stored: tuple = ()


ESTIMATE = (("beta", "beta[1]"), ("se", "se[1]"), ("ci_lb", "ci.lb[1]"), ("ci_ub", "ci.ub[1]"))


def estimate(name, estimate, object_):
    """The pooled estimate of a model as ``Stored``."""
    return [
        Stored(f"{name}{key}", f"{object_}${code}", estimate[key], estimate["se"])
        for key, code in ESTIMATE
    ]


def call(spec, data="dat", *, mods=""):
    """The R that fits the spec's model to a data frame; ``mods`` is a formula."""
    key = pooling_models.key_of(spec)
    if key in ("3L", "MV"):
        return _multilevel(key, spec, data, mods)
    if pooling_models.of(spec).of_counts:
        return _counts(key, spec, data, mods)
    more = f", mods = {mods}" if mods else ""
    return (
        f'rma(yi, vi, data = {data}{more}, method = "{spec["method"]}", test = "{spec["test"]}",'
        f" level = {spec['level']:g}{SHARP})"
    )


def main(spec, run):
    """The model of the run and all that it tells."""
    key, results = pooling_models.key_of(spec), run.results
    if key in ("3L", "MV"):
        return _several(key, spec, run)
    if pooling_models.of(spec).of_counts:
        return _of_counts(key, spec, results)
    return _inverse(spec, results)


def _inverse(spec, results):
    spread, level = results["heterogeneity"], f"level = {results['level']:g}"
    code = [
        f'common <- rma(yi, vi, data = dat, method = "FE", {level})',
        f"random <- {call(spec)}",
        "print(random)",
        f"spread <- {_profiled(spread, level)}",
        "print(spread)",
    ]
    stored = [
        *estimate("", results["random"], "random"),
        Stored("tau2", "random$tau2", spread["tau2"]["est"], SMALL_TAU2),
        Stored("I2", "random$I2", spread["I2"]["est"], SMALL_PER_CENT),
        Stored("QE", "random$QE", spread["QE"]),
        Stored("common beta", "common$beta[1]", results["common"]["beta"]),
        Stored("common se", "common$se", results["common"]["se"]),
    ]
    if not spread["empty"]:
        for name, row in (("tau2", 1), ("I2", 3)):
            for end, column in (("lb", 2), ("ub", 3)):
                if (value := spread[name][end]) is not None:
                    here = f"spread$random[{row}, {column}]"
                    stored.append(Stored(f"{name} {end}", here, value))
    ahead = results["prediction"]
    if "pi_lb" in ahead:
        code += [
            "# Where a new study is expected: t with k - 2 df (Riley, Higgins & Deeks 2011).",
            f"reach <- qt({(1 + results['level'] / 100) / 2!r}, random$k - 2) *"
            " sqrt(random$se^2 + random$tau2)",
        ]
        stored += [
            Stored("pi_lb", "random$beta[1] - reach", ahead["pi_lb"], results["random"]["se"]),
            Stored("pi_ub", "random$beta[1] + reach", ahead["pi_ub"], results["random"]["se"]),
        ]
    return Piece(tuple(code), tuple(stored))


def _profiled(spread, level):
    """The Q-profile intervals, with room for the largest variance."""
    far = 10 * max(spread["tau2"]["ub"] or 0.0, 10.0)
    control = f"list(tol = 1e-12, maxiter = 10000, tau2.max = {far!r})"
    return f"confint(random, {level}, control = {control})"


def _given(spec):
    names = {
        "OR": "ai, n1i = n1i, ci = ci, n2i = n2i",
        "IRR": "x1i, t1i = t1i, x2i = x2i, t2i = t2i",
        "PLO": "xi, ni = ni",
        "IRLN": "xi, ti = ti",
    }
    alike = {"RR": "OR", "RD": "OR", "IRD": "IRR"}
    first, *rest = names[alike.get(spec["measure"], spec["measure"])].split(", ")
    return ", ".join([f"{first} = {first}", *rest])


def _counts(key, spec, data, mods):
    measure, given = spec["measure"], _given(spec)
    level = f"level = {spec['level']:g}"
    if key == "MH":
        return f'rma.mh(measure = "{measure}", {given}, data = {data}, {level})'
    if key == "PETO":
        return f"rma.peto({given}, data = {data}, {level})"
    more = f", mods = {mods}" if mods else ""
    model = f', model = "{key}"' if key != "GLMM" else ""
    return (
        f'rma.glmm(measure = "{measure}", {given}, data = {data}{more}{model}, method = "ML",'
        f' test = "{spec["test"]}", {level})'
    )


def _of_counts(key, spec, results):
    spread = results["heterogeneity"]
    found = results["random"] or results["common"]
    stored = estimate("", found, "model")
    if key in ("MH", "PETO"):
        stored.append(Stored("QE", "model$QE", spread["QE"]))
        named = {"Cochran": "MH", "Breslow": "BD", "Tarone": "TA"}
        for test in results["tests"]:
            code = next(code for word, code in named.items() if word in test["name"])
            stored.append(Stored(code, f"model${code}", test["value"]))
    else:
        stored.append(Stored("tau2", "model$tau2", spread["tau2"]["est"], 1e-3))
        if spread["QE"] is not None:
            stored.append(Stored("QE Wald", "model$QE.Wld", spread["QE"], SMALL_Q))
        stored += [
            Stored("QE LRT", "model$QE.LRT", test["value"], SMALL_Q) for test in results["tests"]
        ]
    return Piece((f"model <- {call(spec)}", "print(model)"), tuple(stored))


def _multilevel(key, spec, data, mods):
    more = f", mods = {mods}" if mods else ""
    random = "~ 1 | cluster/row" if key == "3L" else '~ outcome | cluster, struct = "HCS"'
    return (
        f"rma.mv(yi, V[{data}$row, {data}$row], data = {data}{more}, random = {random},"
        f' method = "{spec["method"]}", test = "{spec["test"]}", level = {spec["level"]:g})'
    )


def _several(key, spec, run):
    results, rows = run.results, run.inputs["rows"]
    sizes = ", w1 = n1i, w2 = n2i" if "n1i" in rows[0]["values"] else ""
    compared = any("1" in row["place"] for row in rows)
    groups = "grp1 = arm1, grp2 = arm2" if compared else "grp1 = arm1"
    code = [
        "dat$row <- seq_len(nrow(dat))",
        "dat$outcome <- factor(dat$outcome, levels = unique(dat$outcome))",
        "# Results of the same patients are assumed to correlate; comparisons share arms.",
        f"V <- vcalc(vi, cluster = cluster, obs = outcome, {groups}{sizes},"
        f" rho = {spec.get('rho') or 0}, data = dat)",
        f"model <- {call(spec)}",
        "print(model)",
    ]
    variances = [one["variance"] for one in results["heterogeneity"]["levels"]]
    part = "sigma2" if key == "3L" else "tau2"
    stored = [
        Stored("QE", "model$QE", results["heterogeneity"]["QE"]),
        *(
            Stored(f"variance {i}", f"model${part}[{i}]", value, 1e-3)
            for i, value in enumerate(variances, 1)
        ),
    ]
    code, found = _robust(spec, code, "model")
    stored += estimate("", results["random"], found)
    if key == "MV" and not spec.get("subgroup"):
        code.append(f"each <- {call(spec, mods='~ 0 + outcome')}")
        code, found = _robust(spec, code, "each")
        for i, group in enumerate(results["subgroups"]["groups"], 1):
            told = estimate(f"outcome {i} ", group["random"], found)
            moved = [replace(one, code=one.code.replace("[1]", f"[{i}]")) for one in told]
            stored += moved
    return Piece(tuple(code), tuple(stored))


def _robust(spec, code, fitted):
    """Cluster-robust where the spec asks: CR2 needs the package clubSandwich."""
    if not spec.get("robust"):
        return code, fitted
    wide = f"robust({fitted}, cluster = dat$cluster, clubSandwich = TRUE)"
    lines = [
        '# The bias-reduced estimator (CR2): install.packages("clubSandwich").',
        f'{fitted}.robust <- if (requireNamespace("clubSandwich", quietly = TRUE)) {wide} else',
        f"  list(beta = {fitted}$beta, se = rep(NA, {fitted}$p), ci.lb = rep(NA, {fitted}$p),"
        f" ci.ub = rep(NA, {fitted}$p))",
    ]
    return [*code, *lines], f"{fitted}.robust"
