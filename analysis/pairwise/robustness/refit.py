"""A run's random-effects model again, from the effects it stored.

Plots and tests of single studies weigh them by the inverse of their variances, whatever the model
of the run; where several results of a study entered, the study is their mean.
"""

import numpy as np

from ...datasets import Row
from ...stats import dependence, pooling
from ...stats.errors import NotEstimable
from .. import pooling_models
from ..pooling_models import several, table


def refit(run):
    """The ``pooling.Fit`` of a run, on its scale of analysis."""
    yi, vi = effects(run)
    spec = run.spec
    level = float(spec["level"]) / 100
    return pooling.rma(yi, vi, method=spec["method"], test=spec["test"], level=level)


def effects(run):
    """Effects and variances (k,), one a study."""
    studies = run.results["studies"]
    yi = np.array([one["yi"] for one in studies])
    vi = np.array([one["vi"] for one in studies])
    if not pooling_models.of(run.spec).several:
        return yi, vi
    rows = table_of(run)
    found = dependence.aggregate(yi, several.covariance(rows), [row.study for row in rows.rows])
    return found[1:]


def table_of(run):
    """The ``Table`` of a run's rows."""
    rows = [Row(**row) for row in run.inputs["rows"]]
    return table.read(rows, pooling_models.settled(run.spec))


def labels(run):
    """``(study, label)`` of each effect, in order."""
    return list(dict.fromkeys((row["study"], row["label"]) for row in run.inputs["rows"]))


def patients(run):
    """How many patients each study has, (k,). Raises ``NotEstimable`` where that is not known."""
    rows = run.inputs["rows"]
    names = [name for name in rows[0]["values"] if name in ("ni", "n1i", "n2i")]
    if not names or pooling_models.of(run.spec).several:
        raise NotEstimable("the rows do not say how many patients each study has")
    return np.array([sum(row["values"][name] for name in names) for row in rows])
