"""A new version of a form: what it touches, what moves, what is read again; nothing is lost."""

from copy import deepcopy

import pytest

from extraction import adjudication, extract, formbuilder, integrity, snapshots
from extraction.models import Entry, Former, Record
from extraction.revisions import changes, moving
from review.ledger import verify
from review.models import Event, IllegalMove

from .factories import SCHEMA, join, make_form, make_review, make_study, make_user

WARD = {"key": "ward", "label": "Ward", "kind": "choice", "level": "study",
        "options": [{"code": "a", "label": "A"}, {"code": "b", "label": "B"}]}  # fmt: skip


def fields(schema):
    return schema["sections"][0]["fields"]


def changed(schema=SCHEMA, *, drop=(), add=(), **updates):
    """A copy of a schema with fields dropped, added and changed by key."""
    made = deepcopy(schema)
    kept = [f | updates.get(f["key"], {}) for f in fields(made) if f["key"] not in drop]
    made["sections"][0]["fields"] = [*kept, *add]
    made["checks"] = []
    return made


class TestChanges:
    def test_what_differs_is_named_and_weighed(self):
        new = changed(drop=["male"], add=[WARD], n={"label": "N"}, vas={"unit": "mm"})
        told = {c.key: (c.what, c.words, c.weighty) for c in changes.compare(SCHEMA, new)}
        assert told == {
            "n": ("changed", ["label"], False),
            "vas": ("changed", ["unit"], True),
            "ward": ("added", [], True),
            "male": ("removed", [], False),
        }

    def test_a_renamed_field_is_one_field(self):
        men = {"key": "men", "label": "Men", "kind": "integer", "level": "study"}
        new = changed(drop=["male"], add=[men])
        (found,) = changes.compare(SCHEMA, new, {"male": "men"})
        assert (found.what, found.key, found.weighty) == ("changed", "men", False)

    def test_answers_of_a_choice_that_are_gone_are_told(self):
        two = [{"code": "b", "label": "B"}, {"code": "c", "label": "C"}]
        old, new = changed(add=[WARD]), changed(add=[WARD | {"options": two}])
        (found,) = changes.compare(old, new)
        assert [option["code"] for option in found.lost] == ["a"]

    @pytest.mark.parametrize(
        ("mapping", "words"),
        [
            ({"renamed": {"n": "ward"}}, "cannot become"),
            ({"renamed": {"male": "n"}}, "cannot become"),
            ({"renamed": {"male": "ward", "female": "ward"}}, "same new one"),
            ({"codes": {"ward": {"x": "z"}}}, "no answer “z”"),
            ({"again": ["male"]}, "no field “male”"),
        ],
        ids=str,
    )
    def test_a_mapping_that_cannot_be_is_refused(self, mapping, words):
        new = changed(drop=["male", "female"], add=[WARD])
        assert any(words in one for one in changes.problems(SCHEMA, new, mapping))

    CARRIED = [
        ({"kind": "integer"}, {"kind": "decimal"}, {"number": "12", "printed": "12"}, "12"),
        ({"kind": "text"}, {"kind": "integer"}, {"text": "12", "printed": "12"}, "12"),
        ({"kind": "text"}, {"kind": "integer"}, {"text": "many", "printed": "many"}, None),
        ({"kind": "integer"}, {"kind": "integer", "max": "9"}, {"number": "12"}, None),
        ({"kind": "integer"}, {"kind": "integer", "level": "arm"}, {"number": "12"}, None),
    ]

    @pytest.mark.parametrize(("was", "now", "value", "number"), CARRIED, ids=str)
    def test_an_answer_goes_along_where_the_new_field_can_hold_it(self, was, now, value, number):
        base = {"key": "x", "label": "X", "level": "study"}
        found = changes.carried(base | was, base | now, {}, value)
        assert (found and found["number"]) == number

    def test_a_code_goes_to_the_one_it_was_mapped_to(self):
        now = WARD | {"options": [{"code": "b", "label": "B"}, {"code": "c", "label": "C"}]}
        mapping = {"codes": {"ward": {"a": "c"}}}
        assert changes.carried(WARD, now, mapping, {"code": "a"})["code"] == "c"
        assert changes.carried(WARD, now, {}, {"code": "a"}) is None
        several = {"codes": ["a", "b"]}
        many = changes.carried(WARD | {"kind": "multichoice"}, now | {"kind": "multichoice"},
                               mapping, several)  # fmt: skip
        assert many["codes"] == ["c", "b"]


@pytest.fixture
def review():
    return make_review()


@pytest.fixture
def lead(review):
    return review.created_by


@pytest.fixture
def people(review):
    names = ("ada", "ben", "cleo")
    roles = ("reviewer", "reviewer", "arbiter")
    return [join(review, make_user(name), role) for name, role in zip(names, roles, strict=True)]


@pytest.fixture
def form(review):
    return make_form(review)


def enter(study, form, person, submit=True, **typed):
    entry = extract.begin(study=study, form=form, actor=person)
    for field, given in typed.items():
        extract.save_cell(entry=entry, field=field, given=given, quote=f"{person} {field}")
    return extract.submit(entry=entry) if submit else entry


def next_version(form, lead, schema, **mapping):
    draft = formbuilder.new_version(form=form, actor=lead)
    draft.schema = schema
    draft.save(update_fields=["schema"])
    before = form.published.schema
    whole = changes.proposed(before, schema, mapping.get("renamed")) | mapping
    return formbuilder.publish(version=draft, actor=lead, mapping=whole)


def values(rows):
    return {cell.path: cell.value.get("number") or cell.value.get("code") for cell in rows}


@pytest.mark.django_db
class TestMoving:
    def test_a_begun_entry_moves_with_its_answers_under_their_new_names(
        self, review, lead, people, form
    ):
        study = make_study(review)
        entry = enter(study, form, people[0], submit=False, n="14", male="6")
        men = {"key": "men", "label": "Men", "kind": "integer", "level": "study"}
        next_version(form, lead, changed(drop=["male"], add=[men]), renamed={"male": "men"})
        assert list(moving.behind(form)) == [study]
        moving.move(study=study, form=form, actor=lead)
        entry.refresh_from_db()
        assert entry.version.number == 2
        assert values(entry.cells.all()) == {"n||": "14", "men||": "6"}
        assert not Former.objects.exists()
        assert list(moving.behind(form)) == []
        with pytest.raises(IllegalMove, match="nothing on an earlier"):
            moving.move(study=study, form=form, actor=lead)
        assert integrity.problems(review) == []
        event = Event.objects.get(action="study.move_version")
        assert event.data == {"form": form.pk, "was": 1, "now": 2, "again": []}  # and no answer
        assert verify(review) == []

    def test_what_is_removed_is_kept_in_history(self, review, lead, people, form):
        study = make_study(review)
        entry = enter(study, form, people[0], submit=False, n="14", male="6")
        next_version(form, lead, changed(drop=["male"]))
        moving.move(study=study, form=form, actor=lead)
        kept = Former.objects.get()
        assert (kept.entry, kept.name, kept.shown, kept.version.number) == (entry, "Men", "6", 1)
        assert kept.content["quote"] == "ada male"

    def test_two_fields_that_swap_names_do_not_collide(self, review, lead, people, form):
        study = make_study(review)
        entry = enter(study, form, people[0], submit=False, n="14", male="6", female="8")
        first = [
            {"key": key, "label": key, "kind": "integer", "level": "study"} for key in ("b", "a")
        ]
        next_version(form, lead, changed(drop=["male", "female"], add=first),
                     renamed={"male": "b", "female": "a"})  # fmt: skip
        moving.move(study=study, form=form, actor=lead)
        assert values(entry.cells.all()) == {"n||": "14", "b||": "6", "a||": "8"}

    def test_a_submitted_entry_comes_back_only_if_something_is_asked(
        self, review, lead, people, form
    ):
        study = make_study(review)
        entry = enter(study, form, people[0], n="14")
        next_version(form, lead, changed(n={"label": "N"}))
        moving.move(study=study, form=form, actor=lead)
        entry.refresh_from_db()
        assert entry.status == Entry.Status.SUBMITTED
        next_version(form, lead, changed(n={"label": "N"}, male={"required": True}))
        moving.move(study=study, form=form, actor=lead)
        entry.refresh_from_db()
        assert (entry.status, entry.again) == (Entry.Status.DRAFT, [])

    def test_several_versions_are_taken_one_after_the_other(self, review, lead, people, form):
        study = make_study(review)
        entry = enter(study, form, people[0], submit=False, n="14", male="6")
        for was, now in (("male", "men"), ("men", "boys")):
            field = {"key": now, "label": now, "kind": "integer", "level": "study"}
            schema = changed(form.published.schema, drop=[was], add=[field])
            next_version(form, lead, schema, renamed={was: now})
        moving.move(study=study, form=form, actor=lead)
        assert values(entry.cells.all()) == {"n||": "14", "boys||": "6"}


@pytest.fixture
def approved(review, people, form):
    ada, ben, cleo = people
    study = make_study(review)
    enter(study, form, ada, n="14", male="6", female="8")
    enter(study, form, ben, n="14", male="5", female="8")
    record = Record.objects.get()
    adjudication.give_opinion(cell=record.cells.get(path="male||"), person=ben, choice="first")
    return adjudication.approve(record=record, actor=cleo)


@pytest.mark.django_db
class TestReadingAgain:
    def test_an_untouched_record_stays_approved_with_what_was_said(
        self, review, lead, form, approved
    ):
        next_version(form, lead, changed(n={"help": "All of them."}))
        moving.move(study=approved.study, form=form, actor=lead)
        approved.refresh_from_db()
        assert (approved.status, approved.version.number) == (Record.Status.APPROVED, 2)
        assert approved.cells.get(path="male||").opinions.count() == 1
        assert integrity.problems(review) == []
        assert snapshots.contents(review, 1)["studies"][0]["records"][0]["version"] == 2

    def test_only_touched_cells_are_work_again(self, review, lead, people, form, approved):
        ada, ben, cleo = people
        next_version(form, lead, changed(add=[WARD], female={"unit": "women"}))
        assert moving.move(study=approved.study, form=form, actor=lead) == 2
        approved.refresh_from_db()
        entry = Entry.objects.get(extractor=ada)
        assert (approved.status, entry.status) == (Record.Status.COMPARING, Entry.Status.DRAFT)
        assert entry.again == ["female", "ward"]
        assert "female||" in values(entry.cells.all()), "one's own old answer is still there"
        assert set(values(approved.cells.all())) == {"n||", "male||"}
        assert [kept.name for kept in approved.former.all()] == ["Women"]
        assert integrity.problems(review) == []

        with pytest.raises(IllegalMove, match="compared already"):
            extract.save_cell(entry=entry, field="male", given="7")
        with pytest.raises(IllegalMove, match="read again"):
            adjudication.approve(record=approved, actor=cleo)
        extract.save_cell(entry=entry, field="ward", given="a")
        extract.submit(entry=entry)
        approved.refresh_from_db()
        assert not approved.cells.filter(field="ward").exists(), "the other has not read it yet"
        other = Entry.objects.get(extractor=ben)
        extract.save_cell(entry=other, field="ward", given="b")
        extract.submit(entry=other)

        stands = {c.path: (c.status, c.opinions.count()) for c in approved.cells.all()}
        assert stands == {
            "n||": ("closed", 0),
            "male||": ("closed", 1),
            "female||": ("closed", 0),
            "ward||": ("open", 0),
        }
        assert integrity.problems(review) == []
        adjudication.give_opinion(
            cell=approved.cells.get(field="ward"), person=ada, choice="second"
        )
        adjudication.approve(record=approved, actor=cleo)
        assert integrity.problems(review) == []
        assert verify(review) == []

    def test_a_value_that_no_longer_fits_one_side_is_asked_of_both(
        self, review, lead, form, approved
    ):
        next_version(form, lead, changed(male={"max": "5"}))
        moving.move(study=approved.study, form=form, actor=lead)
        entries = list(Entry.objects.order_by("pk"))
        assert [entry.again for entry in entries] == [["male||"], ["male||"]]
        assert not approved.cells.filter(path="male||").exists()
        assert Former.objects.filter(entry=entries[0]).get().shown == "6"
        content = approved.former.get().content
        assert content["opinions"][0]["choice"] == "first"
        assert [one["value"]["number"] for one in content["readings"]] == ["6", "5"]

    def test_units_the_record_has_taken_over_stay(self, review, lead, form, approved):
        next_version(form, lead, changed(add=[WARD]))
        moving.move(study=approved.study, form=form, actor=lead)
        entry = Entry.objects.order_by("pk").first()
        arm = extract.add_unit(entry=entry, kind="arm", label="Drug")
        with pytest.raises(IllegalMove, match="stay as they are"):
            extract.rename_unit(unit=arm, label="Other")

    @pytest.mark.parametrize(("names", "structure"), [
        (("Drug", "drug"), "confirmed"), (("Drug", "Treatment group"), "open"),
    ], ids=str)  # fmt: skip
    def test_arms_that_are_asked_for_the_first_time_are_aligned(
        self, review, lead, form, approved, names, structure
    ):
        dose = {"key": "dose", "label": "Dose", "kind": "decimal", "level": "arm"}
        next_version(form, lead, changed(add=[dose]))
        moving.move(study=approved.study, form=form, actor=lead)
        for entry, name in zip(Entry.objects.order_by("pk"), names, strict=True):
            arm = extract.add_unit(entry=entry, kind="arm", label=name)
            extract.save_cell(entry=entry, field="dose", arm=arm.pk, given="5")
            extract.submit(entry=entry)
        approved.refresh_from_db()
        assert approved.structure == structure
        if structure == "confirmed":
            assert approved.cells.get(field="dose").status == "closed"
        assert approved.cells.get(path="male||").opinions.count() == 1
        assert integrity.problems(review) == []
