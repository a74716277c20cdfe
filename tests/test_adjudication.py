"""Step 7: two submissions become one approved record, and nobody settles alone."""

import pytest

from extraction import adjudication, extract, integrity, recordsheet, snapshots
from extraction.extract import Typed
from extraction.models import Opinion, Record, RecordCell, Unit
from extraction.projection import Voice, project
from extraction.schema import BadValue
from review.consensus import NotIndependent
from review.ledger import verify
from review.models import Event, IllegalMove

from .factories import join, make_form, make_review, make_study, make_user

pytestmark = pytest.mark.django_db
Choice = Opinion.Choice


@pytest.fixture
def review():
    return make_review()


@pytest.fixture
def ada(review):
    return join(review, make_user("ada"), "reviewer")


@pytest.fixture
def ben(review):
    return join(review, make_user("ben"), "reviewer")


@pytest.fixture
def cleo(review):
    return join(review, make_user("cleo"), "arbiter")


def enter(study, form, person, arms=(), **typed):
    """One submitted entry; ``arms`` are (label, treated) pairs."""
    entry = extract.begin(study=study, form=form, actor=person)
    for label, treated in arms:
        arm = extract.add_unit(entry=entry, kind="arm", label=label)
        extract.save_cell(entry=entry, field="treated", arm=arm.pk, given=treated)
    for field, given in typed.items():
        extract.save_cell(entry=entry, field=field, given=given, quote=f"{person} {field}")
    return extract.submit(entry=entry)


@pytest.fixture
def record(review, ada, ben):
    """Both read 14 patients; they differ on the men, and only one gives the women."""
    study, form = make_study(review), make_form(review)
    enter(study, form, ada, n="14", male="6", female="8")
    enter(study, form, ben, n="14.", male="5")
    return Record.objects.get()


def cell(record, path):
    return record.cells.get(path=path)


def give(record, path, person, choice, **more):
    return adjudication.give_opinion(cell=cell(record, path), person=person, choice=choice, **more)


class TestOpening:
    def test_what_both_read_the_same_is_closed_and_the_rest_is_open(self, record):
        told = {c.path: (c.status, c.origin) for c in record.cells.all()}
        assert told == {"n||": ("closed", "same"), "male||": ("open", ""), "female||": ("open", "")}
        same = cell(record, "n||")
        assert (same.value["number"], same.quote, same.decided_by) == ("14", "ada n", None)
        assert cell(record, "male||").value == {}

    def test_units_are_aligned_and_values_travel_with_them(self, review, ada, ben):
        study, form = make_study(review), make_form(review)
        enter(study, form, ada, n="14", arms=[("CBT", "7"), ("Sham", "6")])
        enter(study, form, ben, n="14", arms=[("sham", "6"), ("cbt", "8")])
        record = Record.objects.get()
        arms = {unit.label: unit.pk for unit in record.units.all()}
        assert set(arms) == {"CBT", "Sham"}
        assert cell(record, f"treated|{arms['Sham']}|").status == "closed"
        differing = cell(record, f"treated|{arms['CBT']}|")
        assert (differing.first.value["number"], differing.second.value["number"]) == ("7", "8")

    def test_an_arm_only_one_has_stands_alone(self, review, ada, ben):
        study, form = make_study(review), make_form(review)
        enter(study, form, ada, n="14", arms=[("CBT", "7")])
        enter(study, form, ben, n="14")
        unit = Record.objects.get().units.get()
        assert (unit.label, unit.second) == ("CBT", None)

    def test_opening_is_in_the_ledger(self, record):
        event = Event.objects.get(action="record.open")
        assert (event.data["cells"], event.data["left"]) == (3, 2)

    def test_a_large_study_is_compared_approved_and_frozen(self, review, ada, ben, cleo):
        """More cells than SQLite takes conditions in one query."""
        study, form = make_study(review), make_form(review)
        for person in (ada, ben):
            entry = extract.begin(study=study, form=form, actor=person)
            arms = Unit.objects.bulk_create(
                Unit(entry=entry, kind="arm", label=f"Arm {n}", position=n) for n in range(1010)
            )
            block = [Typed("treated", "7", arm=arm.pk) for arm in arms]
            extract.save_cells(entry=entry, cells=[Typed("n", "7"), *block])
            extract.submit(entry=entry)
        record = Record.objects.get()
        assert recordsheet.lay_out(record).left == 0
        adjudication.approve(record=record, actor=cleo)
        assert integrity.problems(review) == []
        snapshot = snapshots.freeze(review=review, actor=cleo)
        assert snapshot.content.count('"field":"treated"') == 1010


class TestOpinions:
    def test_one_concedes(self, record, ben):
        give(record, "male||", ben, Choice.FIRST)
        closed = cell(record, "male||")
        assert (closed.status, closed.origin, closed.value["number"]) == ("closed", "first", "6")
        assert (closed.quote, closed.decided_by) == ("ada male", ben)
        assert Event.objects.filter(action="cell.opinion", actor=ben).count() == 1

    def test_insisting_closes_nothing(self, record, ada, ben):
        give(record, "male||", ada, Choice.FIRST)
        give(record, "male||", ben, Choice.SECOND)
        assert cell(record, "male||").status == "open"

    def test_both_may_agree_on_a_third_value(self, record, ada, ben):
        give(record, "male||", ada, Choice.REWRITTEN, given="7", note="both counted wrong")
        assert cell(record, "male||").status == "open"
        give(record, "male||", ben, Choice.REWRITTEN, given="7.")
        closed = cell(record, "male||")
        assert (closed.origin, closed.value["number"], closed.quote) == ("rewritten", "7", "")

    def test_a_mind_can_be_changed_and_the_old_word_stays_in_the_ledger(self, record, ada, ben):
        give(record, "male||", ben, Choice.FIRST)
        give(record, "male||", ben, Choice.SECOND)
        assert cell(record, "male||").status == "open"
        events = Event.objects.filter(action="cell.opinion")
        assert [event.data["choice"] for event in events] == ["first", "second"]

    def test_what_was_the_same_can_be_questioned(self, record, ada, ben):
        give(record, "n||", ada, Choice.REWRITTEN, given="13")
        assert cell(record, "n||").status == "open"
        give(record, "n||", ben, Choice.REWRITTEN, given="13")
        assert cell(record, "n||").origin == "rewritten"

    def test_they_may_agree_that_it_is_not_reported(self, record, ada, ben):
        for person in (ada, ben):
            give(record, "female||", person, Choice.REWRITTEN, state="not_reported")
        closed = cell(record, "female||")
        assert (closed.status, closed.state, closed.value) == ("closed", "not_reported", {})

    def test_an_empty_side_cannot_be_taken(self, record, ada):
        with pytest.raises(IllegalMove, match="left the cell empty"):
            give(record, "female||", ada, Choice.SECOND)

    def test_another_value_is_read_like_any(self, record, ada):
        with pytest.raises(BadValue, match="Men"):
            give(record, "male||", ada, Choice.REWRITTEN, given="many")

    def test_only_the_two_have_a_voice(self, record, cleo):
        with pytest.raises(IllegalMove, match="Only the two"):
            give(record, "male||", cleo, Choice.FIRST)

    def test_the_same_request_counts_once(self, record, ben):
        give(record, "male||", ben, Choice.FIRST, key="k")
        give(record, "male||", ben, Choice.SECOND, key="k")
        assert cell(record, "male||").origin == "first"

    def test_an_answer_to_an_open_cell_does_not_open_what_the_other_closed(self, record, ada, ben):
        give(record, "male||", ada, Choice.SECOND, seen="open")
        with pytest.raises(IllegalMove, match="spoken meanwhile"):
            give(record, "male||", ben, Choice.FIRST, seen="open")
        assert cell(record, "male||").origin == "second"

    def test_one_extractor_alone_may_correct(self):
        review = make_review(extraction_entries=1)
        person = make_user()
        enter(make_study(review), make_form(review), person, n="14")
        record = Record.objects.get()
        give(record, "n||", person, Choice.REWRITTEN, given="15")
        assert (cell(record, "n||").origin, cell(record, "n||").value["number"]) == (
            "rewritten",
            "15",
        )


class TestRuling:
    def test_a_third_person_settles_what_was_left_to_them(self, record, ada, cleo):
        give(record, "male||", ada, Choice.ESCALATED)
        assert cell(record, "male||").status == "escalated"
        adjudication.rule(
            cell=cell(record, "male||"), arbiter=cleo, choice=Choice.SECOND, note="Table 2"
        )
        closed = cell(record, "male||")
        assert (closed.status, closed.origin, closed.value["number"]) == ("closed", "second", "5")
        assert (closed.decided_by, closed.note, closed.quote) == (cleo, "Table 2", "ben male")
        assert Event.objects.get(action="cell.rule").actor == cleo
        assert not verify(record.study.review)

    def test_both_may_have_been_wrong(self, record, ada, cleo):
        give(record, "male||", ada, Choice.ESCALATED)
        adjudication.rule(
            cell=cell(record, "male||"), arbiter=cleo, choice=Choice.REWRITTEN, given="4"
        )
        assert cell(record, "male||").origin == "rewritten"

    def test_the_two_can_still_agree_before_the_ruling_and_not_after(self, record, ada, ben, cleo):
        give(record, "male||", ada, Choice.ESCALATED)
        give(record, "male||", ben, Choice.FIRST)
        assert cell(record, "male||").origin == "first"
        give(record, "female||", ben, Choice.ESCALATED)
        adjudication.rule(cell=cell(record, "female||"), arbiter=cleo, choice=Choice.FIRST)
        with pytest.raises(IllegalMove, match="third person has settled"):
            give(record, "female||", ben, Choice.REWRITTEN, given="9")

    def test_the_third_person_may_change_their_word_and_nobody_else_theirs(self, record, ada, cleo):
        give(record, "male||", ada, Choice.ESCALATED)
        for choice in (Choice.SECOND, Choice.FIRST):
            adjudication.rule(cell=cell(record, "male||"), arbiter=cleo, choice=choice)
        assert cell(record, "male||").origin == "first"
        with pytest.raises(IllegalMove, match="Another third person"):
            adjudication.rule(
                cell=cell(record, "male||"), arbiter=make_user("dora"), choice=Choice.SECOND
            )

    def test_an_extractor_never_rules(self, record, ada, ben):
        give(record, "male||", ada, Choice.ESCALATED)
        for person in (ada, ben):
            with pytest.raises(IllegalMove, match="extracted a study cannot"):
                adjudication.rule(cell=cell(record, "male||"), arbiter=person, choice=Choice.FIRST)

    def test_what_the_two_still_discuss_is_not_settled_by_others(self, record, cleo):
        with pytest.raises(IllegalMove, match="not left this cell"):
            adjudication.rule(cell=cell(record, "male||"), arbiter=cleo, choice=Choice.FIRST)

    def test_a_third_person_never_extracts_that_study(self, record, review, ada, cleo):
        give(record, "male||", ada, Choice.ESCALATED)
        adjudication.rule(cell=cell(record, "male||"), arbiter=cleo, choice=Choice.FIRST)
        other_form = make_form(review, name="Another form")
        with pytest.raises(IllegalMove, match="cannot extract it"):
            extract.begin(study=record.study, form=other_form, actor=cleo)


@pytest.fixture
def complete(record, ben, ada):
    give(record, "male||", ben, Choice.FIRST)
    give(record, "female||", ada, Choice.REWRITTEN, given="8")
    give(record, "female||", ben, Choice.FIRST)
    return record


class TestApproval:
    def test_a_complete_record_is_approved_by_a_third_person(self, complete, cleo):
        approved = adjudication.approve(record=complete, actor=cleo)
        assert (approved.status, approved.approved_by) == ("approved", cleo)
        assert Event.objects.filter(action="record.approve", actor=cleo).count() == 1
        with pytest.raises(IllegalMove, match="Approved"):
            adjudication.approve(record=complete, actor=cleo)

    def test_open_cells_are_counted(self, record, cleo):
        with pytest.raises(IllegalMove, match="2 cells are still open"):
            adjudication.approve(record=record, actor=cleo)

    def test_an_extractor_does_not_approve(self, complete, ada):
        with pytest.raises(IllegalMove, match="cannot settle or approve"):
            adjudication.approve(record=complete, actor=ada)

    def test_reopening_needs_a_reason_and_keeps_everything(self, complete, cleo, ada):
        adjudication.approve(record=complete, actor=cleo)
        with pytest.raises(IllegalMove, match="is approved"):
            give(complete, "n||", ada, Choice.REWRITTEN, given="13")
        with pytest.raises(IllegalMove, match="Say why"):
            adjudication.reopen(record=complete, actor=cleo, reason=" ")
        reopened = adjudication.reopen(record=complete, actor=cleo, reason="erratum")
        assert (reopened.status, reopened.approved_by) == ("comparing", None)
        assert not complete.cells.exclude(status=RecordCell.Status.CLOSED).exists()
        assert Event.objects.get(action="record.reopen").data["reason"] == "erratum"
        adjudication.approve(record=complete, actor=cleo)


NUMBER = {"key": "n", "label": "N", "kind": "integer", "level": "study"}


def voice(person, number):
    return Voice(person, "value", {"number": number})


class TestProjection:
    """The pure rule by itself; the doors above only feed it."""

    def test_order_of_the_two_only_names_the_side(self):
        first = project(NUMBER, [voice(1, "7"), voice(2, "8")], opinions=[voice(2, "7")])
        second = project(NUMBER, [voice(2, "8"), voice(1, "7")], opinions=[voice(2, "7")])
        assert (first.origin, second.origin) == ("first", "second")
        assert first.value == second.value == {"number": "7"}

    def test_a_ruling_counts_only_while_they_differ(self):
        agreed = project(NUMBER, [voice(1, "7"), voice(2, "7")], ruling=voice(3, "9"))
        assert (agreed.origin, agreed.value) == ("same", {"number": "7"})

    def test_one_of_the_two_cannot_rule(self):
        with pytest.raises(NotIndependent):
            project(NUMBER, [voice(1, "7"), voice(2, "8")], ruling=voice(2, "8"))

    def test_missing_is_not_the_number_zero_and_two_empty_sides_decide_nothing(self):
        assert project(NUMBER, [voice(1, "0"), Voice(2)]).status == "open"
        assert project(NUMBER, [Voice(1), Voice(2)]).status == "open"
