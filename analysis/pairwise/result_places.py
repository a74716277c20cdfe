"""Where the results of one study stand that a plan of several results takes. Pure."""

from dataclasses import dataclass
from itertools import product

from extraction import schema

from ..errors import Missing


@dataclass(frozen=True, slots=True)
class Result:
    """``label`` names it within its study; ``places`` are where its cells stand, by group: ids of
    arm, outcome and comparison, None where there is none. ``place`` is what it is about: the
    ``outcome`` in words, and the ids of the arms by group."""

    label: str
    places: dict
    place: dict


def of(record, fields, spec, groups):
    """Every ``Result`` of a record: each outcome that answers to one of the spec's names (every
    outcome where none is named), with each arm that answers to the spec's, or each comparison.

    Raises ``Missing`` when nothing does.
    """
    asked = [fields[key] for key in spec["fields"].values() if key in fields]
    outcomes = _outcomes(record, spec) if any(map(schema.takes_outcome, asked)) else [(None, "")]
    arms = [_arms(record, spec, group) for group in groups]
    compared = _units(record, "comparison") if any(map(schema.takes_comparison, asked)) else [None]
    found = []
    for (outcome, name), comparison, *chosen in product(outcomes, compared, *arms):
        telling = [one for one, many in zip(chosen, arms, strict=True) if len(many) > 1]
        parts = [name, _name(comparison) if comparison else "", *map(_name, telling)]
        ids = {group: one and one["id"] for group, one in zip(groups, chosen, strict=True)}
        found.append(Result(
            ", ".join(filter(None, parts)),
            {group: (arm, outcome, comparison and comparison["id"]) for group, arm in ids.items()},
            {"outcome": name} | _sides(ids, comparison),
        ))  # fmt: skip
    return found


def _sides(ids, comparison):
    """The arms whose patients a result rests on."""
    if comparison:
        return dict(zip("12", comparison.get("arms", ()), strict=False))
    return {group: arm for group, arm in ids.items() if arm}


def _units(record, kind):
    found = [unit for unit in record["units"] if unit["kind"] == kind]
    if not found:
        raise Missing(f"It has no {kind}.")
    return found


def _name(unit):
    return ", ".join(filter(None, (unit["label"], unit["detail"])))


def _answers(unit, wanted):
    """Whether a unit answers to a name: by its label, its detail, or both."""
    names = (unit["label"], unit["detail"], _name(unit))
    return wanted.strip().casefold() in {name.casefold() for name in names if name}


def _outcomes(record, spec):
    """``(id, name)`` of the outcomes that are asked for; one that is asked for by its label alone
    keeps its detail, so that two times of it are told apart."""
    units = _units(record, "outcome")
    if not spec["outcomes"]:
        return [(unit["id"], _name(unit)) for unit in units]
    found = []
    for unit in units:
        wanted = [name.strip() for name in spec["outcomes"] if _answers(unit, name)]
        if wanted:
            by_label = wanted[0].casefold() == unit["label"].casefold()
            found.append((unit["id"], _name(unit) if by_label else wanted[0]))
    if not found:
        raise Missing(f"It has no outcome “{'” or “'.join(spec['outcomes'])}”.")
    return found


def _arms(record, spec, group):
    """The arms that answer to the spec's name for a group; [None] where it names none."""
    wanted = (spec.get("arms") or {}).get(group)
    if not wanted:
        return [None]
    found = [unit for unit in record["units"] if unit["kind"] == "arm" and _answers(unit, wanted)]
    if not found:
        raise Missing(f"It has no arm “{wanted}”.")
    return found
