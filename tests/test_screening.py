"""Step 3: independent votes on titles and abstracts, and who settles what."""

import pytest

from review import fulltext, screening, setup
from review.consensus import NotIndependent
from review.models import ExclusionReason, IllegalMove, Reference, Screening, Stage

from .factories import make_reference, make_review, make_user, open_screening

pytestmark = pytest.mark.django_db

A, B, C = "include", "exclude", "maybe"


@pytest.fixture
def review():
    return make_review()


@pytest.fixture
def record(review):
    return open_screening(make_reference(review))


@pytest.fixture
def people():
    return [make_user() for _ in range(3)]


def vote(record, person, verdict, **more):
    return screening.cast_vote(screening=record, reviewer=person, verdict=verdict, **more)


def reason(review, stage=Stage.TITLE_ABSTRACT, text="Not adults", position=0):
    return ExclusionReason.objects.create(review=review, stage=stage, text=text, position=position)


def full_text(record):
    return Screening.objects.filter(reference=record.reference, stage=Stage.FULL_TEXT).first()


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        (A, A, "included"),
        (B, B, "excluded"),
        (A, B, "conflict"),
        (A, C, "included"),
        (C, A, "included"),
        (C, C, "conflict"),
        (B, C, "conflict"),
    ],
)
def test_two_votes_settle_or_conflict(record, people, first, second, status):
    assert vote(record, people[0], first).status == "waiting"
    assert vote(record, people[1], second).status == status
    record.refresh_from_db()
    assert (record.status, record.votes_in) == (status, 2)
    assert (record.settled_at is not None) == (status in ("included", "excluded"))


def test_a_maybe_advances_only_where_the_protocol_says_so(people):
    record = open_screening(make_reference(make_review(maybe_advances=False)))
    vote(record, people[0], A)
    assert vote(record, people[1], C).status == "conflict"


@pytest.mark.parametrize(("verdict", "status"), [(A, "included"), (B, "excluded"), (C, "conflict")])
def test_one_reviewer_is_enough_where_one_is_asked(people, verdict, status):
    record = open_screening(make_reference(make_review(title_abstract_votes=1)))
    assert vote(record, people[0], verdict).status == status


def test_a_different_reason_is_no_conflict_at_title_and_abstract(review, record, people):
    vote(record, people[0], B, reason=reason(review))
    settled = vote(record, people[1], B, reason=reason(review, text="Not pain", position=1))
    assert (settled.status, settled.reason) == ("excluded", None)


def test_a_shared_reason_is_kept(review, record, people):
    shared = reason(review)
    vote(record, people[0], B, reason=shared)
    assert vote(record, people[1], B, reason=shared).reason == shared


def test_inclusion_opens_the_full_text_stage(record, people):
    vote(record, people[0], A)
    assert full_text(record) is None
    vote(record, people[1], A)
    assert full_text(record).status == "waiting"
    assert record.reference.report.status == "sought"


class TestRefused:
    """Nothing changes, nothing is written, and the words say what to do."""

    @pytest.fixture(autouse=True)
    def unchanged(self, review, record):
        yield
        assert record.votes.count() <= review.votes_needed(record.stage)
        assert record.votes.count() == review.events.filter(action="vote.cast").count()

    def test_a_second_vote_of_one_person(self, record, people):
        vote(record, people[0], A)
        with pytest.raises(IllegalMove, match="Change or withdraw"):
            vote(record, people[0], B)
        assert record.votes.get().verdict == A

    @pytest.mark.parametrize("second", [A, B])
    def test_a_third_vote(self, record, people, second):
        vote(record, people[0], A)
        vote(record, people[1], second)
        with pytest.raises(IllegalMove, match="all its votes"):
            vote(record, people[2], A)

    def test_a_vote_on_a_record_set_aside(self, record, people):
        screening.set_aside(references=Reference.objects.filter(pk=record.reference_id))
        with pytest.raises(IllegalMove, match="out of screening"):
            vote(record, people[0], A)

    def test_a_reason_for_an_inclusion(self, review, record, people):
        with pytest.raises(IllegalMove, match="Only an exclusion"):
            vote(record, people[0], A, reason=reason(review))

    def test_a_reason_of_another_stage_or_review(self, review, record, people):
        for other in (reason(review, Stage.FULL_TEXT), reason(make_review())):
            with pytest.raises(IllegalMove, match="not a reason of this stage"):
                vote(record, people[0], B, reason=other)


class TestOwnVotes:
    def test_a_changed_vote_keeps_the_old_one_in_the_ledger(self, review, record, people):
        vote(record, people[0], A, note="first thought")
        screening.change_vote(screening=record, reviewer=people[0], verdict=B, note="second")
        event = review.events.last()
        assert event.action == "vote.change"
        assert event.data["was"]["verdict"] == A
        assert event.data["was"]["note"] == "first thought"
        assert record.votes.get().changed_at

    def test_a_conflict_dissolves_when_a_voter_changes_their_mind(self, record, people):
        vote(record, people[0], A)
        vote(record, people[1], B)
        changed = screening.change_vote(screening=record, reviewer=people[1], verdict=A)
        assert changed.status == "included"
        assert full_text(record).status == "waiting"

    def test_agreement_is_measured_on_the_first_votes(self, record, people):
        vote(record, people[1], B)
        vote(record, people[0], A)
        screening.change_vote(screening=record, reviewer=people[1], verdict=A)
        record.refresh_from_db()
        assert record.first_votes == f"{people[0].pk}:include {people[1].pk}:exclude"

    def test_a_misclick_before_the_second_vote_is_not_the_first_vote(self, record, people):
        vote(record, people[0], B)
        screening.withdraw_vote(screening=record, reviewer=people[0])
        vote(record, people[0], A)
        vote(record, people[1], A)
        record.refresh_from_db()
        assert record.first_votes == f"{people[0].pk}:include {people[1].pk}:include"

    def test_a_withdrawn_vote_opens_the_record_and_stays_in_the_ledger(
        self, review, record, people
    ):
        vote(record, people[0], A)
        vote(record, people[1], B)
        open_again = screening.withdraw_vote(screening=record, reviewer=people[1])
        assert (open_again.status, open_again.votes_in) == ("waiting", 1)
        assert review.events.last().data["was"]["verdict"] == B

    def test_nobody_changes_a_settled_record(self, record, people):
        vote(record, people[0], A)
        vote(record, people[1], A)
        for door in (
            lambda: screening.change_vote(screening=record, reviewer=people[0], verdict=B),
            lambda: screening.withdraw_vote(screening=record, reviewer=people[0]),
        ):
            with pytest.raises(IllegalMove, match="The lead can open it again"):
                door()

    def test_nobody_changes_the_vote_of_another(self, record, people):
        vote(record, people[0], A)
        with pytest.raises(IllegalMove, match="no vote"):
            screening.withdraw_vote(screening=record, reviewer=people[1])


class TestRulings:
    @pytest.fixture
    def conflict(self, record, people):
        vote(record, people[0], A)
        return vote(record, people[1], B)

    def rule(self, conflict, arbiter, verdict=A, **more):
        return screening.rule(screening=conflict, arbiter=arbiter, verdict=verdict, **more)

    def test_a_third_person_settles(self, review, conflict, people):
        settled = self.rule(conflict, people[2], note="both arms are adults")
        assert settled.status == "included"
        assert full_text(conflict)
        assert review.events.last().action == "conflict.rule"
        assert review.events.last().actor == people[2]

    def test_a_voter_never_does(self, review, conflict, people):
        before = review.events.count()
        for person in people[:2]:
            with pytest.raises(NotIndependent, match="somebody else"):
                self.rule(conflict, person)
        conflict.refresh_from_db()
        assert conflict.status == "conflict"
        assert review.events.count() == before

    def test_only_a_conflict_is_settled_and_only_once(self, conflict, people):
        self.rule(conflict, people[2])
        with pytest.raises(IllegalMove, match="settled already"):
            self.rule(conflict, make_user(), B)
        conflict.refresh_from_db()
        assert conflict.status == "included"

    def test_a_ruling_decides(self, conflict, people):
        with pytest.raises(IllegalMove, match="include or exclude"):
            self.rule(conflict, people[2], C)

    def test_an_open_record_cannot_be_ruled(self, review, people):
        record = open_screening(make_reference(review))
        with pytest.raises(IllegalMove, match="not in conflict"):
            self.rule(record, people[2])

    def test_reopening_takes_back_the_ruling_and_keeps_the_votes(self, review, conflict, people):
        self.rule(conflict, people[2], note="wrong one")
        again = screening.reopen(screening=conflict, actor=people[2], why="Misread")
        assert (again.status, again.votes_in) == ("conflict", 2)
        assert full_text(conflict).status == "set_aside"
        taken = review.events.last().data["taken_back"]
        assert [(word["by"], word["note"]) for word in taken] == [(people[2].pk, "wrong one")]
        self.rule(conflict, people[2], A)
        assert full_text(conflict).status == "waiting"


def test_reopening_an_agreed_record_asks_for_fresh_votes(review, record, people):
    vote(record, people[0], B)
    vote(record, people[1], B)
    again = screening.reopen(screening=record, actor=people[2], why="Criteria were changed")
    assert (again.status, again.votes_in) == ("waiting", 0)
    assert len(review.events.last().data["taken_back"]) == 2
    assert vote(record, people[0], A).status == "waiting"


@pytest.mark.parametrize("settled", [False, True])
def test_reopening_needs_a_settled_record_and_a_why(record, people, settled):
    if settled:
        vote(record, people[0], A)
        vote(record, people[1], A)
    with pytest.raises(IllegalMove, match="Say why" if settled else "Only a settled"):
        screening.reopen(screening=record, actor=people[2], why=" " if settled else "Because")


def test_the_same_request_counts_once_for_each_person(review, record, people):
    first = vote(record, people[0], A, key="k1")
    assert vote(record, people[0], A, key="k1") == first
    vote(record, people[1], B, key="k1")
    assert review.events.filter(action="vote.cast").count() == record.votes.count() == 2


def test_a_repeated_change_ruling_and_undo_count_once(review, record, people):
    vote(record, people[0], A)
    vote(record, people[1], B)
    for _ in range(2):
        screening.change_vote(screening=record, reviewer=people[0], verdict=C, key="k1")
    for _ in range(2):
        screening.withdraw_vote(screening=record, reviewer=people[0], key="k2")
    vote(record, people[0], A)
    for _ in range(2):
        screening.rule(screening=record, arbiter=people[2], verdict=A, key="k3")
    actions = list(review.events.values_list("action", flat=True))[2:]
    assert actions == ["vote.change", "vote.withdraw", "vote.cast", "conflict.rule"]


class TestDuplicates:
    """Votes stay on their rows; the primary's screening counts."""

    def test_a_merged_record_is_set_aside_with_its_votes_and_comes_back(self, record, people):
        vote(record, people[0], B)
        vote(record, people[1], B)
        rows = Reference.objects.filter(pk=record.reference_id)
        screening.set_aside(references=rows)
        record.refresh_from_db()
        assert (record.status, record.votes_in, record.settled_at) == ("set_aside", 2, None)
        screening.restore(references=rows)
        record.refresh_from_db()
        assert record.status == "excluded"
        assert record.settled_at

    def test_full_text_goes_and_comes_with_it(self, record, people):
        vote(record, people[0], A)
        vote(record, people[1], A)
        rows = Reference.objects.filter(pk=record.reference_id)
        screening.set_aside(references=rows)
        assert full_text(record).status == "set_aside"
        screening.restore(references=rows)
        assert full_text(record).status == "waiting"

    def test_a_record_that_is_still_a_duplicate_stays_out(self, review, record):
        other = make_reference(review)
        rows = Reference.objects.filter(pk=record.reference_id)
        rows.update(duplicate_of=other)
        screening.set_aside(references=rows)
        screening.restore(references=rows)
        record.refresh_from_db()
        assert record.status == "set_aside"

    def test_opening_twice_makes_one_row(self, review, record):
        screening.open_title_abstract(references=review.references.all())
        assert review.screenings.count() == 1


def test_an_unread_reference_costs_few_queries_to_set_aside_and_restore(
    review, django_assert_max_num_queries
):
    for _ in range(20):
        open_screening(make_reference(review))
    with django_assert_max_num_queries(10):
        screening.set_aside(references=review.references.all())
        screening.restore(references=review.references.all())
    assert review.screenings.filter(status="waiting").count() == 20


def test_seeking_twice_makes_one_report(record, people):
    vote(record, people[0], A)
    vote(record, people[1], A)
    fulltext.seek(reference=record.reference)
    assert Screening.objects.filter(stage=Stage.FULL_TEXT).count() == 1


@pytest.mark.parametrize("rule", [{"maybe_advances": False}, {"title_abstract_votes": 1}])
def test_the_rule_that_settled_records_stays_once_there_are_votes(review, record, people, rule):
    setup.amend_protocol(review=review, actor=review.created_by, changes=rule)
    vote(record, people[0], A)
    back = {name: not value if name == "maybe_advances" else 2 for name, value in rule.items()}
    with pytest.raises(IllegalMove, match="can no longer change"):
        setup.amend_protocol(review=review, actor=review.created_by, changes=back)
