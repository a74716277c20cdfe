"""The PRISMA flow: computed from rows, and closed at every moment."""

import random

import pytest

from review import flow, fulltext, prisma, screening
from review.models import (
    Batch,
    ExclusionReason,
    IllegalMove,
    Reference,
    Report,
    Screening,
    Search,
    Stage,
)

from .factories import make_batch, make_reference, make_review, make_user

pytestmark = pytest.mark.django_db


def batch_of(review, source, kind):
    batch = make_batch(review)
    Search.objects.filter(pk=batch.search_id).update(source=source, kind=kind)
    return Batch.objects.get(pk=batch.pk)


@pytest.fixture
def review():
    return make_review()


@pytest.fixture
def people():
    return [make_user() for _ in range(3)]


def settle(review, reference, people, verdict, stage=Stage.TITLE_ABSTRACT, reason=None):
    record = Screening.objects.get(reference=reference, stage=stage)
    for person in people[:2]:
        screening.cast_vote(screening=record, reviewer=person, verdict=verdict, reason=reason)


def checked(review, **known):
    """The flow, once its arithmetic has been found to close."""
    found = flow.flow(review, **({"studies": 0} | known))
    result = prisma.check_flow(found.template, found.counts, found.breakdowns)
    if found.counts["new_reports"] == 0 or "studies" in known:
        assert result.closes, (result, found)
    assert bool(found.counts["adj_record_report"]) == ("adj_record_report" in result.to_explain)
    return found


@pytest.fixture
def worked_through(review, people):
    """7 records of two databases and a register; one duplicate; every end of the flow."""
    medline = batch_of(review, "MEDLINE", Search.Kind.DATABASE)
    embase = batch_of(review, "Embase", Search.Kind.DATABASE)
    register = batch_of(review, "CENTRAL", Search.Kind.REGISTER)
    refs = [make_reference(review, batch=batch) for batch in [medline] * 5 + [embase, register]]
    screening.open_title_abstract(references=review.references.all())
    twin = Reference.objects.filter(pk=refs[5].pk)
    twin.update(duplicate_of=refs[0])
    screening.set_aside(references=twin)
    settle(review, refs[0], people, "exclude")
    for reference in [*refs[1:5], refs[6]]:
        settle(review, reference, people, "include")
    reason = ExclusionReason.objects.create(
        review=review, stage=Stage.FULL_TEXT, text="Wrong population", position=0
    )
    gone, *had, _sought = [*refs[1:5], refs[6]]
    fulltext.move(report=gone.report, actor=people[0], status="not_retrievable", route="No copy")
    for reference in had:
        fulltext.move(report=reference.report, actor=people[0], status="obtained", route="Library")
    settle(review, had[0], people, "exclude", Stage.FULL_TEXT, reason)
    settle(review, had[1], people, "include", Stage.FULL_TEXT)
    return refs


def test_every_box_of_a_review_half_way(review, worked_through):
    found = checked(review, studies=1)
    assert found.template == "new_v1"
    assert found.counts == {
        "db_records": 6,
        "reg_records": 1,
        "dup_removed": 1,
        "auto_removed": 0,
        "other_removed": 0,
        "screened": 6,
        "screen_excluded": 1,
        "sought": 5,
        "adj_record_report": 0,
        "not_retrieved": 1,
        "assessed": 4,
        "ft_excluded": 1,
        "new_reports": 1,
        "pending_reports": 2,
        "new_studies": 1,
    }
    assert found.breakdowns["db_by_source"] == {"MEDLINE": 5, "Embase": 1}
    assert found.breakdowns["ft_reasons"] == {"Wrong population": 1}
    assert (found.open.screening, found.open.retrieval, found.open.assessment) == (0, 1, 1)


def test_reasons_stand_in_the_order_of_the_protocol(review, people):
    batch = batch_of(review, "MEDLINE", Search.Kind.DATABASE)
    wanted = ["Wrong population", "Abstract only", "No outcome"]
    reasons = [
        ExclusionReason.objects.create(
            review=review, stage=Stage.FULL_TEXT, text=text, position=place
        )
        for place, text in enumerate(wanted)
    ]
    for reason in reversed(reasons):
        reference = make_reference(review, batch=batch)
        screening.open_title_abstract(references=review.references.filter(pk=reference.pk))
        settle(review, reference, people, "include")
        fulltext.move(report=reference.report, actor=people[0], status="obtained", route="Library")
        settle(review, reference, people, "exclude", Stage.FULL_TEXT, reason)
    assert list(checked(review).breakdowns["ft_reasons"]) == wanted


def test_an_empty_review_closes(review):
    assert checked(review).open.total == 0


def test_open_work_has_a_place_in_the_arithmetic(review, people):
    for _ in range(3):
        make_reference(review)
    screening.open_title_abstract(references=review.references.all())
    record = Screening.objects.first()
    screening.cast_vote(screening=record, reviewer=people[0], verdict="include")
    screening.cast_vote(screening=record, reviewer=people[1], verdict="exclude")
    found = checked(review)
    assert (found.open.screening, found.open.conflicts) == (3, 1)
    assert found.counts["adj_record_report"] == -3


def test_undoing_a_decision_moves_the_counts(review, people, worked_through):
    excluded = Screening.objects.get(reference=worked_through[0], stage=Stage.TITLE_ABSTRACT)
    screening.reopen(screening=excluded, actor=people[2], why="Read again")
    found = checked(review, studies=1)
    assert (found.counts["screen_excluded"], found.open.screening) == (0, 1)
    report = Report.objects.get(status="not_retrievable")
    fulltext.move(report=report, actor=people[0], status="obtained", route="Author")
    found = checked(review, studies=1)
    assert (found.counts["not_retrieved"], found.open.assessment) == (0, 2)


def test_a_record_found_by_both_routes_belongs_to_the_databases(review, people):
    medline = batch_of(review, "MEDLINE", Search.Kind.DATABASE)
    cited = batch_of(review, "Reference lists", Search.Kind.OTHER)
    site = batch_of(review, "Hospital website", Search.Kind.OTHER)
    twin = make_reference(review, batch=medline)
    both, new, web, dull = [make_reference(review, batch=b) for b in (cited, cited, site, site)]
    screening.open_title_abstract(references=review.references.all())
    rows = Reference.objects.filter(pk=twin.pk)
    rows.update(duplicate_of=both)
    screening.set_aside(references=rows)
    for reference in (both, new, web):
        settle(review, reference, people, "include")
    settle(review, dull, people, "exclude")
    found = checked(review)
    assert found.template == "new_v2"
    boxes = ("db_records", "dup_removed", "screened", "sought")
    assert [found.counts[box] for box in boxes] == [1, 0, 1, 1]
    boxes = ("cit_records", "web_records", "org_records", "o_sought", "o_assessed")
    assert [found.counts[box] for box in boxes] == [1, 1, 0, 2, 2]
    assert found.other_not_sought == {"duplicates": 1, "excluded": 1, "open": 0}


def test_withdrawn_records_were_never_found(review):
    make_reference(review)
    make_reference(review, withdrawn=True)
    screening.open_title_abstract(references=review.references.primary())
    assert checked(review).counts["db_records"] == 1


@pytest.mark.parametrize("seed", range(6))
def test_the_arithmetic_closes_after_any_history(review, people, seed):
    """Random people doing random things; what the workflow refuses is part of it."""
    dice = random.Random(seed)
    kinds = [Search.Kind.DATABASE, Search.Kind.REGISTER, Search.Kind.OTHER]
    batches = [batch_of(review, f"Source {kind}", kind) for kind in kinds]
    for _ in range(8):
        make_reference(review, batch=dice.choice(batches))
    screening.open_title_abstract(references=review.references.all())
    reason = ExclusionReason.objects.create(
        review=review, stage=Stage.FULL_TEXT, text="Wrong design", position=0
    )
    for _ in range(60):
        try:
            act(dice, review, people, reason)
        except IllegalMove:
            continue
    included = Screening.objects.filter(stage=Stage.FULL_TEXT, status="included").count()
    checked(review, studies=included)


def act(dice, review, people, reason):
    record = dice.choice(list(review.screenings.all()))
    verdict = dice.choice(["include", "include", "exclude", "maybe"])
    given = reason if (verdict, record.stage) == ("exclude", Stage.FULL_TEXT) else None
    what = dice.random()
    if what < 0.7:
        screening.cast_vote(
            screening=record, reviewer=dice.choice(people[:2]), verdict=verdict, reason=given
        )
    elif what < 0.8:
        screening.rule(screening=record, arbiter=people[2], verdict=verdict, reason=given)
    elif what < 0.85:
        screening.reopen(screening=record, actor=people[2], why="Chance")
    elif review.reports.exists():
        report = dice.choice(list(review.reports.all()))
        fulltext.move(report=report, actor=people[0], status=dice.choice(Report.Status.values))
