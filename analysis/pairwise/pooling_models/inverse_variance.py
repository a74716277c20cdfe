"""Studies weighted by the inverse of their variances: one effect for all, and random effects."""

from ...stats import heterogeneity, pooling, prediction, regression
from .parts import Pooled, Regressed, interval, one


def fit(table):
    """Both models, by the estimator and the interval of the plan."""
    common = pooling.rma(table.yi, table.vi, method="CE", level=table.level)
    random = _random(table)
    told = {"method": random.method, "test": random.test}
    return Pooled(
        common=one(common),
        random=one(random) | told,
        prediction=_prediction(random),
        heterogeneity=_heterogeneity(random),
        weights={"common": common.weights, "random": random.weights},
    )


def regress(table, X, terms):
    """``Regressed`` of a table on a model matrix ``X`` (k, p) with its ``terms``."""
    found = _random(table, X=X, terms=terms)
    return Regressed(
        found, found.tau2, found.QE, found.QEp, regression.r_squared(found), found.notes
    )


def _random(table, **more):
    options = {"method": table.spec["method"], "test": table.spec["test"], "level": table.level}
    return pooling.rma(table.yi, table.vi, **options, **more)


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
        "tau2": interval(bounds.tau2),
        "I2": interval(bounds.I2),
        "H2": interval(bounds.H2),
        "empty": bounds.empty,
    }
