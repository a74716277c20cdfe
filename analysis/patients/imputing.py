"""Means and differences of several completed tables, and how the filled values look. Pure."""

import numpy as np

from ..stats import imputation, marginal_means
from . import fitting


def completed(data, spec, step=imputation.unwatched):
    """The engine's ``Imputations`` of the columns of a spec.

    With ``two_level`` numbers and words follow a random effect of the study, otherwise studies
    are indicators. Raises ``NotEstimable``.
    """
    random = bool(spec.get("two_level"))
    return imputation.impute(
        data, m=spec["imputations"], seed=spec["seed"], within="study", random=random, step=step
    )


def imputed(data, names, spec, level, step):
    """The model of every completed table, pooled by Rubin's rules."""
    made = completed(data, spec, step)
    fits = [fitting.fit(table, names, spec) for table in made.completed]
    factor, method = names[spec["factor"]], spec["df"]
    found = [
        (fit, marginal_means.marginal_means(fit, factor, taken, method=method))
        for fit, taken in fits
    ]
    pairs = [marginal_means.pairwise(fit, means, method=method) for fit, means in found]
    first = found[0][1]
    means = _pooled([means.means for _, means in found], level)
    apart = _pooled([one.differences for one in pairs], level)
    return {
        "m": len(fits), "seed": int(made.seed), "n": int(fits[0][0].n),
        "filled": {key: int(made.missing.get(name, 0)) for key, name in names.items()},
        "means": [{"level": name} | one for name, one in zip(first.levels, means, strict=True)],
        "pairs": [
            {"first": one, "second": two} | row
            for (one, two), row in zip(pairs[0].pairs, apart, strict=True)
        ],
        "filled_values": [_filled(key, data[name], made, name)
                          for key, name in names.items() if made.missing.get(name)],
        "chains": {key: made.means[name].tolist()
                   for key, name in names.items() if name in made.means},
    }  # fmt: skip


def _filled(key, values, made, name):
    """Observed and filled values of one column beside each other: mean and SD of numbers, shares
    of words."""
    gaps = [place for place, value in enumerate(values) if value is None]
    known = [value for value in values if value is not None]
    new = [table[name][place] for table in made.completed for place in gaps]
    if not isinstance(known[0], str):
        return {"key": key, "n": len(known), "gaps": len(gaps), **_spread("observed", known),
                **_spread("filled", new)}  # fmt: skip
    shares = {
        level: [known.count(level) / len(known), new.count(level) / len(new)]
        for level in sorted(set(known))
    }
    return {"key": key, "n": len(known), "gaps": len(gaps), "shares": shares}


def _spread(kind, values):
    sd = fitting.number(np.std(values, ddof=1)) if len(values) > 1 else None
    return {f"{kind}_mean": float(np.mean(values)), f"{kind}_sd": sd}


def _pooled(many, level):
    """Estimates of m fits as one, with the df that complete data would have had."""
    found = imputation.pool_rubin(
        [one.est for one in many], [np.asarray(one.se) ** 2 for one in many],
        dfcom=np.mean([one.df for one in many], axis=0), level=level,
    )  # fmt: skip
    number = fitting.number
    return [
        {"est": number(found.qbar[i]), "se": number(found.se[i]), "df": number(found.df[i]),
         "p": number(found.pval[i]), "ci_lb": number(found.ci_lb[i]),
         "ci_ub": number(found.ci_ub[i]), "fmi": number(found.fmi[i])}
        for i in range(len(found.qbar))
    ]  # fmt: skip
