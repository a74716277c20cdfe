"""Snapshot -> the results of each study that two groups compared, or one pooled, give."""

from dataclasses import replace

from extraction import schema

from .. import datasets
from ..datasets import Excluded, Missing, Row
from . import result_places
from .measures import MEASURES

NO_GROUP = "Not known"


def rows(data, spec):
    """Return ``(rows, excluded)`` of a spec on a snapshot's content, a ``Row`` a result."""

    def described(study, record, fields, judged):
        own, lacking = _read(study, record, fields, spec)
        return [_described(row, record, fields, spec, judged) for row in own], lacking

    return datasets.walk(data, spec, described)


def _read(study, record, fields, spec):
    """``(rows, excluded)`` of a record: its one result, or every one that the plan asks for."""
    groups = MEASURES[spec["measure"]].groups
    if "outcomes" not in spec:
        places = {group: place_of(record, spec, group) for group in groups}
        return [_row(study, record, fields, spec, places)], []
    own, lacking = [], []
    for result in result_places.of(record, fields, spec, groups):
        try:
            row = _row(study, record, fields, spec, result.places)
            own.append(replace(row, result=result.label, place=result.place))
        except Missing as reason:
            label = ", ".join(filter(None, (study["label"], result.label)))
            lacking.append(Excluded(study["id"], label, str(reason)))
    return own, lacking


def _row(study, record, fields, spec, places):
    row = unchecked(study, record, fields, spec, places)
    MEASURES[spec["measure"]].check(row.values, Missing)
    return row


def unchecked(study, record, fields, spec, places):
    """The ``Row`` of a record at ``places`` by group, whether its numbers can be pooled or not.
    Raises ``Missing`` for one that is not there."""
    row = Row(study["id"], study["label"], {}, {})
    for group, place in places.items():
        for role, key in spec["fields"].items():
            datasets.check_asked(record, fields, [key])
            cell = datasets.cell_at(record, key, place, fields[key])
            datasets.take(row, fields[key], role, group, cell)
    return row


def _described(row, record, fields, spec, judged):
    """The row with its subgroup and moderators, where the plan asks for them."""
    by, told = spec.get("subgroup"), {}
    if by and "rob" in by:
        told = {"group": judged.get(by["rob"]) or NO_GROUP, "grouped_by": f"{by['rob']}, overall"}
    elif by:
        label, said = _answer(record, fields, by["field"])
        told = {"group": str(said or NO_GROUP), "grouped_by": label}
    moderators = dict(_answer(record, fields, key) for key in spec.get("moderators", ()))
    return replace(row, moderators=moderators, **told)


def _answer(record, fields, key):
    """A field that is asked once a study: its label, and its number or words, or None."""
    asked = fields.get(key)
    if asked is None:
        return key, None
    cell = datasets.cell_at(record, key, (None, None), asked)
    if cell["state"] != schema.VALUE:
        return asked["label"], None
    if asked["kind"] in datasets.NUMBERS:
        return asked["label"], float(cell["value"]["number"])
    return asked["label"], schema.show(asked, cell["value"])


def place_of(record, spec, group):
    """The ``(arm, outcome)`` unit ids a group's cells stand at; None where there is none."""
    arm = datasets.unit_named(record, "arm", (spec.get("arms") or {}).get(group))
    return arm, datasets.unit_named(record, "outcome", spec.get("outcome"))
