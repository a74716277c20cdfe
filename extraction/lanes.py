"""What waits for one person in a review's extractions: querysets for lists, counts for lanes."""

from django.db.models import Count, Exists, OuterRef, Q

from review.access import Can

from .models import Entry, FormVersion, Opinion, Record, RecordCell


def published_forms(review):
    """Forms that can be extracted with."""
    published = FormVersion.objects.filter(form=OuterRef("pk"), status=FormVersion.Status.PUBLISHED)
    return review.extraction_forms.filter(Exists(published))


def settled_by(user):
    """The condition that this person ruled or approved something of a study."""
    ruled = Opinion.objects.filter(
        cell__record__study=OuterRef("pk"), person=user, role=Opinion.Role.ARBITER
    )
    approved = Record.objects.filter(study=OuterRef("pk"), approved_by=user)
    return Exists(ruled) | Exists(approved)


def mine_to_extract(review, form, user):
    """Studies this person can begin, or has begun and not submitted."""
    mine = Entry.objects.filter(study=OuterRef("pk"), form=form, extractor=user)
    begun = Exists(mine.filter(status=Entry.Status.DRAFT))
    free = Q(taken__lt=review.extraction_entries) & ~Exists(mine) & ~settled_by(user)
    return (
        review.studies.asked_by(form)
        .annotate(taken=Count("entries", filter=Q(entries__form=form), distinct=True))
        .filter(begun | free)
    )


def to_extract(review, seat):
    """How many extractions this person can begin or go on with."""
    if not seat.can(Can.EXTRACT):
        return 0
    return sum(mine_to_extract(review, form, seat.user).count() for form in published_forms(review))


def cells_to_compare(review, user):
    """Differing cells that this person and the other extractor have to agree on."""
    return _cells(review, RecordCell.Status.OPEN).filter(_extracted_by(user))


def cells_to_settle(review, user):
    """Cells that were left to a third person and can be settled by this one."""
    escalated = _cells(review, RecordCell.Status.ESCALATED)
    return escalated.exclude(record__study__entries__extractor=user)


def records_to_approve(review, user):
    """Compared studies without open cells that can be approved by this person."""
    records = Record.objects.filter(study__review=review, status=Record.Status.COMPARING)
    left = RecordCell.objects.filter(record=OuterRef("pk")).exclude(status=RecordCell.Status.CLOSED)
    return records.exclude(study__entries__extractor=user).filter(~Exists(left))


def to_compare(review, seat):
    """How many of ``cells_to_compare`` there are."""
    return cells_to_compare(review, seat.user).count() if seat.can(Can.EXTRACT) else 0


def to_settle(review, seat):
    """How many of ``cells_to_settle`` there are."""
    return cells_to_settle(review, seat.user).count() if seat.can(Can.SETTLE) else 0


def to_approve(review, seat):
    """How many of ``records_to_approve`` there are."""
    return records_to_approve(review, seat.user).count() if seat.can(Can.SETTLE) else 0


def _cells(review, status):
    return RecordCell.objects.filter(
        record__study__review=review, record__status=Record.Status.COMPARING, status=status
    )


def _extracted_by(user):
    """Cells of records that this person's own entry went into."""
    return Exists(
        Entry.objects.filter(
            study=OuterRef("record__study"), form=OuterRef("record__form"), extractor=user
        )
    )
