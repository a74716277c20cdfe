"""The pages of extraction: what they answer, to whom, and what they never tell."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from extraction import adjudication, extract, formbuilder, lanes, snapshots, standing, studies
from extraction.models import Entry, Form, Opinion, Record, RecordCell, Snapshot, Study
from review.access import seat_of

from .factories import join, make_form, make_included, make_review, make_study, make_user

pytestmark = pytest.mark.django_db
CANARY, ARM = "4711", "Canary arm"
JSON = {"Accept": "application/json"}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def lead():
    return make_user("lead", first_name="Ines")


@pytest.fixture
def review(lead):
    return make_review(owner=lead)


def member(review, name, *roles, **more):
    return join(review, make_user(name, **more), *roles)


@pytest.fixture
def ada(review):
    return member(review, "ada", "reviewer", first_name="Augusta", last_name="Lovelace")


@pytest.fixture
def ben(review):
    return member(review, "ben", "reviewer", first_name="Benjamin", last_name="Franklin")


@pytest.fixture
def cleo(review):
    return member(review, "cleo", "arbiter", first_name="Cleopatra")


def as_user(user):
    client = Client()
    client.force_login(user)
    return client


def url(review, name, *args):
    return reverse(name, args=[review.pk, *args])


@pytest.fixture
def study(review):
    return make_study(review, "Study 2001")


@pytest.fixture
def form(review):
    return make_form(review)


@pytest.fixture
def entry(study, form, ada):
    return extract.begin(study=study, form=form, actor=ada)


def fill(entry, n="14", male="6"):
    arm = extract.add_unit(entry=entry, kind="arm", label=ARM)
    extract.save_cell(entry=entry, field="n", given=n, quote=f"quote {n}", page=3)
    extract.save_cell(entry=entry, field="male", given=male)
    extract.save_cell(entry=entry, field="treated", arm=arm.pk, given=n)
    return extract.submit(entry=entry)


@pytest.fixture
def record(study, form, ada, ben):
    """They differ on the men: 6 and 5."""
    for person, male in ((ada, "6"), (ben, "5")):
        fill(extract.begin(study=study, form=form, actor=person), male=male)
    return Record.objects.get()


def differing(record):
    return record.cells.get(path="male||")


class TestForms:
    def test_a_lead_builds_and_publishes_a_form(self, review, lead):
        client = as_user(lead)
        made = client.post(
            url(review, "extraction-form-new"), {"name": "Mine", "scope": "every", "starter": ""}
        )
        draft = Form.objects.get().versions.get()
        assert made.url == url(review, "extraction-form-draft", draft.pk)
        client.post(url(review, "section-add", draft.pk), {"title": "Patients"})
        asked = {"label": "Size of the group", "section": 0, "kind": "integer", "level": "study",
                 "min": "0"}  # fmt: skip
        assert client.post(url(review, "field-add", draft.pk, 0), asked).status_code == 302
        page = client.get(url(review, "extraction-form-draft", draft.pk)).content.decode()
        assert "Size of the group" in page and "size_of_the_group" in page
        client.post(url(review, "extraction-form-publish", draft.pk))
        assert Form.objects.get().published == draft

    def test_a_faulty_field_is_refused_where_it_was_typed(self, review, lead, form):
        draft = formbuilder.new_version(form=form, actor=lead)
        asked = {"label": "Design", "section": 0, "kind": "choice", "level": "study",
                 "options": "RCT"}  # fmt: skip
        answer = as_user(lead).post(url(review, "field-add", draft.pk, 0), asked)
        assert answer.status_code == 422
        assert "two answers or more" in answer.content.decode()

    def test_a_step_that_cannot_be_taken_is_said_on_the_page(self, review, lead, form):
        draft = formbuilder.new_version(form=form, actor=lead)
        answer = as_user(lead).post(url(review, "field-remove", draft.pk, "male"))
        assert answer.status_code == 422
        assert "parts add up" in answer.content.decode()

    def test_a_check_is_declared_from_its_own_form(self, review, lead, form):
        draft = formbuilder.new_version(form=form, actor=lead)
        client = as_user(lead)
        address = url(review, "check-add", draft.pk, "at_most")
        assert "Men" in client.get(address).content.decode()
        client.post(address, {"field": "male", "limit": "n"})
        draft.refresh_from_db()
        assert {"rule": "at_most", "field": "male", "limit": "n"} in draft.schema["checks"]

    def test_only_a_lead_builds(self, review, ada, form):
        draft = formbuilder.new_version(form=form, actor=review.created_by)
        assert as_user(ada).get(url(review, "extraction-form-draft", draft.pk)).status_code == 403


class TestStudies:
    def test_reports_become_studies(self, review, ada, form):
        report = make_included(review, title="A paper <b>in bold</b>")
        client = as_user(ada)
        page = client.get(url(review, "studies")).content.decode()
        assert "A paper &lt;b&gt;in bold&lt;/b&gt;" in page
        client.post(url(review, "study-adopt", report.pk))
        assert Study.objects.get().reports.get().report == report

    def test_all_at_once_and_joined_to_another(self, review, ada, study, form):
        client, extra = as_user(ada), make_included(review)
        client.post(url(review, "study-adopt", extra.pk), {"study": study.pk})
        assert study.reports.count() == 2
        for _ in range(2):
            make_included(review)
        client.post(url(review, "study-adopt-all"))
        assert Study.objects.count() == 3

    def test_a_source_outside_the_flow(self, review, lead):
        asked = {"label": "Old table", "citation": "Smith 1990, table 3"}
        answer = as_user(lead).post(url(review, "study-add-source"), asked)
        page = as_user(lead).get(answer.url).content.decode()
        assert "never counted in the flow" in page

    def test_the_list_says_what_is_mine_to_do(self, review, ada, ben, form, study, entry):
        def row(user):
            return as_user(user).get(url(review, "studies")).content.decode()

        assert "You are entering it" in row(ada)
        assert "Needs a second extractor" in row(ben)
        second = extract.begin(study=study, form=form, actor=ben)
        assert "Being extracted" in row(review.created_by)
        assert "You are entering it" in row(ada)
        fill(second)
        assert "You have submitted" in row(ben)
        assert "You are entering it" in row(ada)

    def test_a_form_for_sources_is_not_asked_of_papers(self, review, ada, study):
        asked = formbuilder.create(
            review=review, actor=ada, name="Tables", scope="sources",
            schema={"sections": [{"title": "S", "fields": [
                {"key": "x", "label": "X", "kind": "text", "level": "study"}]}]},
        )  # fmt: skip
        formbuilder.publish(version=asked.versions.get(), actor=ada)
        seat = seat_of(ada, review)
        assert (lanes.to_extract(review, seat), standing.of_study(study, seat)) == (0, [])
        source = studies.add_source(review=review, actor=ada, label="T", citation="T")
        assert lanes.to_extract(review, seat) == 1
        assert [f for f, _ in standing.of_study(source, seat)] == [asked]

    @pytest.mark.parametrize("name", ["studies", "consensus", "snapshots", "extraction-forms"])
    def test_lists_cost_the_same_for_many_rows(
        self, name, review, ada, ben, form, django_assert_max_num_queries
    ):
        for _ in range(12):
            study = make_study(review)
            for person in (ada, ben):
                fill(extract.begin(study=study, form=form, actor=person))
        client = as_user(ada)
        with django_assert_max_num_queries(20):  # of which the top bar takes some
            assert client.get(url(review, name)).status_code == 200


class TestSheet:
    def test_beginning_leads_to_the_sheet(self, review, ada, study, form):
        answer = as_user(ada).post(url(review, "entry-begin", study.pk, form.pk))
        page = as_user(ada).get(answer.url).content.decode()
        assert 'data-path="n||"' in page
        assert "0 of 4 cells" in page
        assert "Name the arms first." in page

    def save(self, user, review, entry, **cell):
        return as_user(user).post(url(review, "entry-save", entry.pk), cell, headers=JSON)

    def test_a_cell_is_saved_and_answered(self, review, ada, entry):
        answer = self.save(
            ada, review, entry, path="vas||", given="10,2 (1)", state="value", quote="Pain", page=4
        ).json()
        assert answer["counts"] == {"done": 1, "total": 4, "checks": 1}
        assert "lies outside the scale 0 to 10" in answer["says"]["vas||"]
        assert answer["looks"]["vas||"] == "check"
        assert "10.2 ± 1" in answer["cell"], "how it was read stands beside what was typed"
        assert entry.cells.get().page == 4

    def test_a_refused_value_keeps_what_was_typed(self, review, ada, entry):
        answer = self.save(ada, review, entry, path="n||", given="<i>many</i>")
        assert answer.status_code == 422
        cell = answer.json()["cell"]
        assert "is not a number" in cell and 'value="&lt;i&gt;many&lt;/i&gt;"' in cell
        assert not entry.cells.exists()

    def test_a_second_window_is_told_both_values(self, review, ada, entry):
        self.save(ada, review, entry, path="n||", given="7", seen="")
        late = self.save(ada, review, entry, path="n||", given="8", seen="")
        assert late.status_code == 409
        assert "There: <b>7</b>. Here: <b>8</b>" in late.json()["cell"]
        assert entry.cells.get().value["number"] == "7"

    @pytest.mark.parametrize("path", ["gone||", "n|1|", "n", "n|x|", "treated||", ""])
    def test_a_cell_that_is_not_there(self, review, ada, entry, path):
        answer = self.save(ada, review, entry, path=path, given="7")
        assert answer.status_code in (404, 409, 422)
        assert not entry.cells.exists()

    def test_a_page_that_is_no_page(self, review, ada, entry):
        answer = self.save(ada, review, entry, path="n||", given="7", page="four")
        assert answer.status_code == 422
        assert not entry.cells.exists()

    def test_a_warning_is_confirmed(self, review, ada, entry):
        said = self.save(ada, review, entry, path="vas||", given="10.2").json()["says"]["vas||"]
        assert "Confirm as printed" in said
        text = "10.2 lies outside the scale 0 to 10."
        answer = as_user(ada).post(
            url(review, "entry-confirm", entry.pk), {"path": "vas||", "text": text}, headers=JSON
        )
        assert answer.json()["counts"]["checks"] == 0

    def test_without_script_one_button_saves_all(self, review, ada, entry):
        client = as_user(ada)
        client.post(url(review, "entry-save-all", entry.pk), {"n||": "7", "male||": "3"})
        assert entry.cells.count() == 2
        refused = client.post(url(review, "entry-save-all", entry.pk), {"n||": "x", "vas||": "5"})
        assert refused.status_code == 422
        assert "is not a number" in refused.content.decode()
        assert entry.cells.count() == 2

    def test_without_script_a_cell_has_a_page_of_its_own(self, review, ada, entry):
        client = as_user(ada)
        address = url(review, "entry-cell", entry.pk) + "?path=n||"
        assert client.get(address).status_code == 200
        data = {"path": "n||", "given": "7", "state": "value", "quote": "seven", "page": 2}
        assert client.post(address, data).status_code == 302
        assert entry.cells.get().quote == "seven"
        assert client.post(address, data | {"given": "x"}).status_code == 422

    def test_units(self, review, ada, entry):
        client = as_user(ada)
        client.post(url(review, "unit-add", entry.pk), {"kind": "arm", "label": "<CBT>"})
        unit = entry.units.get()
        assert "&lt;CBT&gt;" in client.get(url(review, "entry", entry.pk)).content.decode()
        client.post(url(review, "unit", unit.pk), {"kind": "arm", "label": "Sham"})
        client.post(url(review, "unit-add", entry.pk), {"kind": "arm", "label": "CBT"})
        client.post(url(review, "unit-move", unit.pk), {"by": "1"})
        assert [str(u) for u in entry.units.all()] == ["CBT", "Sham"]
        client.post(url(review, "unit-remove", unit.pk))
        assert [str(u) for u in entry.units.all()] == ["CBT"]
        assert client.post(url(review, "unit-add", entry.pk), {"kind": "arm"}).status_code == 422

    def test_what_is_missing_is_listed_at_submission(self, review, ada, entry):
        answer = as_user(ada).post(url(review, "entry-submit", entry.pk))
        assert answer.status_code == 422
        assert '<a href="#cell-n||">Patients is empty</a>' in answer.content.decode()

    def test_submitted_withdrawn_and_read_only(self, review, ada, entry):
        fill(entry)
        client = as_user(ada)
        page = client.get(url(review, "entry", entry.pk)).content.decode()
        assert "Withdraw to change it" in page and 'name="n||"' not in page
        client.post(url(review, "entry-withdraw", entry.pk))
        assert Entry.objects.get().status == "draft"

    def test_nobody_else_finds_the_entry(self, review, ben, lead, cleo, entry):
        for user, status in ((ben, 404), (lead, 403), (cleo, 403), (make_user(), 404)):
            for name in ("entry", "entry-cell"):
                assert as_user(user).get(url(review, name, entry.pk)).status_code == status


class TestConsensus:
    def test_the_two_see_only_what_differs_with_both_quotes(self, review, ada, record):
        page = as_user(ada).get(url(review, "record-compare", record.pk)).content.decode()
        assert '<span id="left">1</span> left' in page
        assert "Benjamin Franklin" in page and "You" in page
        assert page.index("Take A") < page.index("Take B")

    def test_conceding_by_one_key_closes_the_cell(self, review, ada, ben, record):
        address = url(review, "record-opinion", differing(record).pk)
        answer = as_user(ben).post(address, {"choice": "b"}, headers=HTMX)
        assert "stands as <b>6</b>" in answer.content.decode()
        assert 'id="left" hx-swap-oob="true">0<' in answer.content.decode()
        assert differing(record).origin == "first"

    def test_my_own_side_is_always_a(self, review, ada, record):
        as_user(ada).post(url(review, "record-opinion", differing(record).pk), {"choice": "a"})
        assert Opinion.objects.get().choice == "first"

    def test_a_proposal_is_agreed_to_with_one_button(self, review, ada, ben, record):
        address = url(review, "record-opinion", differing(record).pk)
        as_user(ada).post(address, {"choice": "other", "given": "7", "note": "recount"})
        page = as_user(ben).get(url(review, "record-compare", record.pk)).content.decode()
        assert "Agree to 7" in page and "recount" in page
        as_user(ben).post(address, {"choice": "proposal"})
        assert (differing(record).origin, differing(record).value["number"]) == ("rewritten", "7")

    def test_what_the_other_closed_meanwhile_stays_closed(self, review, ada, ben, record):
        address = url(review, "record-opinion", differing(record).pk)
        as_user(ada).post(address, {"choice": "b", "seen": "open"}, headers=HTMX)
        answer = as_user(ben).post(address, {"choice": "b", "seen": "open"}, headers=HTMX)
        assert answer.status_code == 409
        assert "spoken meanwhile" in answer.content.decode()
        assert differing(record).origin == "second"

    def test_a_bad_value_is_said_at_the_cell(self, review, ada, record):
        address = url(review, "record-opinion", differing(record).pk)
        answer = as_user(ada).post(address, {"choice": "other", "given": "few"}, headers=HTMX)
        assert answer.status_code == 422
        assert (
            "is not a number" in answer.content.decode()
            and 'value="few"' in answer.content.decode()
        )

    def test_a_third_person_settles_without_names(self, review, ada, cleo, record):
        cell = differing(record)
        as_user(ada).post(url(review, "record-opinion", cell.pk), {"choice": "third"})
        client = as_user(cleo)
        page = client.get(url(review, "record-settle", record.pk)).content.decode()
        for name in ("Augusta", "Lovelace", "Benjamin", "Franklin"):
            assert name not in page
        first = page.split('class="value')[1].split(">")[1].split("<")[0]
        client.post(url(review, "record-rule", cell.pk), {"choice": "a"})
        cell.refresh_from_db()
        assert cell.value["number"] == first, "A is what the page called A"
        assert cell.decided_by == cleo

    def test_sides_have_no_ones_order(self, review, ada, ben, cleo, form):
        """For a third person A is now one of the two, now the other; always the same at a cell."""
        for _ in range(8):
            study = make_study(review)
            for person, male in ((ada, "6"), (ben, "5")):
                fill(extract.begin(study=study, form=form, actor=person), male=male)
        orders = []
        for cell in RecordCell.objects.filter(path="male||"):
            adjudication.give_opinion(cell=cell, person=ada, choice="escalated")
            pages = [
                as_user(cleo).get(url(review, "record-settle", cell.record_id)).content.decode()
                for _ in range(2)
            ]
            seen = [page.index(">6<") < page.index(">5<") for page in pages]
            assert seen[0] == seen[1]
            orders.append(seen[0])
        assert len(set(orders)) == 2

    def test_approved_reopened_and_told_why(self, review, ada, ben, cleo, lead, record):
        adjudication.give_opinion(cell=differing(record), person=ben, choice="first")
        assert as_user(ada).post(url(review, "record-approve", record.pk)).status_code == 403
        client = as_user(cleo)
        assert "Approve the study" in client.get(url(review, "record", record.pk)).content.decode()
        client.post(url(review, "record-approve", record.pk))
        assert Record.objects.get().approved_by == cleo
        assert client.post(url(review, "record-reopen", record.pk)).status_code == 422
        client.post(url(review, "record-reopen", record.pk), {"reason": "erratum"})
        assert Record.objects.get().status == "comparing"

    def test_wrong_state_is_409_in_words(self, review, cleo, record):
        answer = as_user(cleo).post(url(review, "record-approve", record.pk))
        assert answer.status_code == 409
        assert "1 cell is still open" in answer.content.decode()

    def test_where_a_number_came_from(self, review, ada, ben, cleo, record):
        adjudication.give_opinion(cell=differing(record), person=ada, choice="escalated")
        adjudication.rule(cell=differing(record), arbiter=cleo, choice="second", note="Table 2")
        adjudication.approve(record=record, actor=cleo)
        watcher = member(review, "vera", "observer")
        page = as_user(watcher).get(url(review, "record-cell", differing(record).pk))
        text = page.content.decode()
        for said in ("Augusta Lovelace", "Benjamin Franklin", "Cleopatra", "Table 2", ">6<", ">5<"):
            assert said in text
        nameless = member(review, "stat", "statistician")
        text = as_user(nameless).get(url(review, "record-cell", record.cells.get(path="n||").pk))
        assert "quote 14" in text.content.decode() and "Augusta" not in text.content.decode()


class TestSnapshots:
    @pytest.fixture
    def approved(self, record, ben, cleo):
        adjudication.give_opinion(cell=differing(record), person=ben, choice="first")
        return adjudication.approve(record=record, actor=cleo)

    def test_frozen_listed_shown_and_downloaded(self, review, lead, approved):
        client = as_user(lead)
        shown = client.post(url(review, "snapshot-freeze"), {"note": "first"}, follow=True)
        assert "Study 2001" in shown.content.decode()
        snapshot = Snapshot.objects.get()
        assert snapshot.sha256[:12] in client.get(url(review, "snapshots")).content.decode()
        download = client.get(url(review, "snapshot-download", snapshot.pk))
        assert download.content.decode() == snapshot.content
        assert json.loads(download.content)["number"] == 1

    def test_nothing_approved(self, review, lead, record):
        answer = as_user(lead).post(url(review, "snapshot-freeze"), {"note": ""})
        assert answer.status_code == 409
        assert "Nothing is approved yet" in answer.content.decode()

    def test_a_statistician_freezes_and_reads_no_names(self, review, approved):
        stat = as_user(member(review, "stat", "statistician"))
        snapshots.freeze(review=review, actor=review.created_by)
        for name in ("snapshots", "snapshot"):
            args = [Snapshot.objects.get().pk] if name == "snapshot" else []
            assert "Ines" not in stat.get(url(review, name, *args)).content.decode()
        assert stat.post(url(review, "snapshot-freeze"), {"note": ""}).status_code == 302

    def test_an_extractor_does_not_freeze(self, review, ada, approved):
        assert as_user(ada).post(url(review, "snapshot-freeze")).status_code == 403


class TestBlinding:
    """Ada's numbers and names hold canaries; nobody may meet one before they should."""

    LISTS = ("studies", "consensus", "snapshots", "extraction-forms")

    def pages(self, user, review):
        """Every page of extraction this person can address, with its own entry where it has one."""
        client, places = as_user(user), [(name, []) for name in self.LISTS]
        for study in Study.objects.all():
            places.append(("study", [study.pk]))
        for entry in Entry.objects.all():
            places += [("entry", [entry.pk]), ("unit", [entry.pk])]
        for record in Record.objects.all():
            places += [(n, [record.pk]) for n in ("record", "record-compare", "record-settle")]
            places += [("record-cell", [cell.pk]) for cell in record.cells.all()]
        for name, args in places:
            answer = client.get(url(review, name, *args), follow=True)
            yield name, answer.content.decode()

    @pytest.fixture
    def others(self, review, ben, lead, cleo):
        roles = {"vera": "observer", "stat": "statistician", "dora": "reviewer"}
        return [ben, lead, cleo, *(member(review, name, role) for name, role in roles.items())]

    def test_one_submitted_entry_is_seen_by_nobody(self, review, study, form, entry, ben, others):
        fill(entry, n=CANARY)
        extract.begin(study=study, form=form, actor=ben)
        for person in others:
            for name, page in self.pages(person, review):
                assert CANARY not in page and ARM not in page, (str(person), name)
                assert "Lovelace" not in page, (str(person), name)

    def test_progress_of_the_other_changes_nothing_that_one_sees(
        self, review, study, form, entry, ben
    ):
        second = extract.begin(study=study, form=form, actor=ben)

        def seen():
            page = as_user(ben).get(url(review, "studies")).content.decode()
            return page.split("<table")[1].split("</table")[0]

        before = seen()
        extract.save_cell(entry=entry, field="n", given=CANARY)
        assert seen() == before
        extract.submit(entry=entry)
        assert seen() == before
        assert second.status == "draft"

    def test_while_comparing_the_two_see_all_and_others_no_value_or_no_name(
        self, review, study, form, entry, ben, others
    ):
        fill(entry, n=CANARY)
        fill(extract.begin(study=study, form=form, actor=ben), n="13")
        ben, lead, cleo, *rest = others
        assert any(CANARY in page for _, page in self.pages(ben, review))
        for person in (lead, cleo):
            for name, page in self.pages(person, review):
                assert "Lovelace" not in page and "Franklin" not in page, (str(person), name)
        for person in rest:
            for name, page in self.pages(person, review):
                assert CANARY not in page and ARM not in page, (str(person), name)

    def test_the_lead_may_let_the_third_person_see_names(self, review, ada, cleo, record):
        review.arbiter_sees_names = True
        review.save(update_fields=["arbiter_sees_names"])
        adjudication.give_opinion(cell=differing(record), person=ada, choice="escalated")
        page = as_user(cleo).get(url(review, "record-settle", record.pk)).content.decode()
        assert "Lovelace" in page


def test_lanes_count_what_waits(review, ada, ben, cleo, study, form):
    def count(user):
        seat = seat_of(user, review)
        return [
            lane(review, seat)
            for lane in (lanes.to_extract, lanes.to_compare, lanes.to_settle, lanes.to_approve)
        ]

    assert count(ada) == [1, 0, 0, 0]
    for person, male in ((ada, "6"), (ben, "5")):
        fill(extract.begin(study=study, form=form, actor=person), male=male)
    assert (count(ada), count(cleo)) == ([0, 1, 0, 0], [0, 0, 0, 0])
    record = Record.objects.get()
    adjudication.give_opinion(cell=differing(record), person=ada, choice="escalated")
    assert (count(ada), count(cleo)) == ([0, 0, 0, 0], [0, 0, 1, 0])
    adjudication.rule(cell=differing(record), arbiter=cleo, choice="first")
    assert count(cleo) == [0, 0, 0, 1]
