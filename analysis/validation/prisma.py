"""PRISMA 2020 flow cases: counts, and what is wrong with them."""

from review.prisma import check_flow

from .cases import Outcome, Result, case_groups, difference, judged

GROUP = "prisma_flow"


def run(directory):
    """Outcomes of every ``prisma_flow`` case in the case files of a directory."""
    for name, group, cases in case_groups(directory):
        if group == GROUP:
            for case in cases:
                yield run_case(f"{name} {group} {case.get('id', '?')}", case)


def run_case(label, case):
    """One case; a case that cannot be read fails and says so."""
    try:
        expected = dict(case["expect"])
        check = check_flow(case["template"], case["counts"], case.get("breakdowns"))
    except (AttributeError, KeyError, TypeError, ValueError) as problem:
        return judged(label, case, [f"cannot be run: {problem!r}"])
    got = {
        "violations": [broken.id for broken in check.violations],
        "warnings": [broken.id for broken in check.warnings],
        "missing": list(check.missing),
    }
    if not expected.keys() & got.keys():
        return Outcome(label, Result.SKIPPED, "nothing in it that this check can compare")
    differences = [
        sentence
        for key in got.keys() & expected.keys()
        for sentence in difference(key, got[key], expected[key])
    ]
    return judged(label, case, sorted(differences))
