"""Studies that give an effect and its standard error, as two people read them."""

from extraction import extract
from extraction.extract import Typed

from .factories import make_form, make_study

SCHEMA = {
    "sections": [
        {
            "title": "Result",
            "fields": [
                {"key": "effect", "label": "Effect", "kind": "decimal", "level": "study"},
                {"key": "error", "label": "Standard error", "kind": "decimal", "level": "study"},
                {"key": "country", "label": "Country", "kind": "text", "level": "study"},
                {"key": "design", "label": "Design", "kind": "choice", "level": "study",
                 "options": [{"code": "p", "label": "Parallel"}, {"code": "x", "label": "Other"}]},
            ],
        }
    ]
}  # fmt: skip
SPEC = {
    "measure": "GEN", "fields": {"y": "effect", "se": "error"}, "method": "REML", "test": "z",
    "level": 95,
}  # fmt: skip


def make_effects(review, people, studies, schema=SCHEMA):
    """The form; ``studies`` are by label the readings of each person, a mapping of fields each."""
    form = make_form(review, schema)
    for label, readings in studies.items():
        study = make_study(review, label)
        for person, reading in zip(people, readings, strict=True):
            entry = extract.begin(study=study, form=form, actor=person)
            cells = [Typed(field, given) for field, given in reading.items()]
            extract.save_cells(entry=entry, cells=cells)
            extract.submit(entry=entry)
    return form


def reading(effect, error, **more):
    """What one person read of one study."""
    return {"effect": effect, "error": error} | more
