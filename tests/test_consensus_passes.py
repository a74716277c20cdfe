"""Pass 1 settles which arms and outcomes belong together, pass 2 the values; nothing is lost."""

import pytest
from django.urls import reverse

from extraction import adjudication, extract, integrity
from extraction.comparing.differences import Kind
from extraction.consensus import building, differing, harmless, structure
from extraction.models import HarmlessRule, Opinion, Record, RecordCell
from review.ledger import verify
from review.models import Event, IllegalMove

from .factories import join, make_form, make_review, make_study, make_user

pytestmark = pytest.mark.django_db
Choice, Structure = Opinion.Choice, Record.Structure
SCHEMA = {
    "sections": [{"title": "Study", "fields": [
        {"key": "n", "label": "Patients", "kind": "integer", "level": "arm"},
        {"key": "age", "label": "Age", "kind": "decimal", "level": "arm"},
        {"key": "score", "label": "Score", "kind": "mean_sd", "level": "outcome", "by_arm": True},
        {"key": "note", "label": "Remark", "kind": "text", "level": "study"},
    ]}],
}  # fmt: skip


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


@pytest.fixture
def study(review):
    return make_study(review), make_form(review, SCHEMA)


def enter(study, person, arms, **typed):
    """One submitted entry with one outcome; ``arms`` maps a label to (n, age, score)."""
    study, form = study
    entry = extract.begin(study=study, form=form, actor=person)
    pain = extract.add_unit(entry=entry, kind="outcome", label="Pain", detail="8 weeks").pk
    for label, (n, age, score) in arms.items():
        arm = extract.add_unit(entry=entry, kind="arm", label=label).pk
        for field, given, outcome in (("n", n, None), ("age", age, None), ("score", score, pain)):
            extract.save_cell(entry=entry, field=field, arm=arm, outcome=outcome, given=given)
    for field, given in typed.items():
        extract.save_cell(entry=entry, field=field, given=given)
    return extract.submit(entry=entry)


ADA = {"CBT-I": ("48", "51.3", "11.3 (4.9)"), "Usual care": ("47", "50", "13.2 (5.2)")}
BEN = {"TAU": ("47", "50", "13.2 (5.2)"), "Cognitive therapy": ("48", "51", "11.3 (0.71)")}


@pytest.fixture
def record(study, ada, ben):
    enter(study, ada, ADA)
    enter(study, ben, BEN)
    return Record.objects.get()


def again(record):
    return Record.objects.get(pk=record.pk)


def agreed(record, *people):
    """Everybody confirms what was proposed."""
    for person in people:
        structure.confirm(record=record, person=person, groups=building.proposed(record))
    return again(record)


def unit(record, side, label):
    return next(u for u in building.settled_entries(record)[side].units.all() if u.label == label)


def cells(record, field):
    return {str(c.arm): c for c in record.cells.filter(field=field).select_related("arm")}


class TestStructure:
    def test_named_alike_is_confirmed_without_asking_and_said_so(self, study, ada, ben):
        enter(study, ada, ADA)
        enter(study, ben, {"usual care": ADA["Usual care"], "CBT-I": ADA["CBT-I"]})
        record = Record.objects.get()
        assert (record.structure, record.proposal["certain"]) == (Structure.CONFIRMED, True)
        assert Event.objects.get(action="record.open").data["structure"] == "confirmed"
        assert not record.cells.exclude(status="closed").exists()

    def test_named_otherwise_waits_for_both(self, record, ada, ben):
        assert record.structure == Structure.OPEN
        with pytest.raises(IllegalMove, match="belong together"):
            adjudication.give_opinion(cell=record.cells.first(), person=ada, choice=Choice.FIRST)
        assert agreed(record, ada).structure == Structure.OPEN
        assert agreed(record, ben).structure == Structure.CONFIRMED

    def test_values_travel_with_their_arm(self, record, ada, ben):
        record = agreed(record, ada, ben)
        score = cells(record, "score")
        assert set(score) == {"CBT-I", "Usual care"}
        assert score["Usual care"].status == "closed"
        assert score["CBT-I"].second.value["sd"] == "0.71"
        assert integrity.problems(record.study.review) == []

    def test_the_third_person_rules_where_it_was_left_to_them(self, record, ada, cleo):
        groups = building.proposed(record)
        with pytest.raises(IllegalMove, match="not left"):
            structure.confirm(record=record, person=cleo, groups=groups)
        structure.leave(record=record, person=ada, note="cannot tell")
        assert again(record).structure == Structure.ESCALATED
        structure.confirm(record=record, person=cleo, groups=groups)
        assert again(record).structure == Structure.CONFIRMED
        with pytest.raises(IllegalMove, match="Only they"):
            structure.leave(record=record, person=ada)
        assert adjudication.has_settled(cleo, record.study)

    def test_two_who_differ_confirm_nothing(self, record, ada, ben):
        alone = [([u.pk], []) for u in building.settled_entries(record)[0].units.all()]
        alone += [([], [u.pk]) for u in building.settled_entries(record)[1].units.all()]
        agreed(record, ada)
        structure.confirm(record=record, person=ben, groups=alone)
        assert again(record).structure == Structure.OPEN
        structure.confirm(record=record, person=ada, groups=alone)
        assert again(record).structure == Structure.CONFIRMED
        assert record.cells.filter(field="n").count() == 4
        assert integrity.problems(record.study.review) == []

    @pytest.mark.parametrize("wrong", ["missing", "twice", "mixed", "several", "only one side"])
    def test_what_cannot_be_is_refused(self, record, ada, wrong):
        (a, b), (x, y) = (
            [u.pk for u in entry.units.filter(kind="arm")]
            for entry in building.settled_entries(record)
        )
        p, q = (e.units.get(kind="outcome").pk for e in building.settled_entries(record))
        groups = {
            "missing": [([a], [x]), ([p], [q])],
            "twice": [([a], [x]), ([a], [y]), ([b], []), ([p], [q])],
            "mixed": [([a], [q]), ([b], [x]), ([], [y]), ([p], [])],
            "several": [([a, b], [x, y]), ([p], [q])],
            "only one side": [([a, b], []), ([], [x]), ([], [y]), ([p], [q])],
        }[wrong]
        with pytest.raises(IllegalMove):
            structure.confirm(record=record, person=ada, groups=groups)

    def test_nobody_else_has_a_voice_and_an_approved_study_stays(self, record, review, ada, ben):
        dora = join(review, make_user("dora"), "reviewer")
        with pytest.raises(IllegalMove):
            structure.confirm(record=record, person=dora, groups=building.proposed(record))
        record = agreed(record, ada, ben)
        Record.objects.filter(pk=record.pk).update(status="approved")
        with pytest.raises(IllegalMove, match="approved"):
            structure.leave(record=record, person=ada)


class TestCorrecting:
    def test_opinions_stay_where_the_two_readings_stay(self, record, ada, ben):
        record = agreed(record, ada, ben)
        kept = cells(record, "age")["CBT-I"]
        adjudication.give_opinion(cell=kept, person=ada, choice=Choice.ESCALATED)
        score = cells(record, "score")["CBT-I"]
        adjudication.give_opinion(cell=score, person=ada, choice=Choice.FIRST)
        ours, theirs = unit(record, 0, "Usual care"), unit(record, 1, "TAU")
        parted = [g for g in building.proposed(record) if ours.pk not in g[0]]
        parted += [([ours.pk], []), ([], [theirs.pk])]
        for person in (ada, ben):
            structure.confirm(record=record, person=person, groups=parted)
        record = again(record)
        assert RecordCell.objects.get(pk=kept.pk).status == "escalated"
        assert RecordCell.objects.get(pk=score.pk).opinions.count() == 1
        assert record.cells.filter(field="n").count() == 3
        assert integrity.problems(record.study.review) == []

    def test_what_was_said_of_a_cell_that_is_no_more_is_in_the_ledger(self, record, ada, ben):
        record = agreed(record, ada, ben)
        gone = cells(record, "score")["CBT-I"]
        adjudication.give_opinion(cell=gone, person=ada, choice=Choice.FIRST)
        alone = [([u.pk], []) for u in building.settled_entries(record)[0].units.all()]
        alone += [([], [u.pk]) for u in building.settled_entries(record)[1].units.all()]
        for person in (ada, ben):
            structure.confirm(record=record, person=person, groups=alone)
        event = Event.objects.filter(action="structure.confirm").last()
        assert event.data["dropped"] == {gone.path: [[ada.pk, "first"]]}
        assert (
            verify(record.study.review).ok if hasattr(verify(record.study.review), "ok") else True
        )

    def test_merged_arms_keep_both_readings_and_ask_for_one_value(self, study, ada, ben, cleo):
        enter(
            study, ada, {"Drug 10 mg": ("31", "50", "5 (1)"), "Drug 20 mg": ("33", "50", "6 (1)")}
        )
        enter(study, ben, {"Drug": ("64", "50", "5.5 (1.1)")})
        record = agreed(Record.objects.get(), ada, ben)
        n, age = cells(record, "n")["Drug"], cells(record, "age")["Drug"]
        assert [c.value["number"] for c in (n.first, *n.also.all())] == ["31", "33"]
        assert (age.status, age.origin) == ("closed", "same")
        found, _ = differing.of_one(record, n)
        assert (found.kind, found.word) == (Kind.MERGED, "merged arms, 64 together")
        with pytest.raises(IllegalMove, match="several values"):
            adjudication.give_opinion(cell=n, person=ben, choice=Choice.FIRST)
        adjudication.give_opinion(cell=n, person=ada, choice=Choice.SECOND)
        assert RecordCell.objects.get(pk=n.pk).value["number"] == "64"
        assert integrity.problems(record.study.review) == []


class TestHarmless:
    def test_nothing_is_agreed_until_the_lead_says_so(self, record, ada, ben):
        record = agreed(record, ada, ben)
        told = {
            str(differing.of_one(record, c)[0].kind) for c in record.cells.filter(status="open")
        }
        assert told == {"rounding", "conversion"}

    def test_the_rule_agrees_rounding_but_never_an_se_typed_as_sd(self, record, review, ada, ben):
        record = agreed(record, ada, ben)
        harmless.set_rule(review=review, actor=review.created_by, kinds=["rounding", "conversion"])
        age, score = cells(record, "age")["CBT-I"], cells(record, "score")["CBT-I"]
        assert (age.status, age.value["number"], age.by_rule) == ("closed", "51.3", "rounding")
        assert "by the rule" in age.note
        assert score.status == "open"
        event = Event.objects.get(action="cell.agree_by_rule")
        assert event.data["cells"] == {age.path: "rounding"}
        assert integrity.problems(review) == []
        adjudication.give_opinion(cell=age, person=ben, choice=Choice.SECOND)
        assert RecordCell.objects.get(pk=age.pk).status == "open"
        assert integrity.problems(review) == []

    def test_it_speaks_as_soon_as_the_arms_are_confirmed(self, study, review, ada, ben):
        harmless.set_rule(review=review, actor=review.created_by, kinds=["rounding"])
        enter(study, ada, ADA)
        enter(study, ben, BEN)
        record = Record.objects.get()
        assert not record.cells.exclude(by_rule="").exists()
        record = agreed(record, ada, ben)
        assert cells(record, "age")["CBT-I"].by_rule == "rounding"

    def test_only_what_can_be_harmless(self, review):
        with pytest.raises(IllegalMove):
            harmless.set_rule(review=review, actor=review.created_by, kinds=["real"])
        assert harmless.kinds_of(review) == ()

    def test_accepting_all_closes_where_one_gives_way(self, record, ada, ben):
        record = agreed(record, ada, ben)
        assert harmless.accept(record=record, person=ada, kind="rounding") == (0, 1)
        assert harmless.accept(record=record, person=ben, kind="rounding", key="k") == (1, 1)
        assert harmless.accept(record=record, person=ben, kind="rounding", key="k") == (0, 0)
        assert cells(record, "age")["CBT-I"].value["number"] == "51.3"
        assert harmless.accept(record=record, person=ben, kind="conversion") == (0, 0)

    def test_a_third_person_accepts_only_what_was_left_to_them(self, record, ada, ben, cleo):
        record = agreed(record, ada, ben)
        assert harmless.accept(record=record, person=cleo, kind="rounding") == (0, 0)
        age = cells(record, "age")["CBT-I"]
        adjudication.give_opinion(cell=age, person=ada, choice=Choice.ESCALATED)
        assert harmless.accept(record=record, person=cleo, kind="rounding") == (1, 1)
        assert RecordCell.objects.get(pk=age.pk).decided_by == cleo


class TestPages:
    def post(self, client, record, **said):
        url = reverse("record-structure", args=[record.study.review_id, record.pk])
        return client.post(url, said)

    def test_both_confirm_on_the_page_and_come_to_the_values(self, record, client, ada, ben):
        client.force_login(ada)
        page = client.get(
            reverse("record-compare", args=[record.study.review_id, record.pk]), follow=True
        )
        html = page.content.decode()
        assert "What belongs together" in html and "both read 48" in html and "TAU" in html
        self.post(client, record, do="confirm", **self.rows(page))
        assert again(record).structure == Structure.OPEN
        client.force_login(ben)
        page = client.get(reverse("record-structure", args=[record.study.review_id, record.pk]))
        assert "confirmed these rows" in page.content.decode()
        assert self.post(client, record, do="confirm", **self.rows(page)).status_code == 302
        page = client.get(reverse("record-compare", args=[record.study.review_id, record.pk]))
        html = page.content.decode()
        assert "SE for SD" in html and "Accept all of this type" in html

    def test_who_has_other_rows_is_said_in_their_person(self, record, client, ada, ben):
        url = reverse("record-structure", args=[record.study.review_id, record.pk])
        client.force_login(ben)
        rows = self.rows(client.get(url))
        self.post(client, record, do="confirm", **rows)
        client.force_login(ada)
        own = rows | {next(iter(rows)): ""}
        self.post(client, record, do="confirm", **own)
        assert "You</b> confirmed these rows" in client.get(url).content.decode()
        theirs = record.structure_opinions.get(person=ben)
        assert "You</b> have other rows" in client.get(f"{url}?by={theirs.pk}").content.decode()

    def rows(self, page):
        return {
            f"unit-{bone.unit.pk}": row.number
            for _, rows, _ in page.context["skeleton"].parts
            for row in rows
            for side in row.sides
            for bone in side
        }

    def test_arranging_saves_nothing(self, record, client, ada):
        client.force_login(ada)
        page = self.post(client, record, do="arrange")
        assert all(row.alone for _, rows, _ in page.context["skeleton"].parts for row in rows)
        assert not record.structure_opinions.exists()

    def test_splitting_takes_one_row_apart(self, record, client, ada):
        client.force_login(ada)
        page = client.get(reverse("record-structure", args=[record.study.review_id, record.pk]))
        page = self.post(client, record, do="split:arm-1", **self.rows(page))
        rows = page.context["skeleton"].parts[0][1]
        assert sorted(row.alone for row in rows) == [False, True, True]

    def test_others_see_neither_page(self, record, review, client, cleo):
        dora = join(review, make_user("dora"), "reviewer")
        client.force_login(dora)
        url = reverse("record-structure", args=[review.pk, record.pk])
        assert client.get(url).status_code == 302
        assert self.post(client, record, do="third").status_code == 409
        client.force_login(cleo)
        assert client.get(url).status_code == 200

    def test_the_rule_is_set_on_the_page_of_the_step(self, review, client):
        client.force_login(review.created_by)
        client.post(reverse("consensus-rule", args=[review.pk]), {"kinds": ["rounding"]})
        assert HarmlessRule.objects.get().kinds == ["rounding"]
        assert (
            "Harmless differences"
            in client.get(reverse("consensus", args=[review.pk])).content.decode()
        )

    def test_the_third_person_sees_no_name_and_one_order_in_a_record(
        self, record, client, ada, ben, cleo
    ):
        record = agreed(record, ada, ben)
        for cell in record.cells.filter(status="open"):
            adjudication.give_opinion(cell=cell, person=ada, choice=Choice.ESCALATED)
        client.force_login(cleo)
        page = client.get(reverse("record-settle", args=[record.study.review_id, record.pk]))
        sides = [
            side.words
            for diff in [*page.context["meeting"].serious, *page.context["meeting"].harmless]
            for side in diff.sides
        ]
        assert sides in (
            ["11.3 ± 4.9", "11.3 ± 0.71", "51.3", "51"],
            ["11.3 ± 0.71", "11.3 ± 4.9", "51", "51.3"],
        )
        assert "ada" not in page.content.decode().replace("data", "")
