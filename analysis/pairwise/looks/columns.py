"""What the fields of a form say of each study of a plot: its columns, and what sorts it."""

from dataclasses import dataclass

from extraction import schema

from ... import datasets
from ...figures import forest
from ...report import NOT_A_VALUE


@dataclass(frozen=True, slots=True)
class Source:
    """A snapshot's content as a plan reads it: its record and that record's fields by study."""

    spec: dict
    records: dict
    asked: dict  # field by key, as the newest version in use asks it

    def cell(self, study, key, group):
        """The field as this study was asked it, and its cell where ``group`` of the plan stands;
        None where there is none."""
        record, fields = self.records.get(study, (None, {}))
        if key not in fields:
            return None
        arm = (self.spec.get("arms") or {}).get(group) if schema.takes_arm(fields[key]) else None
        outcome = self.spec.get("outcome") if schema.takes_outcome(fields[key]) else None
        try:
            place = (
                datasets.unit_named(record, "arm", arm),
                datasets.unit_named(record, "outcome", outcome),
            )
            return fields[key], datasets.cell_at(record, key, place, fields[key])
        except datasets.Missing:
            return None


def source(data, spec):
    """The ``Source`` of a spec in a snapshot's content."""
    versions = datasets.versions(data, spec["form"])
    records = {
        study["id"]: (record, versions[record["version"]])
        for study in data["studies"]
        for record in study["records"]
        if record["form"] == spec["form"]
    }
    return Source(spec, records, datasets.fields_of(data, spec["form"]))


def choices(found):
    """Every field that can be a column, as ``(key, label)``."""
    return [
        (key, field["label"])
        for key, field in found.asked.items()
        if not schema.is_column(field) and field["kind"] != "table"
    ]


def once_a_study(found):
    """The fields that can sort, as ``(key, label)``."""
    return [(key, label) for key, label in choices(found) if found.asked[key]["level"] == "study"]


def made(found, key, studies):
    """The columns of a field: ``(forest.Column, texts of the studies)``, one for each arm of the
    plan where it is asked for each, else one."""
    field = found.asked.get(key)
    if field is None:
        return []
    arms = found.spec.get("arms") or {}
    groups = list(arms) if schema.takes_arm(field) and arms else [""]
    numeric = field["kind"] in schema.NUMERIC
    return [
        (
            forest.Column(field["label"], group=arms.get(group, ""), numeric=numeric),
            tuple(_printed(found.cell(study, key, group)) for study in studies),
        )
        for group in groups
    ]


def sorting(found, key, study):
    """What sorts a study by a field: a number or a text; None where it says nothing."""
    held = found.cell(study, key, "")
    if held is None or held[1]["state"] != schema.VALUE:
        return None
    field, cell = held
    if field["kind"] in datasets.NUMBERS:
        return (0, float(cell["value"]["number"]), "")
    return (1, 0.0, schema.show(field, cell["value"]).casefold())


def _printed(held):
    if held is None:
        return ""
    field, cell = held
    if cell["state"] == schema.VALUE:
        return cell["value"].get("printed") or schema.show(field, cell["value"])
    return NOT_A_VALUE.get(cell["state"], "")
