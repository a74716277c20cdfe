"""Snapshot -> the arms of each study, or its printed comparisons, with the treatment of each.

A plan's spec has ``nodes``: the treatment for an arm's label (without case), "" for an arm that
is left out. A label that it does not know is a treatment of its own, so that an arm which comes
with later data is not lost.
"""

from collections import Counter
from functools import partial

from .. import datasets
from ..datasets import Missing, Row
from .measures import MEASURES

LEFT_OUT = "left out by the plan"


def labels(data, form):
    """``[(label, studies)]`` of the arms in records of a form, most studies first."""
    spelled, many = {}, Counter()
    for study in data["studies"]:
        found = {
            unit["label"].strip().casefold(): unit["label"].strip()
            for record in study["records"]
            if record["form"] == form
            for unit in record["units"]
            if unit["kind"] == "arm"
        }
        for key, label in found.items():
            spelled.setdefault(key, label)
            many[key] += 1
    return sorted(((spelled[key], n) for key, n in many.items()), key=lambda p: (-p[1], p[0]))


def read(data, spec):
    """Return ``(rows, excluded)`` of a spec: a row a study, plain JSON.

    A row has ``study``, ``label``, ``arms`` (or ``pairs`` of them) with ``node`` (or ``first`` and
    ``second``), ``values``, ``printed`` and ``cells``, and ``left``: arms that did not enter, with
    the reason.
    """
    spelled = {name.casefold(): name for name in spec["nodes"].values() if name}
    take = _pairs if MEASURES[spec["measure"]].printed else _arms
    return datasets.row_a_study(data, spec, partial(take, spelled=spelled))


def _arms(record, fields, spec, spelled):
    arms, left = [], []
    outcome = _outcome(record, fields, spec)
    for unit in record["units"]:
        if unit["kind"] != "arm":
            continue
        node = _node(unit["label"], spec, spelled)
        try:
            if not node:
                raise Missing(LEFT_OUT)
            row = _taken(record, fields, spec, (unit["id"], outcome), datasets.cell_at)
            arms.append({"arm": unit["label"], "node": node, **row})
        except Missing as reason:
            left.append({"arm": unit["label"], "reason": str(reason)})
    nodes = {arm["node"] for arm in arms}
    if len(nodes) < 2:
        raise Missing(_alone(nodes, left))
    return {"arms": arms, "left": left}


def _pairs(record, fields, spec, spelled):
    pairs, left = [], []
    outcome = _outcome(record, fields, spec)
    names = {unit["id"]: unit["label"] for unit in record["units"]}
    for unit in record["units"]:
        if unit["kind"] != "comparison":
            continue
        first, second = (_node(names[arm], spec, spelled) for arm in unit["arms"])
        try:
            if not (first and second):
                raise Missing(LEFT_OUT)
            if first == second:
                raise Missing(f"both arms are {first}")
            row = _taken(record, fields, spec, (unit["id"], outcome), _compared)
            pairs.append({"arm": unit["label"], "first": first, "second": second, **row})
        except Missing as reason:
            left.append({"arm": unit["label"], "reason": str(reason)})
    if not pairs:
        raise Missing(_alone(set(), left))
    return {"pairs": pairs, "left": left}


def _outcome(record, fields, spec):
    datasets.check_asked(record, fields, spec["fields"].values())
    return datasets.unit_named(record, "outcome", spec.get("outcome"))


def _node(label, spec, spelled):
    """The treatment of an arm's label; "" where the plan leaves it out."""
    key = label.strip().casefold()
    if key in spec["nodes"]:
        return spec["nodes"][key]
    return spelled.setdefault(key, label.strip())


def _taken(record, fields, spec, place, find):
    row = Row(0, "", {}, {})
    for role, key in spec["fields"].items():
        datasets.take(row, fields[key], role, "", find(record, key, place, fields[key]))
    return {"values": row.values, "printed": row.printed, "cells": row.cells}


def _compared(record, key, place, asked):
    """The cell of a field of a result for one comparison of arms."""
    for cell in datasets.held(record):
        if (cell["field"], cell["arm"], cell["outcome"]) == (key, *place):
            return cell
    return {"id": None, "state": "empty", "value": {}}


def _alone(nodes, left):
    why = "; ".join(f"{one['arm']}: {one['reason']}" for one in left)
    has = f"only {next(iter(nodes))} can enter" if nodes else "no arm can enter"
    return f"It needs two treatments, and {has}. {why}".strip()
