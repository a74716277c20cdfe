"""A run's own model fitted again without some of its studies."""

from dataclasses import dataclass

import numpy as np

from .. import pooling_models
from ..pooling_models import sparse_tables
from .refit import labels, table_of

# Models that are fitted again in no time; the others are, by inverse variance.
QUICK = ("MH", "PETO", "3L")


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Refits (m,): on the scale of analysis, ``I2`` in per cent; ``order`` are the studies."""

    order: np.ndarray
    estimate: np.ndarray
    ci_lb: np.ndarray
    ci_ub: np.ndarray
    I2: np.ndarray


def can(run):
    """Whether a run is fitted again by its own model."""
    return pooling_models.key_of(run.spec) in QUICK


def without_each(run):
    """A `Series` of fits without each study."""
    studies = [study for study, _ in labels(run)]
    return _series(run, range(len(studies)), [set(studies) - {one} for one in studies])


def one_by_one(run, order):
    """A `Series` of fits to the first study of ``order``, the first two, and so on."""
    studies = [labels(run)[i][0] for i in order]
    return _series(run, order, [set(studies[: i + 1]) for i in range(len(studies))])


def _series(run, order, kept):
    whole, model = table_of(run), pooling_models.of(run.spec)
    if pooling_models.key_of(run.spec) == "PETO":
        whole = sparse_tables.own_peto(whole)
    found = [
        model.fit(whole.at([i for i, row in enumerate(whole.rows) if row.study in studies]))
        for studies in kept
    ]
    main = [one.random or one.common for one in found]
    bounds = (np.array([one[name] for one in main]) for name in ("beta", "ci_lb", "ci_ub"))
    I2 = np.array([one.heterogeneity["I2"]["est"] for one in found])
    return Series(np.array(order), *bounds, I2)
