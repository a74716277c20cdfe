"""Diagnostic accuracy: sensitivity and specificity of several studies in one bivariate model.

``binomial.bivariate`` is the model of counts, ``normal.reitsma`` that of their logits; both give
an ``AccuracyFit``. ``curves`` has what is drawn of it, ``points.studies`` each study by itself.
"""

from .binomial import bivariate
from .curves import CURVES, auc, region, sroc
from .fit import AccuracyFit, Point, differ
from .normal import reitsma
from .points import studies, threshold

__all__ = [
    "CURVES",
    "AccuracyFit",
    "Point",
    "auc",
    "bivariate",
    "differ",
    "region",
    "reitsma",
    "sroc",
    "studies",
    "threshold",
]
