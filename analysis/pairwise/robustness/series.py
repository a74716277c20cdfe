"""The model fitted again and again: without each study, and with one study after another."""

from dataclasses import replace

import numpy as np

from ... import datasets
from ...drawn import Drawn
from ...figures import forest
from ...printing import printer
from ...stats import sensitivity
from ...witness import witness_url
from .. import forest_plot, pooling_models
from ..looks import dressing
from . import again
from .refit import labels, refit


def leave_one_out(run):
    """Does the result hang on one study?"""
    found = again.without_each(run) if again.can(run) else sensitivity.leave_one_out(refit(run))
    return _series(run, found, "Left out", "each study left out")


def cumulative(run):
    """By the years of the studies; where one has none, in the order of the list."""
    years = _years(run)
    told = all(years)
    order = np.array(sorted(range(len(years)), key=lambda i: years[i])) if told else None
    if again.can(run) and not pooling_models.of(run.spec).several:
        found = again.one_by_one(run, range(len(years)) if order is None else order)
    else:
        found = sensitivity.cumulative(refit(run), order)
    if not pooling_models.of(run.spec).several:
        found = replace(found, I2=np.append(np.nan, found.I2[1:]))  # one study alone has none
    title = f"studies added one by one, {'the earliest first' if told else 'as they are listed'}"
    return _series(run, found, "Added", title)


def _years(run):
    """The year in each study's name, else in its citation in the run's snapshot."""
    named = [(study, dressing.year(name)) for study, name in labels(run)]
    if all(found for _, found in named):
        return [found for _, found in named]
    cited = dressing.published(datasets.content(run.snapshot))
    return [found or cited.get(study) for study, found in named]


def _notes(run):
    """A model that takes long is not fitted again and again: effects are pooled instead."""
    slow = pooling_models.key_of(run.spec) != pooling_models.INVERSE and not again.can(run)
    return ("Each line pools the studies' own effects by inverse variance.",) if slow else ()


def _series(run, found, names, title):
    """One line a refit, on the printed scale."""
    whole, printed = forest_plot.forest_of(run), printer(run.spec["measure"])
    studies = labels(run)
    rows = tuple(
        forest.Row(
            studies[i][1], printed(found.estimate[j]), printed(found.ci_lb[j]),
            printed(found.ci_ub[j]), cells=(f"{found.I2[j]:.0f}%" if np.isfinite(found.I2[j])
                                            else "–",),
            href=witness_url(run, studies[i][0]),
        )
        for j, i in enumerate(found.order)
    )  # fmt: skip
    random = whole.summaries[-1]
    return Drawn(forest, replace(
        whole, title=f"{whole.title}: {title}", groups=(forest.Group(rows),),
        summaries=(replace(random, label="All studies", cells=(), prediction=None, weight=None),),
        columns=(forest.Column("I²"),), heterogeneity=None, excluded=(), notes=_notes(run),
        tests=(), domains=(), names=names,
    ))  # fmt: skip
