"""Step 10: frozen data and counts -> the tables a review prints. Reads only.

Every table is made from a snapshot's content by definition, never typed: a form gives the
columns of an evidence table, an instrument those of a quality table.
"""

from dataclasses import dataclass

from extraction import schema
from extraction.instruments import loader

from .figures.lights import Light, Mark
from .figures.traffic import Domain, Judged, Traffic

LIGHTS_OF = {
    2: (Light.LOW, Light.HIGH),
    3: (Light.LOW, Light.SOME, Light.HIGH),
    4: (Light.LOW, Light.SOME, Light.SERIOUS, Light.HIGH),
}
NOT_A_VALUE = {"not_reported": "—", "unclear": "?", "empty": ""}
STAR = "*"


@dataclass(frozen=True, slots=True)
class Shown:
    """One cell: its text as the paper printed it, its approved-cell id, and its warnings."""

    text: str
    cell: int | None = None
    warnings: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class EvidenceTable:
    """One form's approved data, a row for each study (and unit, where the form has any)."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Shown, ...]], ...]
    by_unit: bool


@dataclass(frozen=True, slots=True)
class QualityRow:
    """One study of a checklist: a mark for each item, the score and its band."""

    label: str
    marks: tuple[str, ...]
    score: str
    band: str


@dataclass(frozen=True, slots=True)
class QualityTable:
    """A checklist over all studies; a star marks what the assessors first disagreed on."""

    title: str
    items: tuple[tuple[str, str], ...]
    rows: tuple[QualityRow, ...]
    star: bool


def evidence_tables(data):
    """The evidence tables of a snapshot's content, one for each form that has records."""
    tables = [_evidence(form, data["studies"]) for form in data["forms"]]
    return [table for table in tables if table.rows]


def quality_tables(data):
    """One table for each scored checklist in use."""
    return [
        _quality(instrument, found)
        for instrument, found in _by_instrument(data)
        if instrument.kind == "scored_checklist"
    ]


def traffic_lights(data):
    """One traffic-light figure's input for each judgement tool in use."""
    return [
        _traffic(instrument, found)
        for instrument, found in _by_instrument(data)
        if instrument.kind != "scored_checklist"
    ]


def _evidence(form, studies):
    fields = schema.fields(form["schema"])
    rows, by_unit = [], False
    for study in studies:
        for record in study["records"]:
            if record["form"] != form["id"]:
                continue
            by_unit = by_unit or bool(record["units"])
            rows += _record_rows(study, record, fields)
    columns = tuple(_heading(field) for field in fields.values())
    return EvidenceTable(form["name"], columns, tuple(rows), by_unit)


def _record_rows(study, record, fields):
    """One row a study, or one a unit (outcome, else arm) where the record has units."""
    cells = {(cell["field"], cell["arm"], cell["outcome"]): cell for cell in record["cells"]}
    arms = [unit for unit in record["units"] if unit["kind"] == "arm"] or [None]
    outcomes = [unit for unit in record["units"] if unit["kind"] == "outcome"] or [None]
    rows = []
    for outcome in outcomes:
        for arm in arms:
            label = ", ".join(filter(None, (unit and _unit_name(unit) for unit in (outcome, arm))))
            shown = tuple(
                _shown(field, _find(cells, key, field, arm, outcome))
                for key, field in fields.items()
            )
            rows.append((f"{study['label']}: {label}" if label else study["label"], shown))
    return rows


def _find(cells, key, field, arm, outcome):
    place = (
        arm["id"] if arm and schema.takes_arm(field) else None,
        outcome["id"] if outcome and schema.takes_outcome(field) else None,
    )
    return cells.get((key, *place))


def _unit_name(unit):
    return f"{unit['label']}, {unit['detail']}" if unit["detail"] else unit["label"]


def _shown(field, cell):
    if cell is None:
        return Shown("")
    if cell["state"] != schema.VALUE:
        text = NOT_A_VALUE[cell["state"]]
    else:
        text = cell["value"].get("printed") or schema.show(field, cell["value"])
    return Shown(text, cell["id"], tuple(cell["warnings"]), cell["note"])


def _heading(field):
    unit = field.get("unit")
    return f"{field['label']} ({unit})" if unit else field["label"]


def _by_instrument(data):
    """Pairs of an instrument and its ``(study label, appraisal)`` list, settled ones only."""
    definitions = {one["sha256"]: one["definition"] for one in data["instruments"]}
    found = {}
    for study in data["studies"]:
        for appraisal in study["appraisals"]:
            if appraisal["status"] == "settled":
                found.setdefault(appraisal["sha256"], []).append((study["label"], appraisal))
    return [(loader.parse(definitions[sha256]), rows) for sha256, rows in found.items()]


def _quality(instrument, found):
    questions = [question for domain in instrument.domains for question in domain.questions]
    rows = []
    for label, appraisal in found:
        answers = {answer["item"]: answer for answer in appraisal["answers"]}
        score = appraisal["judgements"]["scores"][0]
        low, high = (f"{score[end]:g}" for end in ("low", "high"))
        rows.append(
            QualityRow(
                label,
                tuple(_mark(answers.get(question.id)) for question in questions),
                low if low == high else f"{low} to {high}",
                appraisal["judgements"]["overall"]["final"] or "undecided",
            )
        )
    return QualityTable(
        instrument.title,
        tuple((question.number, question.text) for question in questions),
        tuple(rows),
        any(STAR in mark for row in rows for mark in row.marks),
    )


def _mark(answer):
    if answer is None:
        return ""
    return answer["code"].replace("-", "−") + (STAR if answer["first_disagreed"] else "")


def _traffic(instrument, found):
    lights = _lights(instrument.scale)
    domains = tuple(Domain(domain.number, domain.title) for domain in instrument.domains)
    rows = tuple(
        Judged(
            label,
            tuple(
                lights.get(judgement["final"])
                for judgement in [
                    *appraisal["judgements"]["domains"],
                    appraisal["judgements"]["overall"],
                ]
            ),
        )
        for label, appraisal in found
    )
    return Traffic(instrument.title, (*domains, Domain("Overall", "Overall")), rows)


def _lights(scale):
    """A mark for each level: the mildest is low, the worst high, whatever the tool calls them."""
    ranked = sorted(
        (level for level in scale if level.severity is not None),
        key=lambda level: level.severity,
    )
    steps = LIGHTS_OF[len(ranked)]
    marks = {
        level.code: Mark(light, level.label) for level, light in zip(ranked, steps, strict=True)
    }
    unranked = {
        level.code: Mark(Light.NONE, level.label) for level in scale if level.severity is None
    }
    return marks | unranked
