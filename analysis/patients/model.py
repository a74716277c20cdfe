"""A linear mixed model of individual patients with random effects of the study. Pure.

A spec is plain JSON: ``form`` (id), ``outcome`` (key of a number), ``factor`` (key of a grouping,
whose means are compared), ``covariates`` and ``candidates`` (keys; candidates go through the
confounder procedure), ``df`` (satterthwaite or kenward-roger), ``imputations`` (0, or how many),
``seed``, ``level`` (per cent). It may also hold

- ``slopes``: covariates whose coefficient differs between studies;
- ``two_level``: whether imputations follow a random effect of the study;
- ``response`` (key) and ``responding``, ``{"is": word}`` or ``{"least": number as text}``: who
  responded;
- ``stages``: ``mean``, a covariate's key or ``factor=level``, the effect that is pooled in one
  stage and in two; ``against`` is the level that ``level`` is compared with;
- ``aggregates``: ``{"title", "spec"}`` of an analysis whose studies join the second stage.

Results are plain JSON in units of the outcome.
"""

import hashlib
import json
import re

import numpy as np

from extraction import schema

from ..stats import mixed, mixed_tests, residual_checks
from ..stats.errors import NotEstimable, NotPoolable
from ..stats.imputation import unwatched
from . import fitting
from .confounding import confounding
from .fitting import number
from .imputing import imputed
from .responding import responding
from .staging import staged

NUMBERS = ("integer", "decimal", "percent")
WORDS = ("choice", "text", "vocabulary")
METHODS = {
    "satterthwaite": mixed_tests.satterthwaite,
    "kenward-roger": mixed_tests.kenward_roger,
}
FEWEST = 8  # patients whose residuals have a shape


class NotModelled(ValueError):
    """The patients do not make the model; the text says why."""


def compute(found, spec, published=None, step=unwatched):
    """Return ``(inputs, sha256, results)`` of a spec on ``reading.Participants``.

    ``published`` are the rows of ``aggregates``, as ``staging.staged`` takes them. ``step`` is
    called after each imputed table, which take nearly all of the time. Raises ``NotModelled``.
    """
    keys, table = used(spec), entering(found, spec)
    names = engine_names(keys)
    data = engine_columns(table, names)
    inputs = _inputs(found, table, keys)
    try:
        results = _results(data, names, spec, found, published, step)
    except (NotEstimable, NotPoolable) as refusal:
        raise NotModelled(f"The model cannot be fitted: {_named(refusal, names, found)}.") from None
    return inputs, digest(spec, table, published), results


def entering(found, spec):
    """The ``columns`` that a spec reads. Raises ``NotModelled`` where the form lost one."""
    keys = used(spec)
    unknown = [key for key in keys if key not in found.columns]
    if unknown:
        raise NotModelled(f"The form has no “{unknown[0]}” any more.")
    return columns(found, keys)


def used(spec):
    """The keys that a spec reads, each once, the outcome first."""
    response = [spec["response"]] if spec.get("response") else []
    keys = [spec["outcome"], spec["factor"], *spec["covariates"], *spec["candidates"], *response]
    return list(dict.fromkeys(keys))


def engine_names(keys):
    """What formulas call each key: labels and keys may hold what a formula cannot."""
    # All of one length: a name that begins another would take its levels for itself.
    length = len(str(len(keys)))
    return {key: f"v{place:0{length}}" for place, key in enumerate(keys)}


def engine_columns(table, names):
    """``columns`` under the engine's names, with their ``study``."""
    return {name: table[key] for key, name in names.items()} | {"study": table["study"]}


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


def digest(spec, table, published):
    """The sha256 of a spec and of every value that entered, in hexadecimal."""
    told = [spec, table] if published is None else [spec, table, published]
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _named(refusal, names, found):
    """The engine's words with the fields' own names in them."""
    labels = {name: found.columns[key]["label"] for key, name in names.items()}
    longest = "|".join(sorted(labels, key=len, reverse=True))

    def spelt(match):
        # The engine writes a level right behind the name of its factor.
        return labels[match[1]] + (": " if match[2] else "")

    return re.sub(rf"\b({longest})(?=([^\s;,.)])?)", spelt, str(refusal)).rstrip(".")


def _results(data, names, spec, found, published, step):
    level = float(spec["level"]) / 100
    labels = {str(row.study): row.label for row in found.rows}
    results = {
        "unit": found.columns[spec["outcome"]].get("unit", ""),
        "complete": _model(data, names, spec, level),
        "confounders": confounding(data, names, spec),
        "imputed": None,
        "responders": _or_why(names, found, responding, data, names, spec, level),
        "stages": _or_why(names, found, staged, data, names, spec, level, published, labels),
    }
    if spec["imputations"]:
        entering = [names[key] for key in used(spec | {"response": ""})] + ["study"]
        entered = {name: data[name] for name in entering}
        own = {key: name for key, name in names.items() if name in entered}
        results["imputed"] = _or_why(names, found, imputed, entered, own, spec, level, step)
    return results


def _or_why(names, found, part, *given):
    """A part of the results, or the reason why these patients have none."""
    try:
        return part(*given)
    except (NotEstimable, NotPoolable) as refusal:
        return {"why_not": _named(refusal, names, found)}


def _model(data, names, spec, level):
    """The model of the patients without a gap, with its means, pairs, coefficients and tests."""
    fit, taken = fitting.fit(data, names, spec)
    method = spec["df"]
    means, pairs = fitting.means_and_pairs(fit, taken, names[spec["factor"]], method, level)
    own = fitting.estimates(METHODS[method](fit, np.eye(fit.p), level=level))
    back = {name: key for key, name in names.items()}
    marginal, conditional = fit.r_squared
    return {
        "n": int(fit.n), "studies": len(fit.studies), "singular": bool(fit.singular),
        "var_study": float(fit.var_study), "var_residual": float(fit.var_residual),
        "icc": float(fit.icc), "r2_marginal": float(marginal), "r2_conditional": float(conditional),
        "AIC": float(fit.AIC), "BIC": float(fit.BIC),
        "means": fitting.level_rows(means),
        "pairs": fitting.pair_rows(pairs),
        "coefficients": [
            {"term": fitting.term(term, back)} | one
            for term, one in zip(fit.terms, own, strict=True)
        ],
        "tests": [
            {"term": back[test.term], "F": float(test.F), "df1": int(test.num_df),
             "df2": float(test.den_df), "p": number(test.p)}
            for test in mixed_tests.term_tests(fit)
        ],
        "checks": _checks(fit),
    } | _between(fit, spec, level)  # fmt: skip


def _between(fit, spec, level):
    """How studies differ: the interval of the ICC, or the SDs of intercept and slopes."""
    if not spec.get("slopes"):
        low, high = mixed.icc_interval(fit, level=level)
        return {"icc_lb": float(low), "icc_ub": float(high)}
    sds = np.sqrt(np.diag(fit.G))
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = fit.G / np.outer(sds, sds)
    return {"slopes": [
        {"key": key, "sd": float(sd), "with_intercept": number(r)}
        for key, sd, r in zip(["", *spec["slopes"]], sds, apart[0], strict=True)
    ]}  # fmt: skip


def _checks(fit):
    """What the residuals say of the model's assumptions; None for too few patients."""
    if fit.n < FEWEST:
        return None
    found = residual_checks.residual_checks(fit)
    parts = ("skewness", "skewness_p", "kurtosis", "kurtosis_p", "spread_p", "trend_p")
    return {name: number(getattr(found, name)) for name in parts} | {"far": len(found.far)}
