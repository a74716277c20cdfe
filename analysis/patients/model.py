"""A linear mixed model of individual patients with a random intercept for each study. Pure.

A spec is plain JSON: ``form`` (id), ``outcome`` (key of a number), ``factor`` (key of a grouping,
whose means are compared), ``covariates`` and ``candidates`` (keys; candidates go through the
confounder procedure), ``df`` (satterthwaite or kenward-roger), ``imputations`` (0, or how many),
``seed``, ``level`` (per cent).

Results are plain JSON in units of the outcome.
"""

import hashlib
import json
import re

import numpy as np

from extraction import schema

from ..stats import confounders, imputation, marginal_means, mixed, mixed_tests
from ..stats.errors import NotEstimable, NotPoolable

NUMBERS = ("integer", "decimal", "percent")
WORDS = ("choice", "text", "vocabulary")
METHODS = {
    "satterthwaite": mixed_tests.satterthwaite,
    "kenward-roger": mixed_tests.kenward_roger,
}
THRESHOLD = 0.05


class NotModelled(ValueError):
    """The patients do not make the model; the text says why."""


def compute(found, spec):
    """Return ``(inputs, sha256, results)`` of a spec on ``reading.Participants``.

    Raises ``NotModelled``.
    """
    keys = used(spec)
    unknown = [key for key in keys if key not in found.columns]
    if unknown:
        raise NotModelled(f"The form has no “{unknown[0]}” any more.")
    table = columns(found, keys)
    names = {key: f"v{place}" for place, key in enumerate(keys)}
    data = {names[key]: table[key] for key in keys} | {"study": table["study"]}
    inputs = _inputs(found, table, keys)
    try:
        results = _results(data, names, spec, found)
    except (NotEstimable, NotPoolable) as refusal:
        raise NotModelled(f"The model cannot be fitted: {_named(refusal, names, found)}.") from None
    return inputs, _digest(spec, table), results


def used(spec):
    """The keys that a spec reads, each once, the outcome first."""
    return list(
        dict.fromkeys([spec["outcome"], spec["factor"], *spec["covariates"], *spec["candidates"]])
    )


def columns(found, keys):
    """``{key: [number, words or None a patient]}``, and the labels of their ``study``."""
    table = {key: [_plain(found.columns[key], row.values.get(key)) for row in found.rows]
             for key in keys}  # fmt: skip
    return table | {"study": [f"{row.study}" for row in found.rows]}


def _plain(field, value):
    if not value:
        return None
    if field["kind"] in NUMBERS:
        return float(value["number"])
    return schema.show(field, value)


def _inputs(found, table, keys):
    studies = {}
    for row in found.rows:
        studies.setdefault(row.study, {"study": row.study, "label": row.label, "n": 0})["n"] += 1
    return {
        "patients": len(found.rows),
        "studies": list(studies.values()),
        "simulated": found.simulated,
        "labels": {key: found.columns[key]["label"] for key in keys},
        "missing": {key: sum(value is None for value in table[key]) for key in keys},
    }


def _digest(spec, table):
    text = json.dumps([spec, table], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _named(refusal, names, found):
    """The engine's words with the fields' own names in them."""
    labels = {name: found.columns[key]["label"] for key, name in names.items()}
    longest = "|".join(sorted(labels, key=len, reverse=True))

    def spelt(match):
        # The engine writes a level right behind the name of its factor.
        return labels[match[1]] + (": " if match[2] else "")

    return re.sub(rf"\b({longest})(?=([^\s;,.)])?)", spelt, str(refusal)).rstrip(".")


def _results(data, names, spec, found):
    level = float(spec["level"]) / 100
    complete = _model(data, names, spec, level)
    results = {
        "unit": found.columns[spec["outcome"]].get("unit", ""),
        "complete": complete,
        "confounders": _confounders(data, names, spec),
        "imputed": None,
    }
    if spec["imputations"]:
        results["imputed"] = _imputed(data, names, spec, level, found)
    return results


def _formula(names, spec):
    terms = [names[key] for key in (spec["factor"], *spec["covariates"])]
    return f"{names[spec['outcome']]} ~ {' + '.join(terms)}"


def _fit(data, names, spec):
    wanted = [names[key] for key in (spec["outcome"], spec["factor"], *spec["covariates"])]
    taken = {name: data[name] for name in [*wanted, "study"]}
    fit = mixed.fit_mixed(_formula(names, spec), taken)
    means = marginal_means.marginal_means(fit, names[spec["factor"]], taken, method=spec["df"])
    return fit, means


def _model(data, names, spec, level):
    """The model of the patients without a gap, with its means, pairs, coefficients and tests."""
    fit, means = _fit(data, names, spec)
    pairs = marginal_means.pairwise(fit, means, method=spec["df"], level=level)
    means = marginal_means.marginal_means(
        fit, names[spec["factor"]], data, method=spec["df"], level=level
    )
    back = {name: key for key, name in names.items()}
    marginal, conditional = fit.r_squared
    return {
        "n": int(fit.n), "studies": len(fit.studies), "singular": bool(fit.singular),
        "var_study": float(fit.var_study), "var_residual": float(fit.var_residual),
        "icc": float(fit.icc), "r2_marginal": float(marginal), "r2_conditional": float(conditional),
        "AIC": float(fit.AIC), "BIC": float(fit.BIC),
        "means": [
            {"level": name} | one
            for name, one in zip(means.levels, _estimates(means.means), strict=True)
        ],
        "pairs": _pairs(pairs),
        "coefficients": [
            {"term": _term(term, back)} | one
            for term, one in zip(
                fit.terms, _estimates(METHODS[spec["df"]](fit, np.eye(fit.p), level=level)),
                strict=True,
            )
        ],
        "tests": [
            {"term": back[test.term], "F": float(test.F), "df1": int(test.num_df),
             "df2": float(test.den_df), "p": _number(test.p)}
            for test in mixed_tests.term_tests(fit)
        ],
    }  # fmt: skip


def _pairs(found):
    adjusted = {"p_lsd": found.p_lsd, "p_holm": found.p_holm, "p_bonferroni": found.p_bonferroni,
                "p_tukey": found.p_tukey}  # fmt: skip
    return [
        {"first": first, "second": second}
        | one
        | {name: _number(np.atleast_1d(values)[place]) for name, values in adjusted.items()}
        for place, ((first, second), one) in enumerate(
            zip(found.pairs, _estimates(found.differences), strict=True)
        )
    ]


def _estimates(found):
    parts = ("est", "se", "df", "p", "ci_lb", "ci_ub")
    return [
        {name: _number(getattr(found, name)[place]) for name in parts}
        for place in range(len(found.est))
    ]


def _number(value):
    """A plain number, or None for what does not exist (JSON has no NaN)."""
    return float(value) if value is not None and np.isfinite(value) else None


def _term(term, back):
    """A coefficient as ``[key, level]``; the intercept has no key."""
    if term == "(Intercept)":
        return ["", ""]
    name = max((name for name in back if term.startswith(name)), key=len)
    return [back[name], term.removeprefix(name)]


def _confounders(data, names, spec):
    """The candidates one by one, then those that matter together with the factor."""
    if not spec["candidates"]:
        return None
    back = {name: key for key, name in names.items()}
    table = confounders.confounder_table(
        names[spec["outcome"]], names[spec["factor"]],
        [names[key] for key in spec["candidates"]], data, threshold=THRESHOLD,
    )  # fmt: skip
    return {
        "n": int(table.n),
        "p_crude": _number(table.p_crude),
        "p_adjusted": _number(table.p_adjusted),
        "candidates": [
            {"key": back[one.name], "n": int(one.n), "p_alone": _number(one.p_alone),
             "kept": bool(one.kept),
             "p_together": _number(one.p_together)}
            for one in table.candidates
        ],
        "effects": [
            {"level": term.removeprefix(names[spec["factor"]]), "crude": float(crude),
             "adjusted": float(adjusted), "change": float(change) if np.isfinite(change) else None}
            for term, crude, adjusted, change in zip(
                table.terms, table.crude, table.adjusted, table.change, strict=True
            )
        ],
    }  # fmt: skip


def _imputed(data, names, spec, level, found):
    """Means and differences of every completed table, pooled by Rubin's rules; or why not."""
    try:
        made = imputation.impute(data, m=spec["imputations"], seed=spec["seed"], within="study")
    except NotEstimable as refusal:
        return {"why_not": _named(refusal, names, found)}
    fits = [_fit(table, names, spec) for table in made.completed]
    levels = fits[0][1].levels
    means = [found.means for _, found in fits]
    pairs = [marginal_means.pairwise(fit, found, method=spec["df"]) for fit, found in fits]
    return {
        "m": len(fits), "seed": int(made.seed), "n": int(fits[0][0].n),
        "filled": {key: int(made.missing.get(name, 0)) for key, name in names.items()},
        "means": [
            {"level": name} | one
            for name, one in zip(levels, _pooled(means, level), strict=True)
        ],
        "pairs": [
            {"first": first, "second": second} | one
            for (first, second), one in zip(
                pairs[0].pairs, _pooled([one.differences for one in pairs], level), strict=True
            )
        ],
    }  # fmt: skip


def _pooled(many, level):
    """Estimates of m fits as one, with the df that complete data would have had."""
    found = imputation.pool_rubin(
        [one.est for one in many], [np.asarray(one.se) ** 2 for one in many],
        dfcom=np.mean([one.df for one in many], axis=0), level=level,
    )  # fmt: skip
    return [
        {"est": _number(found.qbar[i]), "se": _number(found.se[i]), "df": _number(found.df[i]),
         "p": _number(found.pval[i]), "ci_lb": _number(found.ci_lb[i]),
         "ci_ub": _number(found.ci_ub[i]), "fmi": _number(found.fmi[i])}
        for i in range(len(found.qbar))
    ]  # fmt: skip
