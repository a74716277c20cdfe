"""The PRISMA 2020 flow diagram as data: which boxes it has and how they must add up.

Pure arithmetic on counts that somebody else computed from rows. The boxes count three
different things (records, reports, studies); where one turns into another the identity
carries an explicit adjustment, which a person has to explain.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

DATA = Path(__file__).parent / "data" / "prisma2020.json"
FLOW = "prisma2020_flow"


@dataclass(frozen=True, slots=True)
class Box:
    """One box. ``counts`` is record, report or study; ``breakdown`` names its parts, if any."""

    id: str
    label: str
    counts: str
    templates: tuple[str, ...]
    definition: str
    breakdown: str | None
    optional: bool
    default: int | None

    @property
    def adjustment(self):
        """A signed correction of the workbench, not a box of the diagram."""
        return self.id.startswith("adj_")


@dataclass(frozen=True, slots=True)
class Identity:
    """One relation that must hold; ``only_if`` names a breakdown or box it waits for."""

    id: str
    left: tuple[str, ...]
    relation: str
    right: tuple[str, ...]
    templates: tuple[str, ...]
    text: str
    severity: str
    only_if: str | None


@dataclass(frozen=True, slots=True)
class Flow:
    """The diagram: ``templates`` maps id to text, in the order of the publication."""

    templates: MappingProxyType
    boxes: tuple[Box, ...]
    identities: tuple[Identity, ...]

    def boxes_of(self, template):
        """The boxes that a template has, adjustments included, in the order of the flow."""
        return tuple(box for box in self.boxes if template in box.templates)


@dataclass(frozen=True, slots=True)
class Broken:
    """An identity that does not hold. ``left`` and ``right`` are the two sides, if numbers."""

    id: str
    text: str
    left: float | None
    right: float | None
    boxes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FlowCheck:
    """What is wrong with a set of counts.

    ``violations`` make the diagram false; ``warnings`` need a sentence of explanation;
    ``missing`` are boxes without a count; ``to_explain`` are adjustments that are not 0.
    """

    violations: tuple[Broken, ...]
    warnings: tuple[Broken, ...]
    missing: tuple[str, ...]
    to_explain: tuple[str, ...]

    @property
    def closes(self):
        """Every box has a count and every identity that must hold does."""
        return not self.violations and not self.missing


@cache
def flow():
    """The PRISMA 2020 flow diagram."""
    bundle = json.loads(DATA.read_text(encoding="utf-8"))
    raw = next(one for one in bundle["instruments"] if one["id"] == FLOW)
    return Flow(
        templates=MappingProxyType({one["id"]: one["text"] for one in raw["templates"]}),
        boxes=tuple(
            Box(
                **{key: box[key] for key in ("id", "label", "counts", "definition")},
                templates=tuple(box["templates"]),
                breakdown=box.get("breakdown"),
                optional=box.get("optional", False),
                default=box.get("default"),
            )
            for box in raw["boxes"]
        ),
        identities=tuple(
            Identity(
                **{key: one[key] for key in ("id", "text", "severity")},
                left=tuple(one["lhs"]),
                relation=one["rel"],
                right=tuple(one["rhs"]),
                templates=tuple(one["templates"]),
                only_if=one.get("only_if"),
            )
            for one in raw["identities"]
        ),
    )


def check_flow(template, counts, breakdowns=None):
    """Check one set of counts against the arithmetic of a template.

    Parameters
    ----------
    template : str
        ``new_v1``, ``new_v2``, ``upd_v1`` or ``upd_v2``.
    counts : mapping
        Whole number by box id; None or absent is not known. Counts of boxes that the
        template does not have are ignored.
    breakdowns : mapping
        By breakdown name, the number by source or reason.

    Returns
    -------
    FlowCheck
        An identity is judged only when every number in it is known.

    Raises
    ------
    ValueError
        For a template, box or breakdown that PRISMA 2020 does not have.
    """
    model, breakdowns = flow(), breakdowns or {}
    _check_names(model, template, counts, breakdowns)
    boxes = model.boxes_of(template)
    known = {box.id: _count(box, counts) for box in boxes}
    parts = {box.breakdown: breakdowns.get(box.breakdown) for box in boxes if box.breakdown}
    broken = {"error": [], "warning": []}
    for identity in model.identities:
        if template in identity.templates:
            broken[identity.severity] += _broken(identity, boxes, known, parts)
    return FlowCheck(
        violations=tuple(broken["error"]),
        warnings=tuple(broken["warning"]),
        missing=tuple(box.id for box in boxes if known[box.id] is None and not box.optional),
        to_explain=tuple(box.id for box in boxes if box.adjustment and known[box.id] != 0),
    )


def _check_names(model, template, counts, breakdowns):
    if template not in model.templates:
        raise ValueError(f"no template {template!r}: use {', '.join(model.templates)}")
    named = {"box": {box.id for box in model.boxes}}
    named["breakdown"] = {box.breakdown for box in model.boxes if box.breakdown}
    for kind, given in (("box", counts), ("breakdown", breakdowns)):
        if unknown := sorted(given.keys() - named[kind]):
            raise ValueError(f"PRISMA 2020 has no {kind} {', '.join(unknown)}")


def _count(box, counts):
    value = counts.get(box.id)
    return box.default if value is None else value


def _broken(identity, boxes, known, parts):
    """The identity as a list of what breaks it: empty when it holds or cannot be judged."""
    if identity.only_if and known.get(identity.only_if, parts.get(identity.only_if)) is None:
        return []
    if identity.relation == "int>=0":
        wrong = tuple(box.id for box in boxes if not _countable(box, known, parts))
        return [Broken(identity.id, identity.text, None, None, wrong)] if wrong else []
    left = _side(identity.left, known, parts)
    right = _side(identity.right, known, parts)
    if left is None or right is None or RELATIONS[identity.relation](left, right):
        return []
    named = [name for term in identity.left + identity.right for name in _names(term)]
    boxes = tuple(name for name in named if name in known)
    return [Broken(identity.id, identity.text, left, right, boxes)]


RELATIONS = {
    "==": lambda left, right: left == right,
    "<=": lambda left, right: left <= right,
    "==0 iff ==0": lambda left, right: (left == 0) == (right == 0),
}


def _names(term):
    return term.removeprefix("-").removeprefix("sum:").split("|")


def _side(terms, known, parts):
    """The sum of one side, or None when a number in it is not known."""
    total = 0
    for term in terms:
        if term.startswith("sum:"):
            values = list((parts.get(term.removeprefix("sum:")) or {}).values())
        else:
            # "a|b": the first of them that this template has.
            values = [next((known[name] for name in _names(term) if name in known), None)]
        if not all(map(_number, values)):
            return None
        total += -sum(values) if term.startswith("-") else sum(values)
    return total


def _number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def _countable(box, known, parts):
    """Whether a box and its parts hold whole numbers, zero or more (adjustments: any sign)."""
    values = [known[box.id], *((parts.get(box.breakdown) or {}).values())]
    return all(
        value is None or (_number(value) and value % 1 == 0 and (value >= 0 or box.adjustment))
        for value in values
    )
