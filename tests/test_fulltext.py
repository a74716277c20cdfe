"""Step 4: full texts are sought, obtained or given up, and judged with a reason."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from review import files, fulltext, screening
from review.models import ExclusionReason, IllegalMove, Report, Screening, Stage, StoredFile

from .factories import join, make_reference, make_review, make_user, open_screening

pytestmark = pytest.mark.django_db


@pytest.fixture
def review():
    return make_review()


@pytest.fixture
def people(review):
    return [join(review, make_user(), "reviewer") for _ in range(3)]


@pytest.fixture
def report(review, people):
    """A record that passed title and abstract; nobody has looked for its paper yet."""
    record = open_screening(make_reference(review))
    for person in people[:2]:
        screening.cast_vote(screening=record, reviewer=person, verdict="include")
    return record.reference.report


@pytest.fixture
def reasons(review):
    return [
        ExclusionReason.objects.create(
            review=review, stage=Stage.FULL_TEXT, text=text, position=place
        )
        for place, text in enumerate(["Wrong population", "Wrong design"])
    ]


def pdf(text="one", name="paper.pdf"):
    return SimpleUploadedFile(name, f"%PDF-1.4 {text}".encode())


def record_of(report):
    return Screening.objects.get(reference=report.reference_id, stage=Stage.FULL_TEXT)


def move(report, person, status, route=""):
    return fulltext.move(report=report, actor=person, status=status, route=route)


def attach(report, person, upload=None):
    return fulltext.attach(report=report, actor=person, upload=upload or pdf())


def vote(report, person, verdict="include", reason=None):
    return screening.cast_vote(
        screening=record_of(report), reviewer=person, verdict=verdict, reason=reason
    )


class TestRetrieval:
    def test_a_move_keeps_its_route_its_moment_and_its_event(self, review, report, people):
        before = report.status_at
        moved = move(report, people[0], "requested", "Interlibrary loan 12")
        assert (moved.status, moved.route) == ("requested", "Interlibrary loan 12")
        assert moved.status_at > before
        event = review.events.last()
        assert (event.action, event.actor) == ("report.move", people[0])
        assert event.data["route"] == "Interlibrary loan 12"

    def test_what_cannot_be_had_is_set_aside_and_can_come_back(self, report, people):
        move(report, people[0], "not_retrievable", "Library closed")
        assert record_of(report).status == "set_aside"
        with pytest.raises(IllegalMove, match="out of screening"):
            vote(report, people[0])
        move(report, people[0], "obtained", "Author")
        assert record_of(report).status == "waiting"

    def test_a_move_that_is_not_possible_says_so(self, report, people):
        move(report, people[0], "obtained", "Library")
        with pytest.raises(IllegalMove, match="“Obtained” and cannot become “Not retrievable”"):
            move(report, people[0], "not_retrievable")

    def test_a_settled_record_keeps_its_paper(self, report, people):
        move(report, people[0], "obtained", "Library")
        vote(report, people[0])
        vote(report, people[1])
        with pytest.raises(IllegalMove, match="Open it again first"):
            move(report, people[0], "sought")

    def test_a_record_opened_again_before_takes_no_move(self, report, people):
        first = Screening.objects.get(reference=report.reference_id, stage=Stage.TITLE_ABSTRACT)
        screening.reopen(screening=first, actor=people[2], why="Misread")
        with pytest.raises(IllegalMove, match="not at full text now"):
            move(report, people[0], "obtained")
        with pytest.raises(IllegalMove, match="not at full text now"):
            attach(report, people[0])


class TestPdf:
    def test_the_first_pdf_makes_it_obtained(self, review, report, people):
        version = attach(report, people[0])
        report.refresh_from_db()
        assert report.status == "obtained"
        assert fulltext.current_file(report) == version
        assert review.events.last().data["file"] == "paper.pdf"
        assert files.read(version.file) == b"%PDF-1.4 one"

    def test_a_new_version_replaces_and_the_old_one_stays(self, review, report, people):
        first = attach(report, people[0])
        second = attach(report, people[1], pdf("two"))
        assert fulltext.current_file(report) == second
        assert list(report.files.all()) == [second, first]
        assert review.events.last().data["replaces"] == first.file.sha256

    def test_the_same_pdf_twice_is_refused(self, report, people):
        attach(report, people[0])
        with pytest.raises(IllegalMove, match="byte for byte"):
            attach(report, people[1])
        assert report.files.count() == 1

    def test_a_withdrawn_pdf_gives_way_to_the_one_before_then_to_the_search(
        self, review, report, people
    ):
        first = attach(report, people[0])
        second = attach(report, people[0], pdf("two"))
        fulltext.withdraw_file(version=second, actor=people[1], why="Another paper")
        assert fulltext.current_file(report) == first
        assert review.events.last().data["why"] == "Another paper"
        fulltext.withdraw_file(version=first, actor=people[1], why="A poster")
        report.refresh_from_db()
        assert report.status == "sought"
        assert report.files.count() == 2
        with pytest.raises(IllegalMove, match="withdrawn already"):
            fulltext.withdraw_file(version=first, actor=people[1], why="Again")

    def test_a_settled_record_stays_obtained_without_its_pdf(self, report, people):
        version = attach(report, people[0])
        vote(report, people[0])
        vote(report, people[1])
        fulltext.withdraw_file(version=version, actor=people[0], why="Licence ended")
        report.refresh_from_db()
        assert (report.status, record_of(report).status) == ("obtained", "included")

    @pytest.mark.parametrize(
        ("upload", "said"),
        [
            (SimpleUploadedFile("paper.pdf", b""), "is empty"),
            (SimpleUploadedFile("paper.pdf", b"PK\x03\x04 a zip"), "is not a PDF"),
            (SimpleUploadedFile("paper.html", b"<script>%PDF-"), "is not a PDF"),
        ],
        ids=["empty", "not a pdf", "html"],
    )
    def test_a_wrong_file_is_refused_in_words_and_changes_nothing(
        self, client, review, report, people, upload, said
    ):
        client.force_login(people[0])
        events = review.events.count()
        address = reverse("fulltext-attach", args=[review.pk, report.pk])
        answer = client.post(address, {"pdf": upload})
        assert answer.status_code == 422
        assert said in answer.content.decode()
        report.refresh_from_db()
        assert (report.status, review.events.count()) == ("sought", events)
        assert not StoredFile.objects.filter(kind="pdf").exists()

    def test_a_file_that_is_too_large_is_refused(self, settings, report, people):
        settings.UPLOAD_LIMIT_MB = 0
        with pytest.raises(files.RefusedFile, match="larger than the limit"):
            attach(report, people[0])


class TestVotes:
    def test_a_paper_nobody_has_cannot_be_judged(self, report, people):
        for status in (None, "requested"):
            if status:
                move(report, people[0], status)
            with pytest.raises(IllegalMove, match="can be judged once it is obtained"):
                vote(report, people[0])
        move(report, people[0], "obtained", "Read in the library")
        assert vote(report, people[0]).votes_in == 1

    def test_an_exclusion_needs_a_reason_of_the_list(self, report, people):
        attach(report, people[0])
        with pytest.raises(IllegalMove, match="needs its reason"):
            vote(report, people[0], "exclude")
        assert record_of(report).votes_in == 0

    def test_two_with_the_same_reason_exclude(self, report, people, reasons):
        attach(report, people[0])
        vote(report, people[0], "exclude", reasons[1])
        settled = vote(report, people[1], "exclude", reasons[1])
        assert (settled.status, settled.reason) == ("excluded", reasons[1])

    def test_a_different_reason_is_a_conflict_a_third_person_settles(self, report, people, reasons):
        attach(report, people[0])
        vote(report, people[0], "exclude", reasons[0])
        assert vote(report, people[1], "exclude", reasons[1]).status == "conflict"
        rule = {"screening": record_of(report), "arbiter": people[2], "verdict": "exclude"}
        with pytest.raises(IllegalMove, match="needs its reason"):
            screening.rule(**rule)
        settled = screening.rule(reason=reasons[0], **rule)
        assert (settled.status, settled.reason) == ("excluded", reasons[0])

    @pytest.mark.parametrize("other", ["include", "exclude", "maybe"])
    def test_a_maybe_never_advances_at_full_text(self, report, people, reasons, other):
        attach(report, people[0])
        vote(report, people[0], "maybe")
        reason = reasons[0] if other == "exclude" else None
        assert vote(report, people[1], other, reason).status == "conflict"

    def test_a_vote_stays_when_the_paper_is_sought_again(self, report, people):
        attach(report, people[0])
        vote(report, people[0])
        move(report, people[1], "sought", "The PDF lacks its tables")
        assert record_of(report).votes_in == 1
        attach(report, people[1], pdf("with tables"))
        assert vote(report, people[1]).status == "included"

    def test_the_page_judges_and_goes_to_the_next(self, client, review, report, people, reasons):
        attach(report, people[0])
        client.force_login(people[0])
        page = client.get(reverse("fulltext-next", args=[review.pk]), follow=True)
        assert page.redirect_chain[-1][0] == reverse("fulltext", args=[review.pk, report.pk])
        address = reverse("fulltext-vote", args=[review.pk, record_of(report).pk])
        assert client.post(address, {"verdict": "exclude"}).status_code == 422
        answer = client.post(address, {"reason": reasons[0].pk}, follow=True)
        assert answer.redirect_chain[-1][0] == reverse("fulltexts", args=[review.pk])
        assert "No full text waits for your vote" in answer.content.decode()
        assert record_of(report).votes.get().reason == reasons[0]

    def test_own_vote_can_be_changed_on_the_page_until_settled(
        self, client, review, report, people, reasons
    ):
        attach(report, people[0])
        vote(report, people[0])
        client.force_login(people[0])
        page = client.get(reverse("fulltext", args=[review.pk, report.pk]))
        change = reverse("screening-change", args=[review.pk, record_of(report).pk])
        assert change in page.content.decode()
        client.post(change, {"reason": reasons[1].pk})
        assert record_of(report).votes.get().verdict == "exclude"
        vote(report, people[1], "exclude", reasons[1])
        page = client.get(reverse("fulltext", args=[review.pk, report.pk]))
        assert change not in page.content.decode()


def test_withdrawing_by_page_asks_why(client, review, report, people):
    version = attach(report, people[0])
    client.force_login(people[0])
    address = reverse("fulltext-withdraw-file", args=[review.pk, version.pk])
    assert client.post(address, {"why": ""}).status_code == 422
    assert client.post(address, {"why": "Another paper"}).status_code == 302
    assert Report.objects.get().status == "sought"


def test_without_reasons_in_the_protocol_an_exclusion_says_who_writes_them(client, report, people):
    move(report, people[0], "obtained", "library")
    client.force_login(people[0])
    url = reverse("fulltext-vote", args=[report.review_id, record_of(report).pk])
    answer = client.post(url, {"verdict": "exclude"})
    assert answer.status_code == 422
    assert "The lead writes them under Protocol" in answer.content.decode()
    assert not record_of(report).votes.exists()


def test_one_reviewer_who_is_not_sure_disagrees_with_nobody(client):
    review = make_review(title_abstract_votes=1)
    reviewer = join(review, make_user(), "reviewer")
    screening.cast_vote(
        screening=open_screening(make_reference(review)), reviewer=reviewer, verdict="maybe"
    )
    client.force_login(reviewer)
    page = client.get(reverse("screening", args=[review.pk]) + "?lane=conflict").content.decode()
    assert "You were not sure" in page
    assert "another reviewer" not in page
