"""Step 8: approved data is frozen, and the bytes say no more and no less than that."""

import hashlib
import json
from contextlib import ExitStack
from unittest import mock

import pytest
from django.db import DatabaseError, connection, transaction

from extraction import adjudication, doubts, extract, integrity, snapshots, studies
from extraction.extract import Typed
from extraction.models import (
    Assessment,
    FinalAnswer,
    Instrument,
    Record,
    RecordCell,
    RecordUnit,
    Snapshot,
    Study,
)
from review.models import Event, IllegalMove, Screening

from .factories import make_form, make_included, make_review, make_study, make_user

pytestmark = pytest.mark.django_db
SECRET = "a note that stays in its entry"
PINNED = "e93e6b33b33b9f233493d2ae6461f4802bc782b9e96559ad244a7df1ac19e3ea"


@pytest.fixture
def review():
    return make_review("Stimulation for pain")


@pytest.fixture
def form(review):
    return make_form(review)


def approve(study, form, people, *blocks):
    """Extract a study by two people (the second repeats the first) and approve it."""
    for person in people:
        entry = extract.begin(study=study, form=form, actor=person)
        made = {}
        for label in ("CBT", "Sham"):
            made[label] = extract.add_unit(entry=entry, kind="arm", label=label).pk
        cells = [Typed("treated", "6", arm=made["Sham"]), Typed("treated", "8", arm=made["CBT"])]
        extract.save_cells(entry=entry, cells=[*blocks, *cells])
        for path, said in doubts.of_entry(entry).items():
            extract.confirm(entry=entry, path=path, text=said[0].text)
        extract.submit(entry=entry)
    record = Record.objects.get(study=study)
    return adjudication.approve(record=record, actor=study.review.created_by)


@pytest.fixture
def people():
    return make_user("ada", first_name="Augusta"), make_user("ben", first_name="Benjamin")


@pytest.fixture
def approved(review, form, people):
    block = [Typed("n", "13", quote=f"13, {SECRET}"), Typed("male", "6"), Typed("female", "8"),
             Typed("vas", "10.2 ± 1")]  # fmt: skip
    return approve(make_study(review), form, people, *block)


def freeze(review, **more):
    return snapshots.freeze(review=review, actor=review.created_by, **more)


def test_the_content_is_what_was_approved(review, form, approved):
    snapshot = freeze(review, note="first")
    content = json.loads(snapshot.content)
    assert (content["concord"], content["number"]) == (1, 1)
    assert content["review"] == {"id": review.pk, "title": "Stimulation for pain"}
    assert content["forms"][0]["schema"] == form.published.schema
    (study,) = content["studies"]
    assert (study["label"], study["references"], study["in_flow"]) == ("Doe 2000", [1], True)
    assert study["citation"] == "Doe, J. Paper 1. 2000."
    (record,) = study["records"]
    assert [unit["label"] for unit in record["units"]] == ["CBT", "Sham"]
    arms = {unit["id"]: unit["label"] for unit in record["units"]}
    told = [(c["field"], arms.get(c["arm"]), c["value"]["printed"]) for c in record["cells"]]
    assert told == [
        ("n", None, "13"), ("male", None, "6"), ("female", None, "8"), ("vas", None, "10.2 ± 1"),
        ("treated", "CBT", "8"), ("treated", "Sham", "6"),
    ]  # fmt: skip
    assert {cell["origin"] for cell in record["cells"]} == {"same"}


def test_warnings_travel_with_what_was_confirmed(review, approved):
    cells = json.loads(freeze(review).content)["studies"][0]["records"][0]["cells"]
    warned = {cell["field"]: cell["warnings"] for cell in cells if cell["warnings"]}
    assert set(warned) == {"n", "vas"}
    assert warned["n"][0]["rule"] == "sum"
    assert warned["n"][0]["confirmed"] is True
    assert warned["vas"][0]["text"] == "10.2 lies outside the scale 0 to 10."


def test_the_bytes_are_canonical_and_hashed(review, approved):
    snapshot = freeze(review)
    written = json.dumps(
        json.loads(snapshot.content), sort_keys=True, separators=(",", ":"), ensure_ascii=True
    )
    assert snapshot.content == written
    assert snapshot.content.isascii()
    assert snapshot.sha256 == hashlib.sha256(snapshot.content.encode()).hexdigest()
    assert Event.objects.get(action="snapshot.freeze").data["sha256"] == snapshot.sha256


def test_no_person_is_named(review, approved, people):
    content = freeze(review).content
    for person in (*people, review.created_by):
        assert person.username not in content
        assert not person.first_name or person.first_name not in content
    assert SECRET not in content


def test_rows_in_another_order_give_the_same_bytes(review, form, people, approved):
    """Rows as another database might return them: the other way round."""
    approve(make_study(review, "Ähm 1990"), form, people, Typed("n", "7"))
    before = snapshots.canonical(snapshots.contents(review, 1))
    with ExitStack() as turned:
        for model in (Study, Record, RecordCell, RecordUnit):
            turned.enter_context(mock.patch.object(model._meta, "ordering", ["-pk"]))
        after = snapshots.canonical(snapshots.contents(review, 1))
    assert after == before


def without_ids(part, name=""):
    """The content with every number of a row as 0: those differ from database to database."""
    if isinstance(part, dict):
        return {key: without_ids(item, key) for key, item in part.items()}
    if isinstance(part, list):
        return [without_ids(item, name) for item in part]
    row = name in ("id", "arm", "outcome", "form") and isinstance(part, int)
    return 0 if row else part


def test_every_database_gives_the_same_bytes(review, approved):
    """The hash was taken on SQLite and holds on PostgreSQL."""
    content = snapshots.canonical(without_ids(snapshots.contents(review, 1)))
    assert hashlib.sha256(content.encode()).hexdigest() == PINNED


def test_nothing_approved_is_refused_in_words(review, form):
    make_study(review)
    with pytest.raises(IllegalMove, match="Nothing is approved yet"):
        freeze(review)
    assert not Snapshot.objects.exists()


def test_only_approved_studies_that_stand_enter(review, form, people, approved):
    gone = approve(make_study(review), form, people, Typed("n", "7"))
    report = gone.study.reports.get().report
    report.reference.screenings.filter(stage="full_text").update(status=Screening.Status.EXCLUDED)
    reopened = approve(make_study(review, "Zed 1990"), form, people, Typed("n", "9"))
    adjudication.reopen(record=reopened, actor=review.created_by, reason="erratum")
    content = json.loads(freeze(review).content)
    assert [study["label"] for study in content["studies"]] == ["Doe 2000"]


def test_a_source_outside_the_flow_says_so(review, form, people):
    source = studies.add_source(
        review=review, actor=review.created_by, label="Table 2", citation="Henssen 2020, Table 2"
    )
    approve(source, form, people, Typed("n", "7"))
    (study,) = json.loads(freeze(review).content)["studies"]
    assert (study["in_flow"], study["references"]) == (False, [])
    assert study["citation"] == "Henssen 2020, Table 2"


def test_settled_appraisals_enter_and_open_ones_do_not(review, approved):
    instrument = Instrument.objects.create(
        review=review, key="rob2", version="2019", sha256="0" * 64,
        definition={"title": "RoB 2"}, chosen_by=review.created_by,
    )  # fmt: skip
    for result, status in (("pain", "settled"), ("sleep", "open")):
        assessment = Assessment.objects.create(
            study=approved.study, instrument=instrument, result=result, status=status,
            judgements={"overall": "low"},
        )  # fmt: skip
        for item in ("1.2", "1.1"):
            FinalAnswer.objects.create(assessment=assessment, item=item, code="Y", origin="same")
    (appraisal,) = json.loads(freeze(review).content)["studies"][0]["appraisals"]
    assert (appraisal["result"], appraisal["title"]) == ("pain", "RoB 2")
    assert [answer["item"] for answer in appraisal["answers"]] == ["1.1", "1.2"]
    assert appraisal["judgements"] == {"overall": "low"}


def test_a_later_change_leaves_the_snapshot_as_it_was(review, approved, people):
    first = freeze(review)
    adjudication.reopen(record=approved, actor=review.created_by, reason="erratum")
    for person in people:
        adjudication.give_opinion(
            cell=approved.cells.get(path="n||"), person=person, choice="rewritten", given="14"
        )
    adjudication.approve(record=approved, actor=review.created_by)
    second = freeze(review)
    assert (first.number, second.number) == (1, 2)
    assert Snapshot.objects.get(number=1).content == first.content
    assert '"number":"14"' in second.content


def test_a_repeated_request_freezes_once(review, approved):
    freeze(review, key="k")
    freeze(review, key="k")
    assert Snapshot.objects.count() == 1


def test_the_database_refuses_to_change_a_snapshot(review, approved):
    snapshot = freeze(review)
    for change in (lambda: snapshot.save(), snapshot.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_freezing_many_studies_costs_few_queries(
    review, form, people, approved, django_assert_max_num_queries
):
    for label in "BCD":
        approve(make_study(review, label), form, people, Typed("n", "7"))
    with django_assert_max_num_queries(30):
        freeze(review)


class TestIntegrity:
    def test_sound_rows_have_no_problems(self, review, approved):
        studies.adopt(report=make_included(review), actor=review.created_by, study=approved.study)
        freeze(review)
        assert integrity.problems(review) == []

    @pytest.mark.parametrize(
        ("table", "change", "words"),
        [
            ("recordcell", "status = 'open' WHERE path = 'n||'", "status"),
            ("recordcell", "value = '{}' WHERE path = 'n||'", "value"),
            ("cell", """value = '{"number": "99"}' WHERE path = 'male||'""", "come to"),
            ("cell", """value = '{"number": "x"}' WHERE path = 'n||'""", "refuses"),
            ("cell", "path = 'other' WHERE path = 'n||'", "path says"),
            ("cell", "state = 'unclear', value = '{}', quote = '' WHERE path = 'n||'", "come to"),
            ("entry", "submitted_at = NULL", "time of submission"),
            ("record", "approved_by_id = NULL", "who approved"),
        ],
    )
    def test_a_row_altered_behind_its_back_is_found(self, review, approved, table, change, words):
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE extraction_{table} SET {change}")
        assert any(words in sentence for sentence in integrity.problems(review))

    def test_a_lost_required_cell_is_found(self, review, approved):
        approved.cells.update(first=None, second=None)
        approved.study.entries.first().cells.get(path="n||").delete()
        assert any("Patients is empty" in sentence for sentence in integrity.problems(review))
