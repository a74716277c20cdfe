"""Snapshot -> the arms of each study with their doses.

An arm that holds none of the numbers asked for (a total, a group left untreated) is no part of the
trend. A study with an arm that holds some of them only is left out, with the reason.
"""

from extraction import schema

from .. import datasets
from ..datasets import Missing
from ..roles import numbers
from .measures import DOSE, ESTIMATE, MEAN, TOTAL


def read(data, spec):
    """Return ``(rows, excluded)`` of a spec: a row a study, plain JSON.

    A row has ``study``, ``label``, ``cells`` (approved-cell ids by name), ``reference`` (the place
    of the reference arm, or None for the lowest dose) and ``arms``: ``arm``, ``values`` (numbers by
    column; None for the reference's estimate), ``printed``, ``cells``.
    """
    return datasets.row_a_study(data, spec, _study)


def _study(record, fields, spec):
    datasets.check_asked(record, fields, spec["fields"].values())
    outcome = datasets.unit_named(record, "outcome", spec.get("outcome"))
    asked = {role: fields[key] for role, key in spec["fields"].items()}
    arms = []
    for unit in record["units"]:
        if unit["kind"] != "arm":
            continue
        cells = {
            role: datasets.cell_at(record, spec["fields"][role], (unit["id"], outcome), field)
            for role, field in asked.items()
        }
        if any(one["state"] == schema.VALUE for one in cells.values()):
            arms.append(_arm(unit, asked, cells))
    if len(arms) < 2:
        raise Missing(f"It needs two arms with numbers or more, and has {len(arms)}.")
    reference = _reference(record, arms, spec)
    for place, arm in enumerate(arms):
        if spec["measure"] == "ADJ" and place != reference and arm["values"]["se"] is None:
            raise Missing(_no_interval(arms, asked, spec))
    cells = {
        f"{name}, {arm['arm']}": cell for arm in arms for name, cell in arm["cells"].items() if cell
    }
    return {"arms": arms, "reference": reference, "cells": cells}


def _arm(unit, asked, cells):
    arm = {"arm": unit["label"], "values": {}, "printed": {}, "cells": {}}
    for role, field in asked.items():
        cell = cells[role]
        if cell["state"] != schema.VALUE:
            if role != ESTIMATE:
                state = datasets.NOT_THERE.get(cell["state"], "has no value")
                raise Missing(f"“{field['label']}” {state} for its arm “{unit['label']}”.")
            arm["values"] |= {"estimate": None, "se": None}
            continue
        value = cell["value"]
        if waits := value.get("how", {}).get("waits"):
            raise Missing(f"“{field['label']}” is printed as {value['printed']}: {waits}")
        arm["values"] |= _numbers(role, field, value, unit["label"])
        arm["printed"][role] = value.get("printed") or schema.show(field, value)
        arm["cells"][role] = cell["id"]
    return arm


def _numbers(role, field, value, arm):
    if role == ESTIMATE:
        found = numbers("ratio", field, value)
        return {"estimate": found["y"], "se": found["se"]}
    if role == MEAN:
        found = {"mean": value["mean"], "sd": value["sd"]}
    elif field["kind"] == "events":
        found = {role: value["total" if role == TOTAL else "events"]}
    else:
        found = {role: value["number"]}
    if None in found.values():
        lacks = "SD" if role == MEAN else "total"
        raise Missing(f"“{field['label']}” of its arm “{arm}” has no {lacks}.")
    return {name: float(number) for name, number in found.items()}


def _reference(record, arms, spec):
    """The place of the reference among the arms; None where the lowest dose is meant."""
    names = [arm["arm"] for arm in arms]
    if spec.get("reference"):
        wanted = datasets.unit_named(record, "arm", spec["reference"])
        label = next(unit["label"] for unit in record["units"] if unit["id"] == wanted)
        if label not in names:
            raise Missing(f"Its arm “{label}”, the reference of the plan, holds no numbers.")
        return names.index(label)
    if spec["measure"] != "ADJ":
        return None
    without = [place for place, arm in enumerate(arms) if arm["values"]["se"] is None]
    if len(without) == 1:
        return without[0]
    if without:
        listed = " and ".join(f"“{names[place]}”" for place in without)
        raise Missing(f"Only the reference may lack an interval, and {listed} do.")
    raise Missing("Every arm has a ratio with an interval, so that none is the reference.")


def _no_interval(arms, asked, spec):
    lacking = [arm["arm"] for arm in arms if arm["values"]["se"] is None]
    label = asked[ESTIMATE]["label"]
    named = spec["reference"]
    return f"“{label}” has no interval in “{'”, “'.join(lacking)}”; the reference is “{named}”."


def dose_name(data, spec):
    """What the newest version of the form calls the dose, with its unit."""
    newest = [*datasets.versions(data, spec["form"]).values()][-1]
    field = newest.get(spec["fields"][DOSE], {"label": "Dose"})
    unit = field.get("unit")
    return f"{field['label']} ({unit})" if unit else field["label"]
