"""Which arms, outcomes and comparisons of two entries belong together. Pure."""

import itertools
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
from scipy.optimize import linear_sum_assignment

from . import names

ENOUGH = 0.35  # of 1; below it two units are left alone
SAME_OUTCOME = 0.6  # of 1: two outcomes of one time have nothing but their names
NEAR = Decimal("0.05")  # of a count: a slip rather than another arm
SAME_TIME = Decimal("0.04")  # of a time: 12 months are a year
ORDER = 0.01  # breaks ties only


@dataclass(frozen=True, slots=True)
class Item:
    """A unit as one extractor named it. ``numbers`` are its own cells by field, such as its n;
    ``arms`` are the keys of the two arms of a comparison; ``at`` its own key."""

    at: object
    kind: str
    label: str
    detail: str = ""
    numbers: dict = field(default_factory=dict)
    arms: tuple = ()

    @property
    def name(self):
        return f"{self.label} {self.detail}".strip()


@dataclass(frozen=True, slots=True)
class Group:
    """Units that stand for one thing, by their keys; one side may hold several (merged arms) or
    none. ``score`` is 0 to 1, ``reasons`` says what it rests on; ``alike`` when both used the
    same name."""

    kind: str
    first: tuple
    second: tuple
    score: float
    reasons: tuple
    alike: bool = False


def propose(first, second):
    """Return the ``Group`` list for two lists of ``Item``; every item is in exactly one.

    Items of one kind are paired when their names are the same; the rest by the assignment with
    the highest sum of scores from name, numbers, role, dose and time. Opposite roles, doses,
    times or words (women, men) never pair. What is left joins a pair when numbers add up.
    """
    groups, mates = [], {}
    kinds = sorted({item.kind for item in [*first, *second]}, key=lambda k: (k == "comparison", k))
    for kind in kinds:
        left = [item for item in first if item.kind == kind]
        right = [item for item in second if item.kind == kind]
        found = _merged(_pairs(left, right, mates), left, right)
        for group in found:
            mates |= dict.fromkeys(group.first, group.second)
        groups += found
    return groups


def is_certain(groups):
    """Whether both named everything alike, so that nobody has to be asked."""
    return all(group.alike for group in groups)


def _pairs(left, right, mates):
    """Groups of one or two, in the order of the first entry, then what only the second has."""
    alike = _alike(left, right)
    taken = set(alike.values())
    free = [i for i in range(len(left)) if i not in alike]
    open_ = [j for j in range(len(right)) if j not in taken]
    mate = _assigned(left, right, free, open_, mates)
    groups = []
    for i, item in enumerate(left):
        if i in alike:
            groups.append(_pair(item, right[alike[i]], 1.0, ("same name",), True))
        elif i in mate:
            j, score, reasons = mate[i]
            same_arms = bool(item.arms) and score == 1
            groups.append(_pair(item, right[j], score, reasons, same_arms))
        else:
            groups.append(Group(item.kind, (item.at,), (), 0.0, ("only here",)))
    taken |= {j for j, *_ in mate.values()}
    rest = [item for j, item in enumerate(right) if j not in taken]
    return groups + [Group(item.kind, (), (item.at,), 0.0, ("only here",)) for item in rest]


def _pair(one, other, score, reasons, alike=False):
    return Group(one.kind, (one.at,), (other.at,), score, tuple(reasons), alike)


def _alike(left, right):
    """``{index: index}`` of items that bear the same name, once on each side."""
    mate = {}
    for with_detail in (True, False):
        sides = []
        for items, taken in ((left, mate), (right, set(mate.values()))):
            held = {}
            for at, item in enumerate(items):
                if at not in taken and not item.arms:
                    held.setdefault(_key(item, with_detail), []).append(at)
            sides.append(held)
        for name, places in sides[0].items():
            others = sides[1].get(name, [])
            if len(places) == len(others) == 1 and _detail_fits(
                left[places[0]], right[others[0]], with_detail
            ):
                mate[places[0]] = others[0]
    return mate


def _key(item, with_detail):
    return names.key(item.label), names.key(item.detail) if with_detail else ""


def _detail_fits(one, other, with_detail):
    """The role of an arm may be said by one only; the time of an outcome may not."""
    return with_detail or (one.kind == "arm" and not (one.detail and other.detail))


def _assigned(left, right, free, open_, mates):
    """``{index: (index, score, reasons)}`` by the assignment with the highest sum of scores."""
    if not free or not open_:
        return {}
    told = {(i, j): _score(left[i], right[j], mates) for i in free for j in open_}
    table = np.zeros((len(free), len(open_)))
    for a, i in enumerate(free):
        for b, j in enumerate(open_):
            score = told[i, j][0]
            # A refused pair costs more than any gain, so that it never pays for another.
            table[a, b] = -2.0 * len(free) if score is None else score + ORDER * (i == j)
    found, spare = {}, []
    for a, b in zip(*linear_sum_assignment(table, maximize=True), strict=True):
        i, j = free[a], open_[b]
        score, reasons = told[i, j]
        if score is not None and score >= ENOUGH:
            found[i] = (j, score, reasons)
        elif score is not None:
            spare.append((i, j, score))
    if left[0].kind == "arm" and len(free) == len(open_) == len(found) + len(spare):
        found |= {i: (j, score, ("only by their order",)) for i, j, score in spare}
    return found


def _score(one, other, mates):
    """``(score, reasons)`` of two items; score None when they cannot be the same."""
    if one.arms and other.arms:
        return _comparison(one, other, mates)
    apart = names.opposed(one.name, other.name)
    if apart or (
        one.kind == "outcome" and names.tells_change(one.name) != names.tells_change(other.name)
    ):
        return None, ()
    alike = names.likeness(names.words(one.label), names.words(other.label))
    if one.kind == "outcome" and alike < SAME_OUTCOME:
        return None, ()
    parts = [(4.0, alike, "names much alike" if alike >= 0.8 else "")]
    for evidence in (_numbers, _role, _dose, _time):
        found = evidence(one, other)
        if found and found[1] is None:
            return None, ()
        parts += [found] if found else []
    score = sum(weight * value for weight, value, _ in parts) / sum(weight for weight, *_ in parts)
    return score, tuple(reason for _, _, reason in parts if reason) or ("names somewhat alike",)


def _numbers(one, other):
    """Cells that both read of the unit: equal, near (a slip), or different."""
    shared = sorted(set(one.numbers) & set(other.numbers))
    if not shared:
        return None
    fits = [_fit(one.numbers[name], other.numbers[name]) for name in shared]
    same = [one.numbers[n] for n, fit in zip(shared, fits, strict=True) if fit == 1]
    return 3.0, sum(fits) / len(fits), f"both read {max(same)}" if same else ""


def _fit(one, other):
    if one == other:
        return 1.0
    near = abs(one - other) <= NEAR * max(abs(one), abs(other))
    turned = sorted(str(one)) == sorted(str(other))
    return 0.6 if near or turned else 0.0


def _role(one, other):
    roles = names.role(one.label, one.detail), names.role(other.label, other.detail)
    if one.kind != "arm" or not any(roles):
        return None
    if all(roles):
        same = roles[0] == roles[1]
        return 1.5, 1.0 if same else None, f"both {roles[0]}" if same else ""
    return 1.0, 0.25 if "control" in roles else 0.6, ""


def _dose(one, other):
    mine, theirs = names.doses(one.name), names.doses(other.name)
    if not mine or not theirs:
        return None
    return 2.0, 1.0 if mine & theirs else None, "same dose"


def _time(one, other):
    mine, theirs = names.days(one.name), names.days(other.name)
    if not mine or not theirs:
        return None
    same = any(_same_time(a, b) for a in mine for b in theirs)
    return 2.0, 1.0 if same else None, "same time"


def _same_time(one, other):
    if "end" in (one, other):
        # The end of treatment has some length; only the baseline is surely another moment.
        return one == other or 0 not in (one, other)
    return abs(one - other) <= SAME_TIME * max(one, other)


def _comparison(one, other, mates):
    """Two comparisons are the same when their arms are, in this order or the other."""
    told = [mates.get(arm, ()) for arm in one.arms]
    if all(arm in mate for arm, mate in zip(other.arms, told, strict=True)):
        return 1.0, ("same two arms",)
    if all(arm in mate for arm, mate in zip(reversed(other.arms), told, strict=True)):
        return 0.9, ("same two arms, in the other order",)
    return None, ()


def _merged(groups, left, right):
    """Join what is left alone to a pair of arms where counts then add up."""
    items = {("first", item.at): item for item in left}
    items |= {("second", item.at): item for item in right}
    for side, other in (("first", "second"), ("second", "first")):
        groups = _join(groups, side, other, items)
    return groups


def _join(groups, side, other, items):
    alone = [g for g in groups if not getattr(g, other) and g.kind == "arm"]
    for group in [g for g in groups if len(getattr(g, other)) == 1]:
        whole = items[other, getattr(group, other)[0]]
        held = [items[side, at] for at in getattr(group, side)]
        able = [g for g in alone if _can_join(items[side, getattr(g, side)[0]], whole)]
        for joining in _choices(able):
            parts = held + [items[side, getattr(g, side)[0]] for g in joining]
            if len(parts) < 2 or (total := _adds_up(parts, whole)) is None:
                continue
            keys = {side: tuple(p.at for p in parts), other: (whole.at,)}
            made = Group(group.kind, keys["first"], keys["second"], group.score, (total,))
            gone = {id(g) for g in joining}
            groups = [made if g is group else g for g in groups if id(g) not in gone]
            alone = [g for g in alone if id(g) not in gone]
            break
    return groups


def _choices(alone):
    """One or two of what is left, the fewest first; more would be a guess."""
    for size in (1, 2):
        yield from itertools.combinations(alone[:8], size)


def _can_join(part, whole):
    return _score(part, whole, {})[0] is not None


def _adds_up(parts, whole):
    """Words such as ``31 + 33 = 64`` where a count of the parts makes that of the whole."""
    for name, total in sorted(whole.numbers.items(), key=lambda number: -number[1]):
        counts = [part.numbers.get(name) for part in parts]
        if None not in counts and all(counts) and sum(counts) == total:
            return f"{' + '.join(map(str, counts))} = {total}"
    return None
