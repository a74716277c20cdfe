"""What waits for one person in a review's extractions: querysets for lists, counts for lanes."""

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.utils import timezone

from review.access import Can

from . import schema
from .models import AuthorQuery, Entry, FormVersion, Opinion, Record, RecordCell, StructureOpinion


def published_forms(review):
    """Forms that can be extracted with."""
    published = FormVersion.objects.filter(form=OuterRef("pk"), status=FormVersion.Status.PUBLISHED)
    return review.extraction_forms.filter(Exists(published))


def settled_by(user):
    """The condition that this person ruled or approved something of a study."""
    ruled = Opinion.objects.filter(
        cell__record__study=OuterRef("pk"), person=user, role=Opinion.Role.ARBITER
    )
    aligned = StructureOpinion.objects.filter(
        record__study=OuterRef("pk"), person=user, role=Opinion.Role.ARBITER
    )
    approved = Record.objects.filter(study=OuterRef("pk"), approved_by=user)
    return Exists(ruled) | Exists(aligned) | Exists(approved)


def forms_with_cells(review):
    """Published forms that ask for a cell: the rest ask for rows of participants only."""
    newest = FormVersion.objects.filter(form=OuterRef("pk"), status=FormVersion.Status.PUBLISHED)
    found = published_forms(review).annotate(
        asked=Subquery(newest.order_by("-number").values("schema")[:1])
    )
    return [
        form for form in found if not all(map(schema.is_column, schema.fields(form.asked).values()))
    ]


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


def structures_to_confirm(review, user):
    """Records whose arms and outcomes this person and the other extractor have to match; not
    those where it is the other's turn."""
    said = StructureOpinion.objects.filter(record=OuterRef("pk"))
    my_turn = ~Exists(said.filter(person=user)) | Exists(said.exclude(person=user))
    mine = Entry.objects.filter(study=OuterRef("study"), form=OuterRef("form"), extractor=user)
    return _records(review, Record.Structure.OPEN).filter(my_turn, Exists(mine))


def structures_to_settle(review, user):
    """Records whose arms and outcomes were left to a third person and this one may match."""
    left = _records(review, Record.Structure.ESCALATED)
    return left.exclude(study__entries__extractor=user)


def queries_due(review, user):
    """This person's questions to authors that wait, and that they meant to look after by today."""
    mine = AuthorQuery.objects.filter(entry__study__review=review, entry__extractor=user)
    return mine.filter(status=AuthorQuery.Status.OPEN, remind_on__lte=timezone.localdate())


def cells_to_compare(review, user):
    """Differing cells that this person and the other extractor have to agree on."""
    return _cells(review, RecordCell.Status.OPEN).filter(_extracted_by(user))


def cells_to_settle(review, user):
    """Cells that were left to a third person and can be settled by this one."""
    escalated = _cells(review, RecordCell.Status.ESCALATED)
    return escalated.exclude(record__study__entries__extractor=user)


def records_to_approve(review, user):
    """Compared studies without open cells that can be approved by this person."""
    records = _records(review, Record.Structure.CONFIRMED)
    left = RecordCell.objects.filter(record=OuterRef("pk")).exclude(status=RecordCell.Status.CLOSED)
    records = records.exclude(study__entries__extractor=user)
    return records.filter(~Exists(left), ~being_read_again())


def being_read_again():
    """The condition that parts of a record are read again for a new version of the form."""
    entries = Entry.objects.filter(study=OuterRef("study"), form=OuterRef("form"))
    return Exists(entries.filter(status=Entry.Status.DRAFT))


def to_compare(review, seat):
    """How many of ``structures_to_confirm`` and ``cells_to_compare`` there are."""
    if not seat.can(Can.EXTRACT):
        return 0
    structures = structures_to_confirm(review, seat.user).count()
    return structures + cells_to_compare(review, seat.user).count()


def to_settle(review, seat):
    """How many of ``structures_to_settle`` and ``cells_to_settle`` there are."""
    if not seat.can(Can.SETTLE):
        return 0
    structures = structures_to_settle(review, seat.user).count()
    return structures + cells_to_settle(review, seat.user).count()


def to_approve(review, seat):
    """How many of ``records_to_approve`` there are."""
    return records_to_approve(review, seat.user).count() if seat.can(Can.SETTLE) else 0


def _records(review, structure):
    """Records that are being compared, by how their arms and outcomes stand."""
    return Record.objects.filter(
        study__review=review, status=Record.Status.COMPARING, structure=structure
    )


def _cells(review, status):
    """Values wait until the arms and outcomes of their record are confirmed."""
    return RecordCell.objects.filter(
        record__study__review=review,
        record__status=Record.Status.COMPARING,
        record__structure=Record.Structure.CONFIRMED,
        status=status,
    )


def _extracted_by(user):
    """Cells of records that this person's own entry went into."""
    return Exists(
        Entry.objects.filter(
            study=OuterRef("record__study"), form=OuterRef("record__form"), extractor=user
        )
    )
