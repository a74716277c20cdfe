"""Participants through their doors: typed twice and settled, or loaded and confirmed; frozen,
laid out in tables, exported."""

import json

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from analysis.patients import layout, making, reading, tabulating
from extraction import snapshots
from extraction.integrity import participants as integrity
from extraction.models import Opinion, ParticipantTable
from extraction.participants import entering, pages, printing, published, settling
from extraction.participants.entering import NotLoaded
from review.access import seat_of
from review.ledger import verify
from review.models import Event, IllegalMove

from .factories import (
    PATIENTS,
    join,
    make_form,
    make_participants,
    make_review,
    make_study,
    make_user,
)

pytestmark = pytest.mark.django_db
ROWS = [("1", {"age": "40", "sex": "male"}), ("2", {"age": "50", "sex": "female"})]
DERIVED = {
    "key": "old",
    "label": "Age group",
    "kind": "threshold",
    "level": "participant",
    "field": "age",
    "op": ">",
    "than": "45",
    "yes": "older",
    "no": "younger",
}


class Desk:
    """A study, its form, two reviewers and an arbiter."""

    def __init__(self):
        self.review = make_review()
        self.form = make_form(self.review, PATIENTS | {"derived": [DERIVED]}, name="Patients")
        self.study = make_study(self.review, "Doe 2000")
        names = ("ada", "ben", "cas", "stat")
        roles = ("reviewer", "reviewer", "arbiter", "statistician")
        self.one, self.two, self.arbiter, self.stat = (
            join(self.review, make_user(name), role)
            for name, role in zip(names, roles, strict=True)
        )

    def enter(self, person, rows=ROWS, **fields):
        return make_participants(self.study, self.form, person, rows, **fields)

    @property
    def record(self):
        return self.study.participant_records.get()

    def typed_twice(self, *second):
        for person, rows in ((self.one, ROWS), (self.two, list(second))):
            entering.submit(table=self.enter(person, rows))
        return self.record

    def data_set(self, text=b"patient,age,sex\n1,40,M\n2,50,F\n3,,F\n", **fields):
        table = self.enter(self.one, [], way="data_set", **fields)
        entering.keep_file(table=table, upload=ContentFile(text, name="rows.csv"))
        table.refresh_from_db()
        entering.load(table=table, how=table.mapping)
        entering.submit(table=table)
        return self.record


@pytest.fixture
def desk():
    return Desk()


def test_typed_alike_nothing_is_left_to_settle(desk):
    record = desk.typed_twice(("Patient 1", {"age": "40.0", "sex": "male"}), ROWS[1])
    assert not record.differences.exists()
    settling.approve(record=record, actor=desk.arbiter)
    assert [key for key, _ in settling.standing_rows(record)] == ["1", "2"]
    assert not verify(desk.review)
    assert not list(integrity.problems(desk.review))


def test_one_of_the_two_concedes_and_the_difference_is_closed(desk):
    record = desk.typed_twice(("1", {"age": "41", "sex": "male"}), ROWS[1])
    difference = record.differences.get()
    settling.give_opinion(difference=difference, person=desk.two, choice="first")
    difference.refresh_from_db()
    assert (difference.status, difference.origin) == ("closed", "first")
    assert not list(integrity.problems(desk.review))


def test_what_is_left_to_the_third_person_only_they_settle(desk):
    record = desk.typed_twice(("1", {"age": "41"}), ROWS[1])
    age, sex = record.differences.all()
    with pytest.raises(IllegalMove, match="have not left this"):
        settling.rule(difference=age, arbiter=desk.arbiter, choice="first")
    settling.give_opinion(difference=age, person=desk.one, choice="escalated")
    settling.rule(difference=age, arbiter=desk.arbiter, choice="rewritten", given="42")
    settling.give_opinion(difference=sex, person=desk.one, choice="second")
    with pytest.raises(IllegalMove, match="Only they can change it"):
        settling.give_opinion(difference=age, person=desk.one, choice="first")
    settling.approve(record=record, actor=desk.arbiter)
    first = settling.standing_rows(record)[0][1]
    assert first["age"]["number"] == "42"
    assert "sex" not in first
    assert not list(integrity.problems(desk.review))


def test_a_row_that_one_has_alone_stands_or_goes_as_a_whole(desk):
    record = desk.typed_twice(*ROWS, ("3", {"age": "60"}))
    difference = record.differences.get()
    assert (difference.key, difference.field) == ("3", "")
    settling.give_opinion(difference=difference, person=desk.one, choice="second")
    assert len(settling.standing_rows(record)) == 3


def test_nobody_approves_what_they_entered_nor_what_is_open(desk):
    record = desk.typed_twice(("1", {"age": "41", "sex": "male"}), ROWS[1])
    with pytest.raises(IllegalMove, match="still open"):
        settling.approve(record=record, actor=desk.arbiter)
    with pytest.raises(IllegalMove, match="cannot settle"):
        settling.approve(record=record, actor=desk.one)
    with pytest.raises(IllegalMove, match="Typed rows"):
        settling.confirm(record=record, actor=desk.arbiter)


def test_a_data_set_is_loaded_by_one_and_confirmed_by_another(desk):
    record = desk.data_set()
    with pytest.raises(IllegalMove, match="cannot settle"):
        settling.confirm(record=record, actor=desk.one)
    settling.confirm(record=record, actor=desk.two)
    told = Event.objects.get(action="participants.load").data
    table = ParticipantTable.objects.get()
    assert (told["rows"], told["sha256"]) == (3, table.rows_sha256)
    assert told["file"] == table.file_sha256
    assert not verify(desk.review)
    assert not list(integrity.problems(desk.review))


def test_or_sent_back_with_a_reason(desk):
    record = desk.data_set()
    table = settling.send_back(record=record, actor=desk.two, reason="Ages are in months.")
    assert table.status == "draft"
    assert not desk.study.participant_records.exists()
    entering.submit(table=table)
    settling.confirm(record=desk.record, actor=desk.two)


def test_a_table_with_a_problem_is_not_loaded_at_all(desk):
    table = desk.enter(desk.one, ROWS, way="data_set")
    upload = ContentFile(b"patient,age\n1,40\n2,old\n", name="rows.csv")
    entering.keep_file(table=table, upload=upload)
    table.refresh_from_db()
    with pytest.raises(NotLoaded) as refusal:
        entering.load(table=table, how=table.mapping)
    assert [(one.line, one.column) for one in refusal.value.problems] == [(3, "age")]
    assert table.rows.count() == 2


def test_typed_rows_are_saved_all_or_none_and_may_exchange_their_names(desk):
    table = desk.enter(desk.one)
    (first, second) = table.rows.all()
    with pytest.raises(NotLoaded, match="1 problems"):
        entering.save_rows(table=table, typed=[(first.pk, "1", {"age": "x"}), (None, "9", {})])
    assert table.rows.count() == 2
    entering.save_rows(
        table=table, typed=[(first.pk, "2", {"age": "40"}), (second.pk, "1", {"age": "50"})]
    )
    assert dict(table.rows.values_list("key", "position")) == {"2": 1, "1": 2}
    with pytest.raises(NotLoaded):
        entering.save_rows(table=table, typed=[(None, "Patient 1", {"age": "50"})])


def test_nothing_to_submit_without_rows_or_source(desk):
    with pytest.raises(IllegalMove, match="no row yet"):
        entering.submit(table=desk.enter(desk.one, []))
    with pytest.raises(IllegalMove, match="where the rows are from"):
        entering.submit(table=desk.enter(desk.two, source=" "))


def test_a_third_table_and_a_second_data_set_are_refused(desk):
    desk.enter(desk.one)
    desk.enter(desk.two)
    with pytest.raises(IllegalMove, match="entered already"):
        desk.enter(join(desk.review, make_user(), "reviewer"))


def test_another_does_not_see_rows_that_are_not_submitted_by_both(desk, client):
    table = desk.enter(desk.one)
    entering.submit(table=table)
    client.force_login(desk.two)
    url = reverse("participant-table", args=[desk.review.pk, table.pk])
    assert client.get(url).status_code == 404


def test_only_approved_rows_are_frozen_with_their_variables_and_no_names(desk):
    record = desk.data_set(simulated=True)
    with pytest.raises(IllegalMove, match="Nothing is approved"):
        snapshots.freeze(review=desk.review, actor=desk.review.created_by)
    settling.confirm(record=record, actor=desk.two)
    snapshot = snapshots.freeze(review=desk.review, actor=desk.review.created_by)
    kept = json.loads(snapshot.content)["studies"][0]["participants"][0]
    assert kept["rows"][1]["values"]["old"] == {"text": "older"}
    assert "old" not in kept["rows"][2]["values"]
    assert kept["simulated"]
    assert not [name for name in ("ada", "ben") if name in snapshot.content]
    assert snapshots.contents(desk.review, 1) == json.loads(snapshot.content)


def test_reopened_rows_leave_the_approved_data(desk):
    record = desk.data_set()
    settling.confirm(record=record, actor=desk.two)
    settling.reopen(record=record, actor=desk.arbiter, reason="The authors sent a correction.")
    assert not snapshots.contents(desk.review, 1)["studies"]


def test_the_printed_cells_of_the_record_stand_beside_the_rows(desk):
    fields = [{"key": "n", "label": "Patients", "kind": "integer", "level": "study"}]
    other = make_form(desk.review, {"sections": [{"title": "S", "fields": fields}]}, name="Table 2")
    pairs = published.propose(printing.columns_of(desk.form), printing.printed_by(other))
    printing.set_pairs(form=desk.form, printed=other, actor=desk.review.created_by, pairs=pairs)
    assert [pages.pair_of(one) for one in desk.form.printed_pairs.all()] == pairs
    record = desk.data_set()
    assert pages.against_print(record, {}, []) == []


class TestTables:
    def table(self, desk, **spec):
        settling.confirm(record=desk.data_set(simulated=True), actor=desk.two)
        data = snapshots.contents(desk.review, 1)
        given = {"form": desk.form.pk, "lines": ["study"], "variables": []} | spec
        return making.make(reading.participants(data, desk.form.pk), given)

    def test_one_line_a_study(self, desk):
        asked = [{"column": "sex", "show": "counts"}, {"column": "age", "show": "mean"}]
        table = self.table(desk, variables=asked)
        assert table.columns == ("Sex (Male/Female)", "Age (years)")
        assert [cell.text for cell in table.lines[0].cells] == ["1/2", "45.0 ± 7.1*"]
        assert table.starred
        assert table.simulated

    def test_one_line_a_group_by_a_variable(self, desk):
        asked = [{"column": "age", "show": "each"}]
        table = self.table(desk, lines=["old"], variables=asked, share=True)
        assert [line.names for line in table.lines] == [("older",), ("younger",), ("Not reported",)]
        assert [cell.text for cell in table.lines[0].cells] == ["0", "50.0", "50.0", "—"]
        assert round(table.lines[0].share) == 33

    def test_the_report_and_the_spreadsheet_make_the_same(self, desk):
        spec = {"form": desk.form.pk, "lines": ["sex"], "variables": [
            {"column": "age", "show": "rule"}]}  # fmt: skip
        owner = desk.review.created_by
        made = tabulating.create(review=desk.review, actor=owner, title="By sex", spec=spec)
        settling.confirm(record=desk.data_set(), actor=desk.two)
        ((tabulation, table),) = layout.tables(desk.review, snapshots.contents(desk.review, 1))
        assert tabulation == made
        assert [line.n for line in table.lines] == [1, 2]
        tabulating.retire(tabulation=made, actor=owner)
        assert not layout.tables(desk.review, snapshots.contents(desk.review, 1))
        with pytest.raises(IllegalMove, match="“By sex” was put away"):
            tabulating.change(tabulation=made, actor=owner, title="Other", spec=spec)


class TestNormality:
    def test_a_skewed_line_gets_its_median_unless_set_by_hand(self):
        columns = {"x": {"key": "x", "label": "X", "kind": "decimal", "level": "participant"}}
        numbers = [1, 1, 1, 2, 2, 3, 50]
        rows = tuple(
            reading.Participant(1, "Doe", str(n), {"x": {"number": str(number)}})
            for n, number in enumerate(numbers)
        )
        found = reading.Participants(columns, rows, False)
        spec = {"lines": ["study"], "variables": [{"column": "x", "show": "rule"}]}
        cell = making.make(found, spec).lines[0].cells[0]
        assert cell.text == "2.0 (1 to 50)"
        assert cell.p < 0.05
        by_hand = making.make(found, spec | {"overrides": {"Doe": "mean"}})
        assert by_hand.lines[0].cells[0].text.startswith("8.6 ± ")

    def test_two_values_cannot_be_tested(self):
        assert making.normal([1.0, 2.0]) is None
        assert making.normal([2.0, 2.0, 2.0]) is None


def test_a_statistician_reads_approved_rows_without_names(desk, client):
    record = desk.data_set()
    client.force_login(desk.stat)
    url = reverse("participants", args=[desk.review.pk, record.pk])
    assert "Not approved yet" in client.get(url).content.decode()
    settling.confirm(record=record, actor=desk.two)
    text = client.get(url).content.decode()
    assert "Female" in text
    assert "approved by" not in text


def test_whoever_may_check_a_data_set_sees_it(desk):
    record = desk.data_set()
    seats = [seat_of(person, desk.review) for person in (desk.two, desk.stat)]
    assert [pages.viewing.of_record(record, seat).content for seat in seats] == [True, False]


def test_left_to_third_is_the_word_of_one_only(desk):
    record = desk.typed_twice(("1", {"age": "41", "sex": "male"}), ROWS[1])
    difference = record.differences.get()
    with pytest.raises(IllegalMove, match="Only the two"):
        settling.give_opinion(
            difference=difference, person=desk.arbiter, choice=Opinion.Choice.FIRST
        )


def test_a_half_is_rounded_as_on_paper():
    assert making._number((13.3 + 13.4) / 2) == "13.4"
    assert making._number(-59.65) == "−59.7"
