"""Several results of a study in one model: results within studies, or an effect an outcome."""

from dataclasses import replace
from functools import partial

import numpy as np

from ...estimators import METHODS
from ...figures import numbers
from ...stats import dependence, heterogeneity, multilevel, robust, wald
from ...stats.errors import NotPoolable
from ...stats.pooling import moderators_test, tested_columns
from ...stats.structures import Correlated, Intercept
from .parts import Inference, Pooled, Regressed, one, point, tested

BETWEEN, WITHIN = "between studies", "within studies"


def nested(table):
    """Three levels: patients in results, results in studies."""
    model = _Model(table, _levels)
    fit = model.fit()
    s2 = heterogeneity.typical_variance(fit.V, fit.X)
    sigma2 = [_settle(part, s2) for part in fit.sigma2]
    total = sum(sigma2)
    levels = [
        {"name": name, "variance": part, "I2": 100 * part / (total + s2)}
        for name, part in zip((BETWEEN, WITHIN), sigma2, strict=True)
    ]
    return model.pooled(fit, total, s2, levels)


def nested_fit(table):
    """The `multilevel.MultilevelFit` of three levels."""
    return _Model(table, _levels).fit()


def multivariate(table):
    """An effect for each outcome, and one for all; outcomes of a study are correlated, and each
    has a variance of its own."""
    model = _Model(table, _outcomes)
    fit = model.fit()
    names, place = numbered(model.outcome)
    G = fit.G[0]
    each = np.eye(len(names))[place]
    s2 = heterogeneity.typical_variance(fit.V, each, place)
    variances = [_settle(G[j, j], s2[j]) for j in range(len(names))]
    levels = [
        {"name": name, "variance": part, "I2": float(100 * part / (part + s2[j]))}
        for j, (name, part) in enumerate(zip(names, variances, strict=True))
    ]
    total = float(np.mean(np.array(variances)[place]))
    found = model.pooled(fit, total, heterogeneity.typical_variance(fit.V, fit.X), levels)
    found.heterogeneity["rho"] = (
        float(G[0, 1] / np.sqrt(G[0, 0] * G[1, 1])) if variances[0] * variances[1] > 0 else None
    )
    return model.by_outcome(found, names, place, each)


def regress(kind, table, X, terms):
    """Either model with moderators."""
    model = _Model(table, {"nested": _levels, "multivariate": _outcomes}[kind])
    fit = model.fit(X, terms)
    return Regressed(model.inference(fit), _variance(model, fit), fit.QE, fit.QEp)


def _variance(model, fit):
    if fit.sigma2:
        return float(sum(fit.sigma2))
    _, place = numbered(model.outcome)
    return float(np.mean(np.diag(fit.G[0])[place]))


def _levels(study, outcome):
    if np.unique(study).size == study.size:
        raise NotPoolable("no study has two results: pool them by inverse variance")
    return Intercept(BETWEEN, study), Intercept(WITHIN, np.arange(study.size))


def _outcomes(study, outcome):
    names, place = numbered(outcome)
    if len(names) < 2:
        raise NotPoolable(f"all results are of “{names[0]}”: choose three levels")
    for j, name in enumerate(names):
        if np.unique(study[place == j]).size < 2:
            raise NotPoolable(f"“{name}” is in one study only, so it has no variance between them")
    return (Correlated("outcomes of a study", place, study, "HCS", len(names)),)


def numbered(outcome):
    """The names of outcomes as they come, and the place of each row's among them."""
    names = list(dict.fromkeys(outcome.tolist()))
    return names, np.array([names.index(one) for one in outcome])


def _settle(value, s2):
    """A variance that is nothing beside the sampling variances is 0."""
    return float(value) if value > 1e-9 * s2 else 0.0


class _Model:
    """A table's effects with their covariance and random effects, as the plan's spec has them."""

    def __init__(self, table, effects):
        spec = table.spec
        self.table, self.test, self.method = table, spec["test"], spec["method"]
        self.study = np.array([row.study for row in table.rows])
        self.outcome = np.array([row.place["outcome"] for row in table.rows])
        if np.unique(self.study).size < 2:
            raise NotPoolable("the results are of one study")
        self.V = covariance(table)
        self.random = effects(self.study, self.outcome)

    def fit(self, X=None, terms=("intrcpt",)):
        return multilevel.fit_multilevel(
            self.table.yi, self.V, X=X, terms=terms, random=self.random, method=self.method,
            test=self.test, level=self.table.level,
        )  # fmt: skip

    def inference(self, fit):
        """By the model, or robust against what it assumes of a study's results."""
        names = ("terms", "beta", "se", "stat", "pval", "ci_lb", "ci_ub", "vb")
        if not self.table.spec.get("robust"):
            found = (getattr(fit, name) for name in names)
            return Inference(*found, fit.ddf, fit.QM, fit.QM_df, fit.QMp)
        told = robust.robust(
            fit.yi, fit.X, fit.M, self.study, terms=fit.terms, level=self.table.level
        )
        df = float(told.df[0]) if told.df.size == 1 else float(told.df.min())
        tests = moderators_test(told.beta, told.vb, tested_columns(fit.X), df)
        return Inference(*(getattr(told, name) for name in names), df, *tests)

    def pooled(self, fit, total, s2, levels):
        found = self.inference(fit)
        weights = np.linalg.inv(fit.M).sum(1)
        share = 100 * weights / weights.sum()
        test = "CR2" if self.table.spec.get("robust") else fit.test
        width = wald.critical(fit.level, found.ddf) * np.sqrt(found.se[0] ** 2 + total)
        return Pooled(
            common=None,
            random=one(found) | {"method": fit.method, "test": test, "ddf": found.ddf},
            prediction={"pi_lb": float(found.beta[0] - width),
                        "pi_ub": float(found.beta[0] + width)},
            heterogeneity={
                "QE": fit.QE, "df": fit.QE_df, "QEp": fit.QEp, "tau2": point(total),
                "I2": point(100 * total / (total + s2)), "H2": None, "empty": False,
                "levels": levels, "studies": int(np.unique(self.study).size),
            },
            weights={"common": None, "random": share if (share >= 0).all() else None},
            notes=tuple(self._notes(found, levels)),
        )  # fmt: skip

    def _notes(self, found, levels):
        spec = self.table.spec
        parts = (
            f"{one['name']} {numbers.significant(one['variance'])}"
            f" (I² {numbers.percent(one['I2'])})"
            for one in levels
        )
        yield f"{METHODS[self.method]}. Variance: {', '.join(parts)}."
        yield (f"Results of the same patients are assumed to correlate by {assumed(spec):g}.")
        if spec.get("robust"):
            yield f"Intervals are cluster-robust (CR2), t on {numbers.degrees(found.ddf)} df."

    def by_outcome(self, found, names, place, each):
        """The pooled result with the effect of each outcome, and the test whether they differ."""
        told = self.inference(self.fit(each, tuple(names)))
        apart = np.c_[-np.ones(len(names) - 1), np.eye(len(names) - 1)]
        tests = moderators_test(
            apart @ told.beta, apart @ told.vb @ apart.T, np.arange(len(apart)), told.ddf
        )
        groups = [
            {"level": name, "places": np.flatnonzero(place == j).tolist(),
             "random": one(told, j), "heterogeneity": None, "why_not": "", "model": "This outcome"}
            for j, name in enumerate(names)
        ]  # fmt: skip
        symbol = "χ²" if told.ddf is None else "F"
        test = tested("Outcomes differ", symbol, tests[0], len(apart), tests[2])
        return replace(
            found,
            tests=tuple(filter(None, [test])),
            shown={"label": "Outcome", "groups": groups, "test": {}},
        )


def assumed(spec):
    """The correlation that a spec assumes of results of the same patients; it holds it as text, as
    the ledger has no floats."""
    return float(spec.get("rho") or 0)


def covariance(table):
    """The sampling covariance of a table of several results: the assumed correlation of results of
    the same patients, and what comparisons with a common group share."""
    rows, c = table.rows, table.columns
    alone = [row.place.get("", "one") for row in rows]
    groups = [
        [row.place.get("1", only), row.place.get("2", only)]
        for row, only in zip(rows, alone, strict=True)
    ]
    known = "n1i" in c and "n2i" in c
    sizes = np.c_[c["n1i"], c["n2i"]] if known else np.ones((len(rows), 2))
    cluster = [row.study for row in rows]
    outcome = [row.place["outcome"] for row in rows]
    rho = assumed(table.spec)
    return dependence.shared_covariance(table.vi, cluster, outcome, groups, sizes, rho)


regress_nested = partial(regress, "nested")
regress_multivariate = partial(regress, "multivariate")
