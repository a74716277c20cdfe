"""Agreement of two extractors, by field, by type and by person."""

import pytest

from extraction import reliability
from extraction.comparing.differences import compare
from extraction.reliability import case

N = {"key": "n", "label": "Patients", "kind": "integer", "level": "study"}
PAIN = {"key": "pain", "label": "Pain", "kind": "mean_sd", "level": "study"}
DESIGN = {
    "key": "design", "label": "Design", "kind": "choice", "level": "study",
    "options": [{"code": "p", "label": "Parallel"}, {"code": "x", "label": "Cross-over"}],
}  # fmt: skip


def number(text):
    return "value", {"number": text, "printed": text}


def code(text):
    return "value", {"code": text, "printed": text}


def made(field, first, second, stands=None, ruled=False, people=("ada", "ben")):
    return case(
        form="Trials", field=field, people=people, readings=(first, second), stands=stands,
        found=compare(field, first, second), ruled=ruled,
    )  # fmt: skip


@pytest.fixture
def cases():
    return [
        made(N, number("12"), number("12"), number("12")),
        made(N, number("30"), number("30"), number("30")),
        made(N, number("40"), number("41"), number("41"), ruled=True),
        made(N, number("50"), number("55"), number("52")),
        made(N, number("60"), None),
        made(DESIGN, code("p"), code("p"), code("p")),
        made(DESIGN, code("x"), code("x"), code("x")),
        made(DESIGN, code("p"), ("unclear", {}), code("p")),
    ]


def test_the_field_that_causes_most_trouble_comes_first(cases):
    first, second = reliability.by_field(cases)
    assert (first.field["label"], first.n, first.differed) == ("Patients", 5, 3)
    assert (first.ruled, first.neither) == (1, 1)
    assert first.same.value == 2 / 5
    assert (first.readings, first.errors.value) == (8, 3 / 8)
    assert (second.field["label"], second.differed) == ("Design", 1)


def test_codes_have_a_kappa_and_numbers_an_icc(cases):
    numbers, codes = reliability.by_field(cases)
    ((name, icc),) = numbers.figures
    assert name == "number" or name == ""
    assert 0.9 < icc.value < 1  # four pairs: the empty reading is none
    ((_, apart),) = numbers.apart
    assert apart == pytest.approx(1.959964 * ((1 + 25) / 4) ** 0.5)
    assert [name for name, _ in codes.figures] == ["κ", "AC1"]
    assert codes.figures[0][1].value == pytest.approx(0.5)


def test_a_field_that_nobody_varied_leaves_kappa_undefined():
    (line,) = reliability.by_field([made(DESIGN, code("p"), code("p"))] * 4)
    assert line.figures[0][1].value is None and "same answer" in line.figures[0][1].why
    assert line.errors.value is None  # nothing is approved


def test_mean_and_sd_are_measured_apart():
    def pain(mean, sd):
        return "value", {"mean": mean, "sd": sd, "printed": f"{mean} ({sd})"}

    cases = [made(PAIN, pain(m, "1"), pain(m, "1")) for m in ("4", "5", "6")]
    cases.append(made(PAIN, pain("7", "1"), pain("7", "0.2")))
    (line,) = reliability.by_field(cases)
    assert [name for name, _ in line.figures] == ["mean", "sd"]
    assert line.figures[0][1].value == 1 and line.figures[1][1].value < 1


def test_types_of_difference_and_which_way_they_went(cases):
    lines = {line.word: line for line in reliability.by_kind(cases)}
    assert sum(line.n for line in lines.values()) == 4
    assert lines["they differ"].one + lines["they differ"].neither == 2
    assert lines["they differ"].ruled == 1
    assert "both the same" not in lines


def test_accuracy_by_person_counts_approved_studies_only(cases):
    people = {line.person: line for line in reliability.by_person(cases)}
    assert (people["ada"].readings, people["ada"].wrong) == (7, 2)
    assert (people["ben"].readings, people["ben"].wrong) == (7, 2)
    assert people["ada"].right.value == 5 / 7


def test_a_harmless_difference_is_no_error():
    (line,) = reliability.by_field(
        [made({**N, "kind": "decimal"}, number("12.34"), number("12.3"), number("12.34"))]
    )
    assert (line.differed, line.errors.value) == (1, 0)
