"""Judge all domains together, never milder than the worst of them."""

from .conditions import holds
from .domains import decide, settle
from .model import OVERALL
from .results import OverallResult, Problem, Verdict


def judge_all(instrument, given, facts):
    overall = instrument.overall
    if overall.mode == "manual":
        verdict = Verdict(None, tuple(level.code for level in instrument.scale))
    else:
        verdict = decide(overall.rules, facts)
    floor, behind = _floor(instrument, facts) if overall.floor else (None, ())
    warnings = []
    verdict = _raised(instrument, verdict, floor, warnings)
    choice = given.choices.get(OVERALL)
    final, reason = settle(OVERALL, overall.mode, verdict, choice, given)
    if choice and _milder(instrument, final, floor, verdict.admissible):
        text = f"The overall judgement stays at {floor}: it cannot be milder than the worst domain."
        warnings.append(Problem(OVERALL, text))
        final = floor
    if final in instrument.consequences:
        warnings.append(Problem(OVERALL, f"Overall {final}: {instrument.consequences[final]}"))
    return OverallResult(
        mode=overall.mode,
        verdict=verdict,
        final=final,
        reason=reason,
        chosen=choice is not None,
        floor=floor,
        floor_domains=behind,
        escalations=tuple(one for one in overall.escalations if holds(one.when, facts)),
        warnings=tuple(warnings),
    )


def _floor(instrument, facts):
    """The mildest level that the domains allow, and the ids of the domains behind it.

    A domain still open counts with the mildest level it can become; one that may be
    without information, or may not apply, holds nothing up.
    """
    mildest = {}
    for name in facts.counted():
        severities = [instrument.severity(level) for level in facts.domain(name)]
        if severities and None not in severities:
            mildest[name] = min(severities)
    if not mildest:
        return None, ()
    worst = max(mildest.values())
    level = next(level.code for level in instrument.scale if level.severity == worst)
    return level, tuple(name for name, severity in mildest.items() if severity == worst)


def _milder(instrument, level, floor, admissible):
    """Whether ``level`` is below the floor; one without a rank is, unless a rule allows it."""
    if floor is None:
        return False
    severity = instrument.severity(level)
    if severity is None:
        return level not in admissible
    return severity < instrument.severity(floor)


def _raised(instrument, verdict, floor, warnings):
    """The verdict with every level that is milder than the worst domain lifted to it."""
    allowed = tuple(
        dict.fromkeys(
            floor if _milder(instrument, level, floor, verdict.possible) else level
            for level in verdict.possible
        )
    )
    if allowed == verdict.possible:
        return verdict
    if verdict.level:
        text = f"The rules give {verdict.level}; the worst domain lifts this to {floor}."
        warnings.append(Problem(OVERALL, text))
    return Verdict(allowed[0] if len(allowed) == 1 else None, allowed, verdict.rule, allowed)
