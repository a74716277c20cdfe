"""Step 2: references that are the same paper are merged by people, and can be parted again.

The decision is the pair's row. ``Reference.duplicate_of`` projects the merged pairs: the
members of a group point at its primary, which is the record that tells most.
"""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_tasks import task

from . import jobs, ledger, matching, screening
from .models import DuplicatePair, IllegalMove, Reference

JOB = "deduplicate"
Status = DuplicatePair.Status


def look_for_duplicates(*, review, actor):
    """Propose duplicate pairs in the background; return the ``Job``."""
    job = jobs.start(review=review, actor=actor, kind=JOB)
    transaction.on_commit(lambda: run_proposals.enqueue(job.pk))
    return job


@task()
def run_proposals(job_id):
    """Compare all live references and add the pairs not known yet; safe to run again."""
    with jobs.running(job_id) as job:
        references = job.review.references.live().defer("raw", "abstract", "keywords")
        proposals = matching.propose(_item(reference) for reference in references)
        jobs.step(job, len(proposals), len(proposals))
        _propose(job.review, job.started_by, proposals)


@transaction.atomic
def _propose(review, actor, proposals):
    known = set(review.duplicate_pairs.values_list("first_id", "second_id"))
    new = [
        DuplicatePair(
            review=review,
            first_id=min(pair.a, pair.b),
            second_id=max(pair.a, pair.b),
            reason=pair.reason,
            score=pair.score,
        )
        for pair in proposals
        if (min(pair.a, pair.b), max(pair.a, pair.b)) not in known
    ]
    DuplicatePair.objects.bulk_create(new, batch_size=1000)
    ledger.record(
        review=review,
        actor=actor,
        action="duplicates.propose",
        data={"compared": review.references.live().count(), "new": len(new)},
    )


@transaction.atomic
def merge(*, pair, actor):
    """Say that both references are the same paper.

    Raises ``IllegalMove`` when that would bring together two that were kept apart.
    """
    pair = _locked(pair)
    _decide(pair, actor, Status.MERGED)
    group = _group(pair.review, {pair.first_id})
    apart = pair.review.duplicate_pairs.filter(
        status=Status.APART, first__in=group, second__in=group
    ).first()
    if apart:
        raise IllegalMove(
            f"Records {apart.first.number} and {apart.second.number} were kept apart. Undo that"
            " first if they are the same paper after all."
        )
    regroup(review=pair.review, references=Reference.objects.filter(pk=pair.first_id))
    _tell(pair, actor, "duplicate.merge")


@transaction.atomic
def keep_apart(*, pair, actor):
    """Say that these are two papers."""
    pair = _locked(pair)
    if pair.second_id in _group(pair.review, {pair.first_id}):
        raise IllegalMove("These two are merged by way of a third record. Undo that merge first.")
    _decide(pair, actor, Status.APART)
    _tell(pair, actor, "duplicate.apart")


@transaction.atomic
def undo(*, pair, actor):
    """Take a decision back; a merged pair becomes two references again."""
    pair = _locked(pair)
    affected = _group(pair.review, {pair.first_id, pair.second_id})
    pair.move_to(Status.PROPOSED)
    pair.decided_by = pair.decided_at = None
    pair.save(update_fields=["status", "decided_by", "decided_at"])
    regroup(review=pair.review, references=Reference.objects.filter(pk__in=affected))
    _tell(pair, actor, "duplicate.undo")


@transaction.atomic
def merge_certain(*, review, actor):
    """Merge every open pair that shares an identifier and contradicts nothing; return how many."""
    pairs = review.duplicate_pairs.waiting().filter(score=1).order_by("pk")
    merged = 0
    for pair in pairs:
        if not _would_join_apart(pair):
            merge(pair=pair, actor=actor)
            merged += 1
    return merged


def regroup(*, review, references):
    """Project the merged pairs onto ``duplicate_of`` for these references and their groups.

    Called by the doors here and when a batch is withdrawn. The screening of a reference
    that stops being a primary is set aside with its votes, and restored when it becomes
    one again.
    """
    left = set(references.values_list("pk", flat=True))
    while left:
        group = _group(review, {left.pop()})
        left -= group
        _project(Reference.objects.filter(pk__in=group))


def primary_of(references):
    """The record of a group that stands for it: live, then the one that reached full text (its
    screening is not begun again), then one with an abstract and a DOI, then the one imported
    first. None when all are withdrawn."""
    live = [reference for reference in references if not reference.withdrawn]
    return min(
        live,
        key=lambda one: (not hasattr(one, "report"), not one.abstract, not one.doi, one.number),
        default=None,
    )


def groups(review):
    """Yield each group of merged references of a review as a set of primary keys."""
    pairs = review.duplicate_pairs.filter(status=Status.MERGED)
    yield from map(set, matching.clusters(pairs.values_list("first_id", "second_id")))


def _project(references):
    rows = references.select_for_update(of=("self",)).select_related("report")
    members = list(rows.defer("raw"))
    primary = primary_of(members)
    for reference in members:
        points_at = None if reference == primary or reference.withdrawn else primary
        if reference.duplicate_of != points_at:
            reference.duplicate_of = points_at
            reference.save(update_fields=["duplicate_of"])
    if primary:
        screening.restore(references=references.filter(pk=primary.pk))
        screening.set_aside(references=references.exclude(pk=primary.pk))


def _group(review, keys):
    """All references connected to ``keys`` by merged pairs, ``keys`` included."""
    merged = review.duplicate_pairs.filter(status=Status.MERGED)
    group, edge = set(keys), set(keys)
    while edge:
        pairs = merged.filter(Q(first__in=edge) | Q(second__in=edge))
        edge = {key for pair in pairs.values_list("first_id", "second_id") for key in pair} - group
        group |= edge
    return group


def _would_join_apart(pair):
    group = _group(pair.review, {pair.first_id, pair.second_id})
    apart = pair.review.duplicate_pairs.filter(status=Status.APART)
    return apart.filter(first__in=group, second__in=group).exists()


def _locked(pair):
    return DuplicatePair.objects.select_for_update().select_related("review").get(pk=pair.pk)


def _decide(pair, actor, status):
    pair.move_to(status)
    pair.decided_by, pair.decided_at = actor, timezone.now()
    pair.save(update_fields=["status", "decided_by", "decided_at"])


def _item(reference):
    return matching.Item(
        key=reference.pk,
        title=reference.title,
        authors=tuple(reference.authors),
        year=reference.year,
        journal=reference.journal,
        volume=reference.volume,
        pages=reference.pages,
        doi=reference.doi,
        pmid=reference.pmid,
    )


def _tell(pair, actor, action):
    ledger.record(
        review=pair.review,
        actor=actor,
        action=action,
        subject=f"reference:{pair.second_id}",
        data={"pair": pair.pk, "with": pair.first_id, "reason": pair.reason},
    )
