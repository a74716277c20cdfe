"""A run with assumptions about randomised participants whose outcome is missing. Pure."""

from dataclasses import dataclass

import numpy as np

from ... import datasets
from ...roles import SIZE
from ...stats import missing_binary, missing_means, pooling
from ...stats.effects import Effects
from ...stats.errors import NotEstimable, NotPoolable
from ...stats.tipping import Tipping, tipping
from .. import reading
from ..pooling_models import INVERSE, key_of

FURTHEST = 100.0  # the odds ratio of missingness at which the search for a tipping point ends
SHARES = (-0.5, -0.25, 0.25, 0.5)  # differences of means, in SDs
FURTHEST_SDS = 3.0
BOTH, OPPOSITE, FIRST, SECOND = (1.0, 1.0), (1.0, -1.0), (1.0, 0.0), (0.0, 1.0)
DIRECTIONS = {
    "in both groups alike": BOTH,
    "in {first} only": FIRST,
    "in {second} only": SECOND,
    "in opposite directions": OPPOSITE,
}


@dataclass(frozen=True, slots=True, eq=False)
class Participants:
    """Rows with their missing participants (k, 2). ``unknown`` are labels of rows without a number
    randomised, counted as none missing; ``wrong`` of those with more analysed than randomised."""

    rows: tuple
    missing: np.ndarray
    unknown: tuple[str, ...]
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """One assumption: its name, and the pooled fit or why there is none; ``left_out`` are labels
    of studies that have no effect under it."""

    name: str
    fit: pooling.Fit | None
    why: str
    left_out: tuple[str, ...] = ()


def refusal(spec):
    """Why missing participants cannot be allowed for with this plan, or ""."""
    if key_of(spec) != INVERSE:
        return "Its model pools the counts as they are, and has no place for assumed participants."
    if spec["measure"] not in (*missing_binary.MEASURES, *missing_means.MEASURES):
        offered = ", ".join((*missing_binary.MEASURES, *missing_means.MEASURES))
        return f"Assumptions about missing participants are made for {offered}."
    return ""


def read(data, spec, key):
    """The ``Participants`` of a spec when the field ``key`` holds the number randomised. Raises
    ``NotEstimable`` when no row has one."""
    rows, _ = reading.rows(data, spec)
    randomised = _randomised(data, spec, key)
    missing, unknown, wrong = np.zeros((len(rows), 2)), [], []
    for i, row in enumerate(rows):
        found = randomised.get(row.study)
        if found is None:
            unknown.append(row.label)
            continue
        lost = [found[f"n{group}i"] - row.values[f"n{group}i"] for group in ("1", "2")]
        if min(lost) < 0:
            wrong.append(row.label)
            continue
        missing[i] = lost
    if len(unknown) == len(rows):
        raise NotEstimable("no study of this analysis has a number randomised in that field")
    if len(unknown) + len(wrong) == len(rows):
        raise NotEstimable(
            "by that field fewer were randomised than analysed in every study that has it: is it"
            " the number randomised?"
        )
    return Participants(tuple(rows), missing, tuple(unknown), tuple(wrong))


def _randomised(data, spec, key):
    """What the field ``key`` says of both groups by study, fewer than were analysed or not."""
    asked = spec | {"fields": {SIZE: key}}

    def one(study, record, fields, _):
        places = {group: reading.place_of(record, asked, group) for group in ("1", "2")}
        return [reading.unchecked(study, record, fields, asked, places)], []

    return {row.study: row.values for row in datasets.walk(data, asked, one)[0]}


def scenarios(found, spec, own=None):
    """Every assumption as a ``Scenario``, those observed first. ``own`` is one more, a number for
    each group: its IMOR, or its IMDoM in the unit of the outcome."""
    made = _binary(found, spec) if is_binary(spec) else _means(found, spec)
    if own:
        made.append(_own(found, spec, own))
    named = names(spec)
    return [_pooled(found, spec, name.format(**named), make) for name, make in made]


def turning(found, spec):
    """``{direction in words: Tipping or why there is none}`` of the informative missingness
    parameter: the log IMOR, or the IMDoM in the unit of the outcome."""
    if not found.missing.any():
        return {}
    furthest = np.log(FURTHEST) if is_binary(spec) else FURTHEST_SDS * _sd(found)
    named = names(spec)
    return {
        words.format(**named): _turn(found, spec, np.array(direction), float(furthest))
        for words, direction in DIRECTIONS.items()
    }


def names(spec):
    """What the groups are called: as the plan names its arms."""
    arms = spec.get("arms") or {}
    return {
        "first": arms.get("1") or "the first group",
        "second": arms.get("2") or "the second group",
    }


def is_binary(spec):
    """Whether the outcome is an event, so that the parameter is an IMOR."""
    return spec["measure"] in missing_binary.MEASURES


def _turn(found, spec, direction, furthest) -> Tipping | str:
    def fit_at(value):
        return _fit(_informative(found, spec, value * direction), spec)

    try:
        return tipping(fit_at, -furthest, furthest)
    except (NotEstimable, NotPoolable) as refused:
        return str(refused)


def _informative(found, spec, mean):
    if is_binary(spec):
        return missing_binary.informative(spec["measure"], _arms(found), mean=mean)
    return missing_means.informative(spec["measure"], _groups(found), mean=mean)


def _pooled(found, spec, name, make):
    try:
        effects = make()
        left = tuple(found.rows[i].label for i in sorted(effects.problems))
        return Scenario(name, _fit(effects, spec), "", left)
    except (NotEstimable, NotPoolable) as refused:
        return Scenario(name, None, str(refused))


def _fit(effects: Effects, spec):
    level = float(spec["level"]) / 100
    fit = pooling.rma(effects.yi, effects.vi, method=spec["method"], test=spec["test"], level=level)
    if not np.isfinite(fit.stat[0]):
        raise NotEstimable("the effects are all the same, so the interval has no width")
    return fit


def _column(found, stem):
    return np.array([[row.values[f"{stem}{group}i"] for group in ("1", "2")] for row in found.rows])


def _arms(found):
    events, n = _column(found, "x"), _column(found, "n")
    return missing_binary.Arms(events, n - events, found.missing)


def _groups(found):
    columns = (_column(found, stem) for stem in ("m", "sd", "n"))
    return missing_means.Groups(*columns, found.missing)


def _sd(found):
    return float(np.median(_column(found, "sd")))


def _binary(found, spec):
    """Names and makers of the assumptions about events."""
    measure, arms, level = spec["measure"], _arms(found), float(spec["level"]) / 100
    by_imor = ({"imor": 1.0}, {"imor": 1.0})

    def imputed(scenario, **options):
        return lambda: missing_binary.imputed(measure, arms, scenario, **options)

    def uncertain(corr):
        return lambda: missing_binary.informative(measure, arms, sd=1.0, corr=corr)

    return [
        ("Those observed (missing at random)", lambda: missing_binary.available(measure, arms)),
        ("No event in any of the missing", imputed("ICA-0")),
        ("An event in all of the missing", imputed("ICA-1")),
        ("Risk of {second} in all of the missing", imputed("ICA-pc")),
        ("Risk of {first} in all of the missing", imputed("ICA-pe")),
        ("Events in {first}, none in {second}", imputed("ICA-b")),
        ("No event in {first}, events in {second}", imputed("ICA-w")),
        ("Uncertainty from best to worst (Gamble and Hollis)",
         lambda: missing_binary.gamble_hollis(measure, arms, level=level)),
        ("Odds doubled in the missing (IMOR 2)", imputed(by_imor, imor=2.0)),
        ("Odds halved in the missing (IMOR 1/2)", imputed(by_imor, imor=0.5)),
        ("Odds doubled in {first}, halved in {second}", imputed(by_imor, imor=(2, 0.5))),
        ("Odds halved in {first}, doubled in {second}", imputed(by_imor, imor=(0.5, 2))),
        ("Log IMOR uncertain (0, SD 1), groups apart", uncertain(0.0)),
        ("Log IMOR uncertain (0, SD 1), the same in both groups", uncertain(1.0)),
    ]  # fmt: skip


def _own(found, spec, pair):
    """Name and maker of an assumption that somebody asked for."""
    first, second = pair
    if is_binary(spec):
        name = f"As asked: IMOR {first:g} in {{first}}, {second:g} in {{second}}"
        by_imor = ({"imor": 1.0}, {"imor": 1.0})
        arms = _arms(found)
        return name, lambda: missing_binary.imputed(spec["measure"], arms, by_imor, imor=pair)
    name = f"As asked: missing {first:+g} in {{first}}, {second:+g} in {{second}}"
    return name, lambda: _informative(found, spec, np.array(pair))


def _means(found, spec):
    """Names and makers of the assumptions about means; sizes are shares of the median SD."""
    measure, groups, sd = spec["measure"], _groups(found), _sd(found)

    def shifted(mean, spread=0.0):
        return lambda: missing_means.informative(measure, groups, mean=mean, sd=spread)

    made = [("Those observed (missing at random)", shifted(0.0))]
    for words, direction in (("in both groups", BOTH), ("in {first}", FIRST),
                             ("in opposite directions", OPPOSITE)):  # fmt: skip
        for share in SHARES:
            side = "higher" if share > 0 else "lower"
            name = f"Mean of the missing {abs(share):g} SD {side} " + words
            made.append((name, shifted(share * sd * np.array(direction))))
    made.append(("Difference uncertain (0, SD 0.5 SD), groups apart", shifted(0.0, 0.5 * sd)))
    return made
