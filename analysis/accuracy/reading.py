"""Snapshot -> the four counts of each study."""

from extraction import schema

from .. import datasets
from ..datasets import Missing, Row
from .measures import MEASURES, NAMES, SIDES

WITH = {"sens": "with the condition", "spec": "without the condition"}


def read(data, spec):
    """Return ``(rows, excluded)`` of a spec: a row a study, plain JSON.

    A row has ``study``, ``label``, ``group``, ``values`` by the names of ``measures.COUNTS``,
    ``printed``, ``cells``, and ``left``: why one sort of patients is missing, or "". Such a study
    still says something of the other.
    """
    return datasets.row_a_study(data, spec, _row)


def _row(record, fields, spec):
    keys = [*spec["fields"].values(), *filter(None, [spec.get("group")])]
    datasets.check_asked(record, fields, keys)
    place = _place(record, fields, spec)
    group = _group(record, fields, spec.get("group"))
    row, left = Row(0, "", {}, {}), []
    for side, roles in SIDES.items():
        one = Row(0, "", {}, {})
        try:
            _side(one, record, fields, spec, place, roles)
            if not sum(one.values.values()):
                raise Missing(f"It has no patients {WITH[side]}.")
        except Missing as reason:
            left.append(str(reason))
            continue
        for name in ("values", "printed", "cells"):
            getattr(row, name).update(getattr(one, name))
    if not row.values:
        raise Missing(" ".join(dict.fromkeys(left)))
    return {
        "group": group, "values": row.values, "printed": row.printed, "cells": row.cells,
        "left": " ".join(left),
    }  # fmt: skip


def _side(row, record, fields, spec, place, roles):
    """Take the right and the wrong answers of one sort of patients."""
    right, wrong = roles
    for role in roles if MEASURES[spec["measure"]].kinds == ("integer",) else (right,):
        asked = fields[spec["fields"][role]]
        cell = datasets.cell_at(record, spec["fields"][role], place, asked)
        taken = Row(0, "", {}, {})
        datasets.take(taken, asked, role, "", cell)
        _put(row, role, taken.values[f"{role}i"], taken.printed[role], cell)
        if asked["kind"] == "events":
            total = cell["value"].get("total")
            if total is None:
                raise Missing(f"“{asked['label']}” ({taken.printed[role]}) says no total.")
            _put(row, wrong, float(total) - row.values[right], "", cell)
    for role in roles:
        if row.values[role] < 0:
            raise Missing(f"{NAMES[role]} would be {row.values[role]:g}, below zero.")


def _put(row, role, number, printed, cell):
    row.values[role], row.cells[role] = number, cell["id"]
    if printed:
        row.printed[role] = printed


def _place(record, fields, spec):
    """The ``(arm, outcome)`` of a study's table; the only one where the plan names none."""
    asked = [fields[key] for key in spec["fields"].values()]
    return (
        _unit(record, "arm", spec["arms"].get(""), any(map(schema.takes_arm, asked))),
        _unit(record, "outcome", spec["outcome"], any(map(schema.takes_outcome, asked))),
    )


def _unit(record, kind, wanted, needed):
    if wanted or not needed:
        return datasets.unit_named(record, kind, wanted)
    found = [unit for unit in record["units"] if unit["kind"] == kind]
    if len(found) != 1:
        if not found:
            raise Missing(f"It has no {kind}, and the fields are asked for each.")
        many = ", ".join(unit["label"] for unit in found)
        raise Missing(f"It has {len(found)} {kind}s ({many}), and the plan names none of them.")
    return found[0]["id"]


def _group(record, fields, key):
    if not key:
        return ""
    cell = datasets.cell_at(record, key, (None, None), fields[key])
    if cell["state"] != schema.VALUE:
        raise Missing(f"“{fields[key]['label']}” is not known, and the plan compares by it.")
    return schema.show(fields[key], cell["value"])
