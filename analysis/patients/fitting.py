"""A spec's model fitted to columns of patients, and its estimates as plain numbers. Pure."""

import numpy as np

from ..stats import marginal_means, mixed, mixed_slopes

PARTS = ("est", "se", "df", "p", "ci_lb", "ci_ub")
INTERCEPT = "(Intercept)"


def formula(names, spec, outcome=None):
    """The formula of a spec in the engine's ``names``; ``outcome`` stands in for the spec's."""
    terms = [names[key] for key in (spec["factor"], *spec["covariates"])]
    return f"{outcome or names[spec['outcome']]} ~ {' + '.join(terms)}"


def fit(data, names, spec):
    """The mixed model of a spec, with random slopes where it has any, and the columns it read."""
    wanted = [names[key] for key in (spec["outcome"], spec["factor"], *spec["covariates"])]
    taken = {name: data[name] for name in [*wanted, "study"]}
    if slopes := spec.get("slopes"):
        own = [names[key] for key in slopes]
        return mixed_slopes.fit_slopes(formula(names, spec), taken, slopes=own), taken
    return mixed.fit_mixed(formula(names, spec), taken), taken


def means_and_pairs(found, taken, factor, method, level):
    """Marginal means of ``factor`` and all their differences."""
    means = marginal_means.marginal_means(found, factor, taken, method=method, level=level)
    return means, marginal_means.pairwise(found, means, method=method, level=level)


def estimates(found):
    """`mixed_tests.Estimates` as a list of plain rows."""
    return [
        {name: number(getattr(found, name)[place]) for name in PARTS}
        for place in range(len(found.est))
    ]


def level_rows(means):
    """Marginal means as rows with their ``level``."""
    pairs = zip(means.levels, estimates(means.means), strict=True)
    return [{"level": name} | one for name, one in pairs]


def pair_rows(found):
    """Differences as rows, unadjusted and adjusted p values beside each other."""
    adjusted = {"p_lsd": found.p_lsd, "p_holm": found.p_holm, "p_bonferroni": found.p_bonferroni,
                "p_tukey": found.p_tukey}  # fmt: skip
    rows = zip(found.pairs, estimates(found.differences), strict=True)
    return [
        {"first": first, "second": second}
        | one
        | {name: number(np.atleast_1d(values)[place]) for name, values in adjusted.items()}
        for place, ((first, second), one) in enumerate(rows)
    ]


def number(value):
    """A plain number, or None for what does not exist (JSON has no NaN)."""
    return float(value) if value is not None and np.isfinite(value) else None


def term(name, back):
    """A coefficient as ``[key, level]``; the intercept has no key."""
    if name == INTERCEPT:
        return ["", ""]
    key = max((one for one in back if name.startswith(one)), key=len)
    return [back[key], name.removeprefix(key)]
