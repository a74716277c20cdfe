"""Answer sets with known judgements, and the command that runs a user's own."""

import json
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from analysis.validation import instruments
from analysis.validation.cases import Result
from extraction.instruments.engine import assess
from extraction.instruments.loader import catalogue

CASES = Path(__file__).parent / "data" / "instruments"
GIVEN = json.loads((CASES / "dev_cases.json").read_text())
SHARED = Path(__file__).resolve().parents[2] / "shared" / "reference" / "instruments"


def validate(capsys, directory, kind="instruments"):
    """(exit code, lines of standard output) of the command."""
    code = 0
    try:
        call_command("validate", str(directory), kind=kind)
    except SystemExit as stop:
        code = stop.code
    except CommandError as problem:
        code = problem.returncode
    return code, capsys.readouterr().out.splitlines()


def write(directory, **groups):
    (directory / "own_cases.json").write_text(json.dumps(groups))
    return directory


def rob2_case(**more):
    return {"id": "x", "params": {"effect": "assignment"}, "answers": {"1.2": "N"}, **more}


def test_no_case_has_dropped_out():
    counted = Counter({group: len(cases) for group, cases in GIVEN.items() if group != "meta"})
    assert counted == {
        "rob2": 129,
        "robins_i": 136,
        "robins_i_v2": 171,
        "checklist12": 21,
        "prisma_flow": 17,
        "grade": 48,
        "amstar2": 7,
    }


@pytest.mark.parametrize("kind", ["instruments", "prisma"])
def test_every_known_case_comes_out_as_expected(capsys, kind):
    code, lines = validate(capsys, CASES, kind)
    ending = {
        "instruments": "461 passed, 0 failed",
        "prisma": "17 passed, 0 failed",
    }
    assert (code, lines[-1]) == (0, ending[kind])


def test_disputed_cases_and_skipped_ones_are_told_apart(capsys):
    _, lines = validate(capsys, CASES)
    assert Counter(line.split(":")[0] for line in lines[:-1]) == {"disputed": 3, "skipped": 1}
    assert lines[-2] == "skipped: 48 x grade: no appraisal instrument of that name is offered yet"


@pytest.mark.parametrize("kind", ["instruments", "prisma"])
def test_the_shared_cases_come_out_as_expected(capsys, kind):
    if not SHARED.exists():
        pytest.skip("the shared reference cases are not beside this checkout")
    code, lines = validate(capsys, SHARED, kind)
    assert (code, "0 failed" in lines[-1]) == (0, True)


@pytest.mark.parametrize("key", ["rob2", "robins_i", "robins_i_v2"])
def test_the_rule_that_fired_is_the_one_named(key):
    for case in GIVEN[key]:
        if case["level"] == "domain":
            result = assess(catalogue()[key], case["answers"], case["params"], case.get("flags"))
            assert result.domain(case["domain"]).rule.id == case["expect"]["rule"], case["id"]


SPOILT = {
    "judgement": "High",
    "overall": "Low",
    "complete": True,
    "provisional": True,
    "shown": ["1.1"],
    "missing": [],
    "admissible": ["Low"],
    "parts": {"P1": "Low"},
    "domains": {"D1": "Low"},
    "error_on": "1.2",
    "warning_on": "1.2",
    "escalations_offered": ["OV.E1"],
    "escalation_to_High_offered": True,
    "score": 3,
}


@pytest.mark.parametrize("key", SPOILT)
def test_each_expectation_can_fail(capsys, tmp_path, key):
    answers = {"1.1": "Y", "1.2": "Y"}
    case = rob2_case(level="domain", domain="D1", answers=answers, expect={key: SPOILT[key]})
    code, lines = validate(capsys, write(tmp_path, rob2=[case]))
    assert (code, lines[-1]) == (1, "0 passed, 1 failed")
    assert lines[0].startswith(f"failed: own_cases.json rob2 x: {key.split('_to_')[0]}")
    assert ": got " in lines[0]
    assert ", expected " in lines[0]


@pytest.mark.parametrize(
    ("marks", "expect", "passes"),
    [
        ("++++++++++--", {"score": 10, "band": "High"}, True),
        ("++++++++++--", {"score": 9}, False),
        ("++++++++++--", {"band": "Moderate"}, False),
        ("+++++++++*--", {"score": [9, 10], "band": None}, True),
        ("+++++++++*--", {"score": [9, 11]}, False),
        ("++++++++++ -", {"score": [10, 11], "band": "High", "missing": ["11"]}, True),
        ("+++++++++++", {"score": 11}, False),
        ("+++++++++++++", {"score": 12}, False),
        ("+++++x------", {"error_on": "6"}, True),
    ],
    ids=str,
)
def test_marks(marks, expect, passes):
    case = {"id": "m", "marks": marks, "expect": expect}
    outcome = instruments.run_case("m", catalogue()["checklist12"], case)
    assert outcome.result == (Result.PASSED if passes else Result.FAILED), outcome.detail


@pytest.mark.parametrize("domains", [{"D1": "High", "D3": "Low"}, {"D1": "High", "D3": None}])
def test_overall_from_levels(domains):
    expect = {"overall": "High", "escalation_to_High_offered": False}
    case = {"id": "o", "level": "overall", "domains": domains, "expect": expect}
    assert instruments.run_case("o", catalogue()["rob2"], case).result == Result.PASSED


def test_a_disputed_case_never_fails(capsys, tmp_path):
    case = rob2_case(expect={"overall": "Low"}, disputed="read in two ways")
    good = rob2_case(expect={"overall": "High"})
    code, lines = validate(capsys, write(tmp_path, rob2=[case, good]))
    assert (code, lines[-1]) == (0, "1 passed, 0 failed")
    assert lines[0] == (
        "disputed: own_cases.json rob2 x: overall: got High, expected Low (read in two ways)"
    )


@pytest.mark.parametrize(
    "case",
    [
        {"id": "x"},
        {"id": "x", "expect": {"overall": "Low"}},
        {"id": "x", "expect": {"overall": "Low"}, "domains": {"D1": "Awful"}},
        rob2_case(expect=3),
        rob2_case(expect={"judgement": "Low"}, domain="D9"),
    ],
)
def test_a_case_that_cannot_be_run_fails_and_the_rest_goes_on(capsys, tmp_path, case):
    good = rob2_case(expect={"overall": "High"})
    code, lines = validate(capsys, write(tmp_path, rob2=[case, good]))
    assert (code, lines[-1]) == (1, "1 passed, 1 failed")
    assert "cannot be run" in lines[0]


@pytest.mark.parametrize(
    ("expect", "named"),
    [({"overall": "High", "mood": "good"}, "mood"), ({}, "anything: it expects nothing")],
)
def test_what_cannot_be_compared_is_no_pass(capsys, tmp_path, expect, named):
    code, lines = validate(capsys, write(tmp_path, rob2=[rob2_case(expect=expect)]))
    ending = "0 passed, 0 failed"
    assert (code, lines) == (0, [f"skipped: 1 x cannot compare {named}", ending])


def test_every_file_of_the_directory_is_run(capsys, tmp_path):
    for name, overall in (("a_cases.json", "High"), ("b_cases.json", "Low"), ("c.json", "Low")):
        group = {"rob2": [rob2_case(expect={"overall": overall})]}
        (tmp_path / name).write_text(json.dumps(group))
    code, lines = validate(capsys, tmp_path)
    assert (code, lines[-1]) == (1, "1 passed, 1 failed")
    assert lines[0].startswith("failed: b_cases.json rob2 x")


@pytest.mark.parametrize(
    "content",
    [None, "{", "[]", "{}", '{"prisma_flow": []}', '{"meta": {"rob2": 1}}'],
    ids=["no file", "cut", "a list", "nothing", "other kind", "only notes"],
)
def test_a_directory_without_cases_is_said_to_be_one(capsys, tmp_path, content):
    if content is not None:
        (tmp_path / "x_cases.json").write_text(content)
    code, lines = validate(capsys, tmp_path)
    assert (code, lines) == (2, [])


def test_a_directory_that_is_not_there(capsys, tmp_path):
    assert validate(capsys, tmp_path / "gone") == (2, [])
