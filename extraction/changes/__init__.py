"""What differs between two snapshots: studies, cells, appraisals, participants. Pure.

Both are the content that ``extraction.snapshots`` writes, parsed. Units of a record are the same
ones when their id is, and otherwise when kind, label and detail are.
"""

from dataclasses import dataclass

from .. import schema as forms
from .. import variables

NOTHING = "–"
ROWS = 200  # values of participants that are told one by one
STATES = {"not_reported": "Not reported", "unclear": "Unclear", "empty": NOTHING}
ORIGINS = {
    "same": "both the same",
    "single": "one extractor",
    "first": "first extractor's value",
    "second": "second extractor's value",
    "rewritten": "another value",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that reads differently. ``subject`` is what the ledger calls its owner
    (``record:7``, ``assessment:3``), ``cell`` the id of the record's cell, or None."""

    what: str
    before: str
    after: str
    subject: str = ""
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class StudyChanges:
    """One study that is not as it was: ``state`` is *added*, *removed* or *changed*."""

    label: str
    state: str
    changes: list


def between(old, new):
    """Return the ``StudyChanges`` from one content to another, by label; [] where all is same."""
    before, after = ({study["id"]: study for study in data["studies"]} for data in (old, new))
    schemas = _schemas(old) | _schemas(new)
    found = []
    for key in before.keys() | after.keys():
        told = _study(before.get(key), after.get(key), schemas)
        found += [told] if told else []
    return sorted(found, key=lambda one: one.label)


def _schemas(data):
    return {(f["id"], f["version"]): variables.asked(f["schema"]) for f in data["forms"]}


def _study(old, new, schemas):
    if old is None or new is None:
        there = old or new
        return StudyChanges(there["label"], "removed" if new is None else "added", [])
    changes = []
    if old["label"] != new["label"]:
        changes.append(Change("Name of the study", old["label"], new["label"]))
    changes += _records(old, new, schemas)
    changes += _appraisals(old["appraisals"], new["appraisals"])
    changes += _participants(*(study.get("participants", []) for study in (old, new)), schemas)
    return StudyChanges(new["label"], "changed", changes) if changes else None


def _records(old, new, schemas):
    before, after = ({one["form"]: one for one in study["records"]} for study in (old, new))
    changes = []
    for form in sorted(before.keys() | after.keys()):
        first, second = before.get(form), after.get(form)
        if first is None or second is None:
            whole = ("no record", "approved") if first is None else ("approved", "no record")
            changes.append(Change("Record", *whole, f"record:{(first or second)['id']}"))
        else:
            changes += _record(first, second, schemas)
    return changes


def _record(old, new, schemas):
    subject, changes = f"record:{new['id']}", []
    if old["version"] != new["version"]:
        versions = (f"version {one['version']}" for one in (old, new))
        changes.append(Change("Form", *versions, subject))
    fields = schemas[old["form"], old["version"]] | schemas[new["form"], new["version"]]
    same = _same_units(old["units"], new["units"])
    changes += _units(old["units"], new["units"], same, subject)
    names = {u["id"]: _name(u) for u in [*old["units"], *new["units"]]}
    before = {_place(cell, {}): cell for cell in _cells(old)}
    after = {_place(cell, same): cell for cell in _cells(new)}
    for place in [*before, *(place for place in after if place not in before)]:
        key, arm, outcome = place
        field = fields[key]
        what = ", ".join(filter(None, (field["label"], names.get(outcome), names.get(arm))))
        changes += _cell(what, field, before.get(place), after.get(place), subject)
    return changes


def _cells(record):
    """Its cells, then the variables computed from them."""
    return [*record["cells"], *record.get("derived", [])]


def _same_units(old, new):
    """``{new unit id: old unit id}`` of units that are the same."""
    ids = {unit["id"] for unit in old}
    named = {(u["kind"], u["label"], u["detail"]): u["id"] for u in old}
    same = {unit["id"]: unit["id"] for unit in new if unit["id"] in ids}
    for unit in new:
        held = named.get((unit["kind"], unit["label"], unit["detail"]))
        if unit["id"] not in same and held is not None and held not in same.values():
            same[unit["id"]] = held
    return same


def _units(old, new, same, subject):
    held, changes = {unit["id"]: unit for unit in old}, []
    for unit in new:
        was = held.pop(same.get(unit["id"]), None)
        if was is None or _name(was) != _name(unit):
            before = _name(was) if was else NOTHING
            changes.append(Change(unit["kind"].capitalize(), before, _name(unit), subject))
    return changes + [
        Change(unit["kind"].capitalize(), _name(unit), NOTHING, subject) for unit in held.values()
    ]


def _name(unit):
    return f"{unit['label']}, {unit['detail']}" if unit["detail"] else unit["label"]


def _place(cell, same):
    return cell["field"], *(same.get(cell[part], cell[part]) for part in ("arm", "outcome"))


def _cell(what, field, old, new, subject):
    """The changes of one cell: its value, or else where it came from, its note, its warnings."""
    where = {"subject": subject, "cell": (new or old)["id"]}
    if _meaning(old) != _meaning(new):
        told = [_said(field, cell) for cell in (old, new)]
        if told[0] == told[1]:
            told = [cell["value"].get("printed", "") for cell in (old, new)]
            what = f"{what}: as typed"
        return [Change(what, *told, **where)]
    if old is None or new is None:
        return []
    parts = (
        ("origin", "", lambda cell: ORIGINS.get(cell["origin"], cell["origin"])),
        ("note", "note", lambda cell: cell["note"]),
        ("warnings", "warnings", _warned),
    )
    return [
        Change(f"{what}: {name}" if name else what, read(old) or NOTHING, read(new) or NOTHING,
               **where)
        for key, name, read in parts
        if old[key] != new[key]
    ]  # fmt: skip


def _meaning(cell):
    return (cell["state"], cell["value"]) if cell else None


def _said(field, cell):
    if cell is None:
        return NOTHING
    if cell["state"] != forms.VALUE:
        return STATES[cell["state"]]
    return forms.show(field, cell["value"])


def _warned(cell):
    return "; ".join(
        one["text"] + (" Confirmed as printed." if one["confirmed"] else "")
        for one in cell["warnings"]
    )


def _appraisals(old, new):
    before, after = ({(a["instrument"], a["result"]): a for a in side} for side in (old, new))
    changes = []
    for key in sorted(before.keys() | after.keys()):
        first, second = before.get(key), after.get(key)
        there = second or first
        name = ", ".join(filter(None, (there["title"], there["result"])))
        subject = f"assessment:{there['id']}"
        if first is None or second is None:
            whole = ("not settled", "settled") if first is None else ("settled", "not settled")
            changes.append(Change(name, *whole, subject))
            continue
        told = [_judged(one) for one in (first, second)]
        changes += [
            Change(f"{name}: {part}", told[0].get(part, NOTHING), told[1].get(part, NOTHING),
                   subject)
            for part in [*told[0], *(part for part in told[1] if part not in told[0])]
            if told[0].get(part) != told[1].get(part)
        ]  # fmt: skip
    return changes


def _judged(appraisal):
    """Everything that was answered and judged, by its name."""
    judgements = appraisal["judgements"]
    told = {f"answer {one['item']}": one["code"] or NOTHING for one in appraisal["answers"]}
    for domain in judgements.get("domains", []):
        told[domain["title"]] = domain["final"] or NOTHING
    for score in judgements.get("scores", []):
        told[f"score {score['id']}"] = f"{score['low']} to {score['high']}"
    overall = judgements.get("overall")
    told["overall"] = (overall.get("final") if isinstance(overall, dict) else overall) or NOTHING
    return told


def _participants(old, new, schemas):
    """Tables of participants by form: which rows came, went and read differently."""
    before, after = ({table["form"]: table for table in side} for side in (old, new))
    changes = []
    for form in sorted(before.keys() | after.keys()):
        rows = [_rows(side.get(form)) for side in (before, after)]
        if len(rows[0]) != len(rows[1]):
            changes.append(Change("Participants", *(f"{len(held)} rows" for held in rows)))
        there = after.get(form) or before[form]
        fields = schemas[form, there["version"]]
        found = [one for key in rows[0] | rows[1] for one in _row(key, *rows, fields)]
        changes += found[:ROWS]
        if len(found) > ROWS:
            changes.append(Change("More values of participants", NOTHING, f"{len(found) - ROWS}"))
    return changes


def _rows(table):
    return {row["participant"]: row["values"] for row in table["rows"]} if table else {}


def _row(key, old, new, fields):
    """The changes of one participant who is in both."""
    if key not in old or key not in new:
        return []
    first, second = old[key], new[key]
    return [
        Change(f"Participant {key}: {fields[name]['label']}",
               *(_shown(fields[name], side.get(name)) for side in (first, second)))
        for name in first | second
        if first.get(name) != second.get(name)
    ]  # fmt: skip


def _shown(field, value):
    return NOTHING if value is None else value.get("printed") or forms.show(field, value)
