"""Snapshot -> participants: the only door from approved rows of patients to an analysis. Pure."""

from dataclasses import dataclass

from extraction import variables
from extraction.participants import mapping


@dataclass(frozen=True, slots=True)
class Participant:
    """One patient: ``values`` by column key, shaped by ``extraction.schema``; a missing one has
    no key."""

    study: int
    label: str
    key: str
    values: dict


@dataclass(frozen=True, slots=True)
class Participants:
    """All approved participants of one form. ``columns`` are its fields and then its variables,
    as fields, by key; ``simulated`` says whether any of the rows are no real patients."""

    columns: dict
    rows: tuple[Participant, ...]
    simulated: bool


def participants(data, form):
    """The ``Participants`` of a form's id in a snapshot's content, study by study."""
    columns, rows, simulated = {}, [], False
    schemas = {one["version"]: one["schema"] for one in data["forms"] if one["id"] == form}
    for version in sorted(schemas):
        known = mapping.dictionary(schemas[version])
        made = mapping.derived(schemas[version])
        columns |= known | {key: variables.as_field(one) for key, one in made.items()}
    for study in data["studies"]:
        for table in study.get("participants", []):
            if table["form"] == form:
                simulated = simulated or table["simulated"]
                rows += [_participant(study, row, columns) for row in table["rows"]]
    return Participants(columns, tuple(rows), simulated)


def _participant(study, row, columns):
    """One row; the group that a variable gives is held as the answer of a choice is."""
    values = {
        key: {"code": value["text"]} if _is_group(columns.get(key), value) else value
        for key, value in row["values"].items()
    }
    return Participant(study["id"], study["label"], row["participant"], values)


def _is_group(asked, value):
    return bool(asked) and asked["kind"] == "choice" and "text" in value


def forms_with_participants(data):
    """``(id, name)`` of the forms of a snapshot's content that have participants."""
    used = {t["form"] for study in data["studies"] for t in study.get("participants", [])}
    return sorted({(one["id"], one["name"]) for one in data["forms"] if one["id"] in used})


NOBODY = Participants({}, (), False)
