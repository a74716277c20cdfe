"""A plan with its switches moved: computed at once on the newest snapshot, nothing kept.

The door that keeps a variant writes it down as a plan of its own, marked as made after the data
were seen.
"""

from dataclasses import dataclass
from itertools import product

from django.db import transaction

from .. import datasets, kinds, runs
from ..estimators import METHODS
from ..figures.svg import NotDrawable
from ..models import Run
from . import measures, plan_form, pooling_models, printing
from .measures import MEASURES

BESIDE = ("z", "knha")


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to compute: ``run`` is not stored; ``why`` says why it cannot be computed."""

    spec: dict
    run: Run | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A variant in a list: its names, its result as text, ``query`` asks for it."""

    method: str
    test: str
    query: dict
    sentence: printing.Sentence | None
    why: str
    current: bool


def compute(plan, snapshot, data, spec):
    """The ``Variant`` of a plan with another spec, on a snapshot's content."""
    try:
        inputs, results = runs.compute(data, spec)
        row = Run(plan=plan, snapshot=snapshot, spec=spec, inputs=inputs, results=results)
        kinds.of(spec).shown.check(row)
    except (runs.NotAnalysable, NotDrawable) as refusal:
        return Variant(spec, why=str(refusal))
    return Variant(spec, row)


def beside(plan, snapshot, data, spec):
    """Every estimator with both intervals, all else as in ``spec``; a list of ``Line``. Models
    that are computed one by one, as they take longer, have none beside them."""
    if pooling_models.key_of(spec) != pooling_models.INVERSE:
        return []
    lines = []
    for method, test in product(METHODS, BESIDE):
        asked = {"method": method, "test": test}
        found = compute(plan, snapshot, data, spec | asked)
        told = printing.sentence(found.run) if found.run else None
        here = (spec["method"], spec["test"]) == (method, test)
        lines.append(Line(METHODS[method], test, asked, told, found.why, here))
    return lines


def measures_for(spec):
    """The measures that the same numbers allow: ``(key, name)``."""
    return [(key, MEASURES[key].name) for key in measures.alike(spec["measure"])]


def models_for(spec):
    """The models that pool one of these measures: ``(key, title)``."""
    many = pooling_models.of(spec).several
    return pooling_models.choices(measures.alike(spec["measure"]), many=many)


def groupings(data, spec):
    """What can divide the studies, as ``(value, words)``: answers given once a study, tools."""
    return list(plan_form.groupings(datasets.fields_of(data, spec["form"]), datasets.tools(data)))


def moderators(data, spec):
    """What may explain the effects: fields that are asked once a study, as ``(key, label)``."""
    return datasets.asked_of_studies(datasets.fields_of(data, spec["form"]), plan_form.EXPLAINING)


@transaction.atomic
def keep(*, plan, snapshot, spec, title, actor):
    """Write a variant down as a plan and run it. Raises ``IllegalMove`` for a title that is
    taken, ``runs.NotAnalysable`` when it cannot run; then nothing is kept."""
    kept = runs.create_plan(
        review=plan.review, actor=actor, title=title, spec=spec | {"variant_of": plan.pk}
    )
    return runs.run(plan=kept, snapshot=snapshot, actor=actor)
