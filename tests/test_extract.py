"""Step 5: studies are adopted, and two people extract each alone, cell by cell."""

import threading

import pytest
from django.db import connection

from extraction import doubts, extract, formbuilder, progress, studies
from extraction.extract import Incomplete, Stale, Typed, stamp
from extraction.models import Cell, Entry, Record, Study
from extraction.schema import BadValue
from review.ledger import verify
from review.models import Event, IllegalMove, Screening

from .factories import join, make_form, make_included, make_review, make_study, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def review():
    return make_review()


@pytest.fixture
def entry(review):
    person = join(review, make_user("ada"), "reviewer")
    return extract.begin(study=make_study(review), form=make_form(review), actor=person)


def second(entry):
    """The other person's entry of the same study."""
    person = join(entry.study.review, make_user("ben"), "reviewer")
    return extract.begin(study=entry.study, form=entry.form, actor=person)


def actions(subject):
    return list(Event.objects.filter(subject=subject).values_list("action", flat=True))


class TestStudies:
    def test_an_included_report_becomes_a_study_named_by_author_and_year(self, review):
        first = studies.adopt(report=make_included(review), actor=review.created_by)
        other = studies.adopt(report=make_included(review), actor=review.created_by)
        assert (str(first), str(other)) == ("Doe 2000", "Doe 2000 (2)")
        assert actions(f"study:{first.pk}") == ["study.adopt"]

    def test_several_reports_may_tell_of_one_study(self, review):
        study = make_study(review)
        report = make_included(review)
        assert list(studies.unadopted(review)) == [report]
        studies.adopt(report=report, actor=review.created_by, study=study)
        assert study.reports.count() == 2
        assert not studies.unadopted(review)
        with pytest.raises(IllegalMove, match="belongs to Doe 2000 already"):
            studies.adopt(report=report, actor=review.created_by)

    def test_a_repeated_request_makes_one_study(self, review):
        report = make_included(review)
        for _ in range(2):
            studies.adopt(report=report, actor=review.created_by, key="k")
        assert Study.objects.count() == 1

    def test_a_report_that_is_not_included_cannot_be_adopted(self, review):
        report = make_included(review)
        report.reference.screenings.update(status=Screening.Status.EXCLUDED)
        with pytest.raises(IllegalMove, match="included at full text"):
            studies.adopt(report=report, actor=review.created_by)

    def test_a_report_joined_by_mistake_is_separated(self, review):
        study = make_study(review)
        report = make_included(review)
        studies.adopt(report=report, actor=review.created_by, study=study)
        studies.separate(report=report, actor=review.created_by)
        assert study.reports.count() == 1
        studies.separate(report=study.reports.get().report, actor=review.created_by)
        assert not Study.objects.exists()

    def test_the_only_report_of_an_extracted_study_stays(self, entry):
        report = entry.study.reports.get().report
        with pytest.raises(IllegalMove, match="its only one"):
            studies.separate(report=report, actor=entry.extractor)

    def test_a_source_outside_the_flow_is_a_study(self, review):
        add = {"review": review, "actor": review.created_by, "citation": "Cochrane 2010, table 3"}
        study = studies.add_source(label="Old table", **add)
        assert list(Study.objects.standing()) == [study]
        with pytest.raises(IllegalMove, match="already"):
            studies.add_source(label="Old table", **add)

    def test_a_study_whose_report_is_no_longer_included_does_not_stand(self, entry):
        report = entry.study.reports.get().report
        report.reference.screenings.update(status=Screening.Status.EXCLUDED)
        assert not Study.objects.standing()


class TestBegin:
    def test_two_people_extract_and_no_third(self, entry):
        second(entry)
        third = make_user("cleo")
        with pytest.raises(IllegalMove, match="has its extractors"):
            extract.begin(study=entry.study, form=entry.form, actor=third)
        assert actions(f"entry:{entry.pk}") == ["entry.begin"]

    def test_beginning_twice_continues(self, entry):
        again = extract.begin(study=entry.study, form=entry.form, actor=entry.extractor)
        assert again == entry
        assert Entry.objects.count() == 1

    def test_a_draft_form_cannot_be_used(self, review):
        form = formbuilder.create(review=review, actor=review.created_by, name="Draft")
        with pytest.raises(IllegalMove, match="still a draft"):
            extract.begin(study=make_study(review), form=form, actor=review.created_by)

    def test_both_use_the_same_version(self, entry):
        draft = formbuilder.new_version(form=entry.form, actor=entry.extractor)
        formbuilder.publish(version=draft, actor=entry.extractor)
        assert second(entry).version == entry.version

    def test_an_empty_entry_can_be_given_back_and_a_filled_one_not(self, entry):
        other = second(entry)
        extract.give_back(entry=other)
        assert actions(f"entry:{other.pk}") == ["entry.begin", "entry.give_back"]
        extract.save_cell(entry=entry, field="n", given="7")
        with pytest.raises(IllegalMove, match="stays yours"):
            extract.give_back(entry=entry)


class TestUnits:
    def test_units_are_added_named_ordered_and_removed(self, entry):
        arms = [extract.add_unit(entry=entry, kind="arm", label=label) for label in ("A", "B", "C")]
        extract.rename_unit(unit=arms[1], label="Sham", detail="control")
        extract.move_unit(unit=arms[2], by=-1)
        extract.move_unit(unit=arms[0], by=-1)
        assert [str(unit) for unit in entry.units.all()] == ["A", "C", "Sham, control"]
        with pytest.raises(IllegalMove, match="“A” already"):
            extract.add_unit(entry=entry, kind="arm", label="A")

    def test_a_removed_unit_takes_its_cells_and_the_ledger_keeps_them(self, entry):
        arm = extract.add_unit(entry=entry, kind="arm", label="A")
        extract.save_cell(entry=entry, field="treated", arm=arm.pk, given="12")
        extract.remove_unit(unit=arm)
        assert not Cell.objects.exists()
        event = Event.objects.get(action="unit.remove")
        assert event.data["cells"][f"treated|{arm.pk}|"]["value"]["number"] == "12"


class TestCells:
    def test_a_cell_keeps_value_and_witness(self, entry):
        cell = extract.save_cell(entry=entry, field="vas", given="6,1 (2.0)*", quote="VAS", page=4)
        cell = Cell.objects.get(pk=cell.pk)
        assert cell.value == {"mean": "6.1", "sd": "2.0", "printed": "6,1 (2.0)*"}
        assert (cell.quote, cell.page, cell.path) == ("VAS", 4, "vas||")

    def test_changing_keeps_the_old_value_in_the_ledger(self, entry):
        extract.save_cell(entry=entry, field="n", given="7")
        extract.save_cell(entry=entry, field="n", given="8")
        event = Event.objects.filter(action="cell.save").last()
        assert event.data["was"]["value"]["number"] == "7"
        assert event.data["now"]["value"]["number"] == "8"
        assert not verify(entry.study.review)

    def test_empty_clears_and_silence_is_not_empty(self, entry):
        extract.save_cell(entry=entry, field="n", given="7")
        extract.save_cell(entry=entry, field="male", state="not_reported")
        assert extract.save_cell(entry=entry, field="n", given="  ") is None
        assert [cell.state for cell in entry.cells.all()] == ["not_reported"]
        assert extract.save_cell(entry=entry, field="n", given="") is None, "nothing to clear"

    def test_saving_the_same_again_writes_no_event(self, entry):
        for _ in range(2):
            extract.save_cell(entry=entry, field="n", given="7")
        assert actions(f"entry:{entry.pk}").count("cell.save") == 1

    def test_a_refused_value_changes_nothing(self, entry):
        with pytest.raises(BadValue, match="Patients: “many” is not a number"):
            extract.save_cell(entry=entry, field="n", given="many")
        with pytest.raises(BadValue, match="type the value"):
            extract.save_cell(entry=entry, field="n", given="", quote="seven patients")
        assert not Cell.objects.exists()

    @pytest.mark.parametrize("wrong", [{"field": "gone"}, {"field": "treated"}, {"field": "n"}])
    def test_cells_that_the_entry_does_not_have_are_refused(self, entry, wrong):
        other = extract.add_unit(entry=second(entry), kind="arm", label="A")
        arm = other.pk if wrong["field"] != "gone" else None
        with pytest.raises(IllegalMove):
            extract.save_cell(entry=entry, arm=arm, given="7", **wrong)

    def test_another_window_is_noticed_and_nothing_is_lost(self, entry):
        first = extract.save_cell(entry=entry, field="n", given="7", seen="")
        extract.save_cell(entry=entry, field="n", given="8", seen=stamp(first))
        with pytest.raises(Stale) as late:
            extract.save_cell(entry=entry, field="n", given="9", seen=stamp(first))
        assert late.value.cell.value["number"] == "8"
        assert Cell.objects.get().value["number"] == "8"
        extract.save_cell(entry=entry, field="n", given="8", seen="long ago")

    def test_the_same_request_counts_once(self, entry):
        extract.save_cell(entry=entry, field="n", given="7", key="k1")
        extract.save_cell(entry=entry, field="n", given="8", key="k2")
        held = extract.save_cell(entry=entry, field="n", given="7", key="k1")
        assert held.value["number"] == "8"

    def test_a_block_is_saved_whole_with_one_event(self, entry):
        extract.save_cell(entry=entry, field="n", given="7")
        block = [Typed("n", "8"), Typed("male", "3"), Typed("female", "5")]
        assert extract.save_cells(entry=entry, cells=block) == 3
        assert extract.save_cells(entry=entry, cells=block) == 0
        assert extract.save_cells(entry=entry, cells=[Typed("male", "")]) == 1
        assert {c.path: c.value["number"] for c in entry.cells.all()} == {
            "n||": "8",
            "female||": "5",
        }
        assert actions(f"entry:{entry.pk}").count("cell.save_block") == 2

    def test_a_block_with_a_bad_cell_saves_nothing_and_names_each(self, entry):
        with pytest.raises(BadValue) as refusal:
            extract.save_cells(
                entry=entry, cells=[Typed("n", "x"), Typed("male", "3"), Typed("female", "y")]
            )
        assert len(str(refusal.value).splitlines()) == 2
        assert not Cell.objects.exists()

    def test_a_cell_costs_few_queries(self, entry, django_assert_max_num_queries):
        with django_assert_max_num_queries(14):
            extract.save_cell(entry=entry, field="n", given="7", key="k")

    def test_thousands_of_cells_cost_no_more_queries_than_a_few(
        self, entry, django_assert_max_num_queries
    ):
        arms = [extract.add_unit(entry=entry, kind="arm", label=str(i)) for i in range(50)]
        block = [Typed("treated", str(i), arm=arm.pk) for i, arm in enumerate(arms)]
        with django_assert_max_num_queries(16):
            extract.save_cells(entry=entry, cells=block)


class TestDoubts:
    def test_a_warning_is_confirmed_and_speaks_again_when_the_numbers_change(self, entry):
        for key, text in (("n", "8"), ("male", "5"), ("female", "2")):
            extract.save_cell(entry=entry, field=key, given=text)
        (doubt,) = doubts.of_entry(entry)["n||"]
        assert not doubt.confirmed
        extract.confirm(entry=entry, path="n||", text=doubt.text)
        assert doubts.of_entry(entry)["n||"][0].confirmed
        assert actions(f"entry:{entry.pk}")[-1] == "cell.confirm"
        extract.save_cell(entry=entry, field="male", given="4")
        assert not doubts.of_entry(entry)["n||"][0].confirmed
        with pytest.raises(IllegalMove, match="changed"):
            extract.confirm(entry=entry, path="n||", text=doubt.text)


class TestSubmit:
    def test_what_is_missing_is_listed_by_name(self, review):
        parts = {"key": "dose", "label": "Dose", "kind": "decimal", "level": "arm",
                 "required": True, "evidence": True}  # fmt: skip
        form = make_form(review, {"sections": [{"title": "S", "fields": [parts]}]})
        entry = extract.begin(study=make_study(review), form=form, actor=make_user())
        with pytest.raises(Incomplete) as refusal:
            extract.submit(entry=entry)
        assert refusal.value.missing == [("", "Dose needs an arm")]
        arm = extract.add_unit(entry=entry, kind="arm", label="CBT")
        path = f"dose|{arm.pk}|"
        assert progress.missing(entry) == [(path, "Dose, CBT is empty")]
        extract.save_cell(entry=entry, field="dose", arm=arm.pk, given="5")
        assert progress.missing(entry) == [(path, "Dose, CBT has no quote and no page")]
        extract.save_cell(entry=entry, field="dose", arm=arm.pk, given="5", page=3)
        assert extract.submit(entry=entry).status == "submitted"

    def test_a_submitted_entry_takes_no_more(self, entry):
        extract.save_cell(entry=entry, field="n", given="7")
        extract.submit(entry=entry)
        with pytest.raises(IllegalMove, match="submitted"):
            extract.save_cell(entry=entry, field="n", given="8")
        with pytest.raises(IllegalMove, match="submitted"):
            extract.submit(entry=entry)
        assert actions(f"entry:{entry.pk}")[-1] == "entry.submit"

    def test_a_submission_is_withdrawn_until_the_other_has_submitted(self, entry):
        other = second(entry)
        for one in (entry, other):
            extract.save_cell(entry=one, field="n", given="7")
        extract.submit(entry=entry)
        assert extract.withdraw(entry=entry).submitted_at is None
        extract.submit(entry=entry)
        assert not Record.objects.exists()
        extract.submit(entry=other)
        assert Record.objects.count() == 1
        with pytest.raises(IllegalMove, match="comparison"):
            extract.withdraw(entry=entry)

    def test_one_extractor_is_enough_where_the_review_says_so(self):
        review = make_review(extraction_entries=1)
        entry = extract.begin(study=make_study(review), form=make_form(review), actor=make_user())
        extract.save_cell(entry=entry, field="n", given="7")
        extract.submit(entry=entry)
        assert Record.objects.get().cells.get().origin == "single"


def in_threads(*works):
    """Run the works at the same moment, each on its own connection; return their errors."""
    errors, start = [], threading.Barrier(len(works))

    def run(work):
        start.wait()
        try:
            work()
        except (IllegalMove, Stale) as refusal:
            errors.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_cells_of_two_windows_are_both_kept(self, entry):
        def save(key):
            return lambda: [
                extract.save_cell(entry=entry, field=key, given=str(n)) for n in range(1, 11)
            ]

        assert not in_threads(save("n"), save("male"))
        assert {c.path: c.value["number"] for c in entry.cells.all()} == {
            "n||": "10",
            "male||": "10",
        }
        assert actions(f"entry:{entry.pk}").count("cell.save") == 20
        assert not verify(entry.study.review)

    def test_two_copies_of_one_request_count_once(self, entry):
        save = lambda: extract.save_cell(entry=entry, field="n", given="7", key="k")  # noqa: E731
        assert not in_threads(save, save)
        assert actions(f"entry:{entry.pk}").count("cell.save") == 1

    def test_of_two_windows_that_saw_the_same_one_is_told(self, entry):
        works = [
            lambda n=n: extract.save_cell(entry=entry, field="n", given=n, seen="")
            for n in ("7", "8")
        ]
        (refusal,) = in_threads(*works)
        assert isinstance(refusal, Stale)

    def test_two_who_want_the_last_place_do_not_both_get_it(self, entry):
        people = [make_user("ben"), make_user("cleo")]
        refusals = in_threads(
            *(
                lambda p=p: extract.begin(study=entry.study, form=entry.form, actor=p)
                for p in people
            )
        )
        assert len(refusals) == 1
        assert Entry.objects.count() == 2

    def test_two_submissions_open_one_record(self, entry):
        other = second(entry)
        for one in (entry, other):
            extract.save_cell(entry=one, field="n", given="7")
        in_threads(lambda: extract.submit(entry=entry), lambda: extract.submit(entry=other))
        assert Record.objects.count() == 1
