"""Rows of ``datasets`` pooled by a plan's spec; plain JSON comes out. Pure."""

import re

import numpy as np

from . import datasets
from .measures import ENGINE_NAMES
from .stats import effects, heterogeneity, pooling, prediction, regression, subgroups
from .stats.errors import NotEstimable, NotPoolable


def pool(rows, spec):
    """Results of both models, of each study, and of subgroups where the spec asks for them.

    Raises ``NotPoolable`` or ``NotEstimable``, naming the study where one is the reason.
    """
    names = rows[0].values
    columns = {
        ENGINE_NAMES.get(name, name): np.array([row.values[name] for row in rows]) for name in names
    }
    found = effects.escalc(spec["measure"], columns)
    if found.problems:
        place, why = next(iter(found.problems.items()))
        raise NotPoolable(f"{rows[place].label}: {why}")
    level = float(spec["level"]) / 100
    common = pooling.rma(found.yi, found.vi, method="CE", level=level)
    fitted = pooling.rma(found.yi, found.vi, method=spec["method"], test=spec["test"], level=level)
    lower, upper = found.ci(level)
    return {
        "measure": spec["measure"],
        "level": float(spec["level"]),
        "k": fitted.k,
        "common": _estimate(common),
        "random": _estimate(fitted) | {"method": fitted.method, "test": fitted.test},
        "prediction": _prediction(fitted),
        "heterogeneity": _heterogeneity(fitted),
        "adjusted": _adjusted(rows, spec["measure"]),
        "subgroups": _subgroups(rows, found, spec, level),
        "regression": _regression(rows, found, spec, level),
        "studies": [
            {
                "yi": float(found.yi[i]),
                "vi": float(found.vi[i]),
                "ci_lb": float(lower[i]),
                "ci_ub": float(upper[i]),
                "weight_common": float(common.weights[i]),
                "weight_random": float(fitted.weights[i]),
            }
            for i in range(fitted.k)
        ],
    }


def _subgroups(rows, found, spec, level):
    """Each subgroup pooled with its own tau2, and the test between them; None without any."""
    if not spec.get("subgroup"):
        return None
    names = [row.group for row in rows]
    options = {"method": spec["method"], "test": spec["test"], "level": level}
    levels = sorted(set(names), key=lambda name: (name == datasets.NO_GROUP, name))
    groups = [
        {"level": one} | _group(found, [i for i, name in enumerate(names) if name == one], options)
        for one in levels
    ]
    return {"label": rows[0].grouped_by, "groups": groups, "test": _between(names, found, options)}


def _group(found, places, options):
    """One subgroup; a single study is not pooled, and what cannot be pooled says why."""
    told = {"places": places, "random": None, "heterogeneity": None, "why_not": ""}
    if len(places) < 2:
        return told | {"why_not": "one study alone is not pooled"}
    try:
        fit = pooling.rma(found.yi[places], found.vi[places], **options)
        return told | {"random": _estimate(fit), "heterogeneity": _heterogeneity(fit)}
    except (NotPoolable, NotEstimable) as refusal:
        return told | {"why_not": str(refusal)}


def _between(names, found, options):
    """The test of whether the subgroups differ, or why there is none."""
    try:
        test = subgroups.subgroups(found.yi, found.vi, names, **options)
    except (NotPoolable, NotEstimable) as refusal:
        return {"why_not": str(refusal)}
    if not np.isfinite(test.Q):
        return {"why_not": "a subgroup's effects are all the same"}
    return {"Q": test.Q, "df": int(test.df), "p": test.pval}


def _regression(rows, found, spec, level):
    """Meta-regression on the plan's moderators, or why there is none; None where not asked."""
    labels = list(rows[0].moderators)
    if not labels:
        return None
    names = {f"m{place}": label for place, label in enumerate(labels)}
    columns = {name: [row.moderators[label] for row in rows] for name, label in names.items()}
    options = {"method": spec["method"], "test": spec["test"], "level": level}
    try:
        fit = regression.meta_regression(
            found.yi, found.vi, f"~ {' + '.join(names)}", columns, **options
        )
        explained = regression.r_squared(fit)
    except (NotPoolable, NotEstimable) as refusal:
        return {"why_not": str(refusal)}
    return {
        "k": fit.k,
        "left_out": [rows[i].label for i in range(len(rows)) if i not in set(fit.rows.tolist())],
        "terms": [
            {"term": _term(term, names), "beta": float(fit.beta[i]), "se": float(fit.se[i]),
             "ci_lb": float(fit.ci_lb[i]), "ci_ub": float(fit.ci_ub[i]), "p": float(fit.pval[i])}
            for i, term in enumerate(fit.terms)
        ],
        "QM": fit.QM, "QM_df": [float(df) for df in fit.QM_df if df is not None], "QMp": fit.QMp,
        "R2": explained, "tau2": fit.tau2, "QE": fit.QE, "QEp": fit.QEp,
        "notes": list(fit.notes),
    }  # fmt: skip


def _term(term, names):
    """A coefficient's name for a reader: the field's label, and the answer it stands for."""
    if term == "intrcpt":
        return "Intercept"
    found = re.fullmatch(r"(m\d+)(.*)", term)
    return ": ".join(filter(None, (names[found[1]], found[2])))


def _adjusted(rows, measure):
    if measure in effects.NO_ADJUSTMENT:
        return []
    return [row.label for row in rows if _has_zero_cell(row.values)]


def _has_zero_cell(values):
    """Whether 0.5 was added to a study's table: some cell of it is 0."""
    groups = [name[1:] for name in values if name.startswith("x")]
    return any(values[f"x{group}"] in (0, values[f"n{group}"]) for group in groups)


def _estimate(fit):
    """The pooled estimate. Raises ``NotPoolable`` when its interval has no width: the variance of
    Knapp and Hartung is 0 when no effect differs from another."""
    if not np.isfinite(fit.stat[0]):
        raise NotPoolable(
            "their effects are all the same, so the interval of Knapp and Hartung has no width; "
            "make a plan with the normal interval"
        )
    return {
        "beta": float(fit.beta[0]),
        "se": float(fit.se[0]),
        "ci_lb": float(fit.ci_lb[0]),
        "ci_ub": float(fit.ci_ub[0]),
        "stat": float(fit.stat[0]),
        "pval": float(fit.pval[0]),
    }


def _prediction(fit):
    """The prediction interval (t with k - 2 df), or why there is none."""
    if fit.k < 3:
        return {"why_not": "needs three studies or more"}
    found = prediction.predict(fit, pi_type="riley")
    return {"pi_lb": float(found.pi_lb[0]), "pi_ub": float(found.pi_ub[0])}


def _heterogeneity(fit):
    """Q, and tau2 and I2 with their Q-profile intervals."""
    bounds = heterogeneity.confint(fit, kind="QP")
    return {
        "QE": fit.QE,
        "df": int(fit.QE_df),
        "QEp": fit.QEp,
        "tau2": _interval(bounds.tau2),
        "I2": _interval(bounds.I2),
        "H2": _interval(bounds.H2),
        "empty": bounds.empty,
    }


def _interval(bounds):
    """Plain numbers; a bound without limit is None, as JSON has no infinity."""
    found = {"est": bounds.est, "lb": bounds.lb, "ub": bounds.ub}
    return {name: float(x) if np.isfinite(x) else None for name, x in found.items()}
