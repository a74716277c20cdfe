"""Snapshot -> rows of numbers: the only door from approved data to the engine, for every kind.

A row that cannot enter an analysis is never dropped: it comes back as ``Excluded`` with the
reason in words. Every number of a row keeps the id of the approved cell it was read from.
"""

import json
from dataclasses import dataclass, field

from extraction import schema, variables
from extraction.instruments import loader

from .errors import Missing
from .roles import numbers

NUMBERS = ("integer", "decimal", "percent")
NOT_THERE = {
    "empty": "was not extracted",
    "not_reported": "is not reported",
    "unclear": "is unclear",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One study's numbers by the engine's column names; ``cells`` are approved-cell ids.

    ``group`` is the study's subgroup and ``grouped_by`` what that says, where the plan asks;
    ``moderators`` are numbers or words by the label of their field, None where a study has none.
    Where several results of a study enter, ``result`` names this one and ``place`` says what it is
    about: ``outcome``, and the ids of the arms by group.
    """

    study: int
    label: str
    values: dict
    printed: dict
    cells: dict = field(default_factory=dict)
    group: str = ""
    grouped_by: str = ""
    moderators: dict = field(default_factory=dict)
    result: str = ""
    place: dict = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Excluded:
    """A study that cannot enter, and why."""

    study: int
    label: str
    reason: str


def content(snapshot):
    """The approved data of a snapshot as ``extraction.snapshots`` describes it."""
    return json.loads(snapshot.content)


def newest(review):
    """A review's newest snapshot and its ``content``; None and None before the first."""
    snapshot = review.snapshots.first()
    return snapshot, content(snapshot) if snapshot else None


def versions(data, form):
    """``{version: fields by key}`` of a form in a snapshot's content, the oldest first."""
    found = sorted(
        (one for one in data["forms"] if one["id"] == form), key=lambda one: one["version"]
    )
    return {one["version"]: variables.asked(one["schema"]) for one in found}


def fields_of(data, form):
    """The fields of all versions of a form by key; the newest version tells what one is like."""
    return {key: field for asked in versions(data, form).values() for key, field in asked.items()}


def asked_of_studies(fields, kinds):
    """Those of ``fields`` that are of these kinds and asked once a study, as ``(key, label)``."""
    return [
        (key, field["label"])
        for key, field in fields.items()
        if field["level"] == "study" and field["kind"] in kinds
    ]


def walk(data, spec, read):
    """Return ``(rows, excluded)`` of a plan's spec on a snapshot's content.

    ``read(study, record, fields, judged)`` gives the same pair of one record of the plan's form, or
    raises ``Missing``; ``judged`` is what ``risk_of_bias`` says of its study. Studies without such
    a record are not part of the comparison at all; the others are in one list or the other.
    """
    asked, rows, excluded = versions(data, spec["form"]), [], []
    levels = risk_of_bias(data) if _asks_bias(spec) else {}
    for study in data["studies"]:
        for record in study["records"]:
            if record["form"] != spec["form"]:
                continue
            judged = levels.get(study["id"], {})
            try:
                _refuse_left_out(study, spec, judged)
                own, lacking = read(study, record, asked[record["version"]], judged)
                rows += own
                excluded += lacking
            except Missing as reason:
                excluded.append(Excluded(study["id"], study["label"], str(reason)))
    return rows, excluded


def row_a_study(data, spec, read):
    """``walk`` where a study has one row, plain JSON: ``study`` (its id), ``label``, and what
    ``read(record, fields, spec)`` finds."""

    def one(study, record, fields, _):
        found = read(record, fields, spec)
        return [{"study": study["id"], "label": study["label"], **found}], []

    return walk(data, spec, one)


def check_asked(record, fields, keys):
    """Raise ``Missing`` for a field that the record's version of the form does not ask."""
    for key in keys:
        if key not in fields:
            raise Missing(f"Its form, version {record['version']}, does not ask “{key}”.")


def _asks_bias(spec):
    """Whether a spec reads what the studies were judged."""
    return bool(spec.get("bias")) or "rob" in (spec.get("subgroup") or {})


def risk_of_bias(data):
    """``{study id: {title of the tool: overall judgement in words}}`` of what is settled."""
    tools = {
        one["sha256"]: loader.parse(loader.canonical(one["definition"]))
        for one in data["instruments"]
    }
    found = {}
    for study in data["studies"]:
        for appraisal in study.get("appraisals", []):
            tool = tools[appraisal["sha256"]]
            level = tool.level(appraisal["judgements"]["overall"]["final"])
            if level:
                found.setdefault(study["id"], {})[tool.title] = level.label
    return found


def tools(data):
    """The titles of the tools by which any study was judged overall."""
    return sorted({tool for said in risk_of_bias(data).values() for tool in said})


def judgements(data):
    """What the studies were judged overall, as ``(value, words)``."""
    pairs = {pair for said in risk_of_bias(data).values() for pair in said.items()}
    return [(f"{tool}|{level}", f"{tool}: {level}") for tool, level in sorted(pairs)]


def studies(data, form):
    """The studies with a record of a form, as ``(id, label)``."""
    return [
        (study["id"], study["label"])
        for study in data["studies"]
        if any(record["form"] == form for record in study["records"])
    ]


def _refuse_left_out(study, spec, judged):
    """Raise ``Missing`` for a study that the plan leaves out."""
    if study["id"] in spec.get("without", ()):
        raise Missing("Left out by the plan.")
    for tool, level in spec.get("bias", ()):
        if judged.get(tool) == level:
            raise Missing(f"Left out by the plan: {tool} judges it “{level}”.")


def unit_named(record, kind, wanted):
    """The id of the one unit whose label (or label and detail, or detail) is ``wanted``."""
    if not wanted:
        return None
    asked = wanted.strip().casefold()
    found = [
        unit["id"]
        for unit in record["units"]
        if unit["kind"] == kind
        and asked
        in {
            unit["label"].casefold(),
            unit["detail"].casefold(),
            f"{unit['label']}, {unit['detail']}".casefold(),
        }
    ]
    if not found:
        raise Missing(f"It has no {kind} “{wanted}”.")
    if len(found) > 1:
        raise Missing(f"It has {len(found)} {kind}s that answer to “{wanted}”. Name one of them.")
    return found[0]


def held(record):
    """The cells of a record of a snapshot's content, and the variables computed from them."""
    return [*record["cells"], *record.get("derived", [])]


def cell_at(record, key, place, asked):
    """The cell of a field at ``(arm, outcome)``, ids as far as the field takes them; one without
    a value where there is none."""
    arm = place[0] if schema.takes_arm(asked) else None
    outcome = place[1] if schema.takes_outcome(asked) else None
    if schema.takes_comparison(asked) and len(place) == 3:
        arm = place[2]
    elif schema.takes_comparison(asked):
        compared = [c for c in held(record) if (c["field"], c["outcome"]) == (key, outcome)]
        if len(compared) > 1:
            raise Missing(f"“{asked['label']}” is given for {len(compared)} comparisons of arms.")
        arm = compared[0]["arm"] if compared else None
    for cell in held(record):
        if (cell["field"], cell["arm"], cell["outcome"]) == (key, arm, outcome):
            return cell
    return {"id": None, "state": "empty", "value": {}}


def take(row, asked, role, group, cell):
    """Put the numbers of one cell into the row, under the engine's column names."""
    if cell["state"] != schema.VALUE:
        if cell.get("origin") == "computed":
            raise Missing(f"“{asked['label']}” has no value: {cell['note']}")
        raise Missing(f"“{asked['label']}” {NOT_THERE[cell['state']]}.")
    value = cell["value"]
    if waits := value.get("how", {}).get("waits"):
        raise Missing(f"“{asked['label']}” is printed as {value['printed']}: {waits}")
    for name, number in numbers(role, asked, value).items():
        if number is None:
            raise Missing(f"“{asked['label']}” {_lacking(asked, value)}.")
        column = f"{name}{group}i"
        row.values[column] = number
        row.cells[column] = cell["id"]
    row.printed[f"{role}{group}"] = value.get("printed") or schema.show(asked, value)


def _lacking(asked, value):
    if asked["kind"] == "mean_sd":
        return f"has a mean ({value['mean']}) but no SD"
    return f"has an estimate ({value['estimate']}) but no interval"
