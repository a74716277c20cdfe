"""Who responded: a spec's groups by odds ratio and by chance of response. Pure."""

from scipy.special import expit

from ..stats import responders
from ..stats.errors import NotEstimable
from . import fitting


def answered(values, responding):
    """1 for who responded, 0 for who did not, None where it is not known.

    ``responding`` is ``{"is": the word that says so}`` or ``{"least": a number as text}``.
    """
    if "is" in responding:
        return [None if value is None else float(value == responding["is"]) for value in values]
    least = float(responding["least"])
    return [None if value is None else float(value >= least) for value in values]


def responding(data, names, spec, level):
    """Odds ratios of every pair of groups and each group's chances; None when not asked for."""
    if not spec.get("response"):
        return None
    factor = names[spec["factor"]]
    wanted = [factor, *(names[key] for key in spec["covariates"])]
    given = answered(data[names[spec["response"]]], spec["responding"])
    _check_both(given, data[names[spec["response"]]], names[spec["response"]], spec["responding"])
    taken = {name: data[name] for name in [*wanted, "study"]} | {"answered": given}
    fit = responders.fit_responders(fitting.formula(names, spec, "answered"), taken, level=level)
    means, pairs = fitting.means_and_pairs(fit, taken, factor, "z", level)
    return {
        "n": int(fit.n), "responders": int(fit.events), "studies": len(fit.studies),
        "var_study": float(fit.var_study), "icc": float(fit.icc),
        "chances": [_chance(one, fit.var_study) for one in fitting.level_rows(means)],
        "pairs": fitting.pair_rows(pairs),
    }  # fmt: skip


def _check_both(given, values, name, responding):
    """Raise ``NotEstimable`` where nobody, or everybody, is a responder."""
    told = set(given) - {None}
    word = responding.get("is")
    if word is not None and word not in values:
        there = ", ".join(sorted({value for value in values if value is not None}))
        raise NotEstimable(
            f"a responder has “{word}” in {name}, says the plan, and nobody here has it. There are:"
            f" {there}. Amend the plan to one of them"
        )
    if len(told) == 1:
        raise NotEstimable(
            f"{'everybody' if told == {1.0} else 'nobody'} here is a responder by the plan, so that"
            " there is nothing to compare"
        )


def _chance(row, var_study):
    """The chance in a study at the middle, and on average over studies, with its interval."""
    bounds = [row["est"], row["ci_lb"], row["ci_ub"]]
    middle, average = expit(bounds), responders.averaged(bounds, var_study)
    names = ("", "_lb", "_ub")
    return (
        row
        | {f"middle{name}": float(value) for name, value in zip(names, middle, strict=True)}
        | {f"average{name}": float(value) for name, value in zip(names, average, strict=True)}
    )
