"""One effect from one model of all patients and from each study by itself, and together with
studies that published only a summary. Pure."""

import numpy as np

from ..stats import stages, wald
from ..stats.errors import NotEstimable, NotPoolable
from ..stats.ordering import in_order
from . import fitting

MEAN = "mean"
TEST = "knha"


def staged(data, names, spec, level, published, labels):
    """Both stages of the effect that ``spec["stages"]`` names; None when not asked for.

    ``published`` are rows of other analyses, ``{"study", "label", "yi", "vi"}``; a study whose
    patients tell the effect by themselves enters by these alone. ``labels`` names each study of
    the columns.
    """
    if not spec.get("stages"):
        return None
    formula, term = _asked(data, names, spec)
    found = stages.side_by_side(formula, data, term, test=TEST)
    margin = wald.critical(level, found.one.df[found.one.terms.index(term)]) * found.se
    return {
        "one": {"est": found.estimate, "se": found.se, "ci_lb": float(found.estimate - margin),
                "ci_ub": float(found.estimate + margin), "n": int(found.one.n)},
        "two": _pooled(found.two, level),
        "difference": float(found.difference),
        "studies": _rows(found.first, level, labels),
        "left_out": [{"label": labels[study], "reason": reason}
                     for study, reason in found.first.left_out.items()],
        "together": _together(found.first, published, level, labels),
    }  # fmt: skip


def _asked(data, names, spec):
    """The formula and the coefficient: a mean, a slope, or a level against the first."""
    if spec["stages"] == MEAN:
        return f"{names[spec['outcome']]} ~ 1", stages.INTERCEPT
    key, _, word = spec["stages"].partition("=")
    if word:
        _check_groups(_levels(data, names, spec, key), names[key], word, spec.get("against"))
    return fitting.formula(names, spec), names[key] + word


def _levels(data, names, spec, key):
    """The groups that patients without a gap are in, the first first."""
    keys = (spec["outcome"], spec["factor"], *spec["covariates"])
    rows = zip(*(data[names[one]] for one in keys), data[names[key]], strict=True)
    return in_order(row[-1] for row in rows if None not in row)


def _check_groups(levels, name, word, against):
    """Raise ``NotEstimable`` where the data lack a group that the plan compares, ``word`` with
    ``against`` (None in plans that were written before it was kept)."""
    for one in filter(None, (word, against)):
        if one not in levels:
            raise NotEstimable(
                f"the plan compares “{one}” of {name}, and no patient without a gap is in it. There"
                f" are: {', '.join(levels)}. Amend the plan to compare groups that there are"
            )
    if levels[0] != (against or levels[0]) or word == levels[0]:
        raise NotEstimable(
            f"the plan compares “{word}” of {name}, and these data compare every group with"
            f" “{levels[0]}”, their first one. Amend the plan to compare another with it"
        )


def _rows(first, level, labels):
    return [
        {"study": int(study), "label": labels[study]} | _own(float(y), float(v), level)
        for study, y, v in zip(first.studies, first.yi, first.vi, strict=True)
    ]


def _own(y, v, level):
    margin = wald.critical(level) * np.sqrt(v)
    return {"yi": y, "vi": v, "ci_lb": float(y - margin), "ci_ub": float(y + margin)}


def _pooled(fit, level):
    # One study has no degree of freedom left for Knapp and Hartung's interval.
    margin = wald.critical(level, fit.k - 1) * fit.se[0] if fit.k > 1 else np.nan
    number = fitting.number
    return {"est": float(fit.beta[0]), "se": number(fit.se[0]), "k": int(fit.k),
            "ci_lb": number(fit.beta[0] - margin), "ci_ub": number(fit.beta[0] + margin),
            "tau2": number(fit.tau2), "I2": number(fit.I2)}  # fmt: skip


def _together(first, published, level, labels):
    """Patients' and published effects in one model; None without published ones."""
    if published is None:
        return None
    others = [row for row in published if str(row["study"]) not in first.studies]
    if not others:
        return {"why_not": "every study of that analysis enters by its patients"}
    yi, vi = [row["yi"] for row in others], [row["vi"] for row in others]
    try:
        both = stages.with_aggregates(first, yi, vi, test=TEST)
    except (NotEstimable, NotPoolable) as refusal:
        return {"why_not": str(refusal)}
    return _pooled(both.fit, level) | {
        "studies": [{"study": row["study"], "label": row["label"]}
                    | _own(row["yi"], row["vi"], level) for row in others],
        "difference": fitting.number(both.difference), "difference_se": fitting.number(both.se),
        "difference_p": fitting.number(both.pval),
    }  # fmt: skip
