"""A run's random-effects model again, from the effects it stored."""

import numpy as np

from ..stats import pooling


def refit(run):
    """The ``pooling.Fit`` of a run, on its scale of analysis."""
    studies = run.results["studies"]
    yi = np.array([one["yi"] for one in studies])
    vi = np.array([one["vi"] for one in studies])
    spec = run.spec
    level = float(spec["level"]) / 100
    return pooling.rma(yi, vi, method=spec["method"], test=spec["test"], level=level)


def labels(run):
    """``(study, label)`` of each row, in order."""
    return [(row["study"], row["label"]) for row in run.inputs["rows"]]
