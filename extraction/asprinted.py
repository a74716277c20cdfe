"""A value as the paper printed it, beside what was derived from it. Pure."""

from dataclasses import dataclass
from itertools import groupby

from . import derive
from . import schema as forms


@dataclass(frozen=True, slots=True)
class Printed:
    """``text`` as typed, ``label`` of its format, ``derived`` the numbers in words; ``waits``
    says what is missing, and then there is no ``formula``."""

    text: str
    label: str
    derived: str = ""
    formula: str = ""
    source: str = ""
    limits: str = ""
    waits: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One format that a person can choose; ``ratio`` when it is only for ratios."""

    code: str
    label: str
    example: str
    ratio: bool = False


def of(field, state, value):
    """Return what was ``Printed`` where something was derived from it, else None."""
    how = value.get("how") if state == forms.VALUE and value else None
    if not how:
        return None
    shown = forms.show(field, value)
    if field["kind"] == "estimate" and value.get("se"):
        shown = f"{shown}, SE {derive.short(value, 'se')}"
    return Printed(
        text=value.get("printed", ""),
        label=label(field, value.get("as", "")),
        derived="" if "waits" in how else shown,
        **{name: how.get(name, "") for name in ("formula", "source", "limits", "waits")},
    )


def label(field, code):
    """The name of a format as a cell shows it."""
    one = derive.FORMATS.get(field["kind"], {}).get(code)
    if code and one:
        return f"median, {one.label}" if one.group == derive.MIDDLE else one.label
    return derive.PLAIN[field["kind"]]


def example(field, code):
    """How a value of the format is typed."""
    one = derive.FORMATS.get(field["kind"], {}).get(code) if code else None
    return one.example if one else derive.PLAIN_EXAMPLES[field["kind"]]


def choices(schema):
    """The formats for the kinds that a form asks: ``[(kind, [(group, [Choice, ...]), ...])]``."""
    kinds = {field["kind"] for field in forms.fields(schema).values()}
    return [(kind, _groups(kind)) for kind in forms.SUMMARIES if kind in kinds]


def for_field(field):
    """The formats of a field as (code, label) for a list without script."""
    if field.get("kind") not in forms.SUMMARIES:
        return []
    offered = [
        (one.code, f"{one.group}: {one.label}, like {one.example}")
        for one in derive.for_field(field)
    ]
    return [("", f"{derive.PLAIN[field['kind']]}, like {example(field, '')}"), *offered]


def _groups(kind):
    plain = Choice("", derive.PLAIN[kind], derive.PLAIN_EXAMPLES[kind])
    offered = derive.for_field({"kind": kind, "scale": "log"})
    groups = groupby(offered, key=lambda one: one.group)
    told = [
        (group, [Choice(o.code, o.label, o.example, o.code in derive.RATIOS_ONLY) for o in some])
        for group, some in groups
    ]
    return [("", [plain]), *told]
