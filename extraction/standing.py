"""How the extraction of a study stands, as one person may be told.

Of another's entry nothing is told but that a study *needs a second extractor*, or has both.
"""

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from review.access import Can

from . import lanes
from .models import Entry, Record, RecordCell


@dataclass(frozen=True, slots=True)
class Standing:
    """``state`` and ``word`` for the badge; ``verb`` and ``url`` for the one thing this person
    can do next, or nothing; ``post`` when doing it changes something."""

    state: str
    word: str
    verb: str = ""
    url: str = ""
    post: bool = False


def with_standing(studies, form, seat):
    """Annotate studies with what ``of`` needs to tell how they stand with one form."""
    mine = Entry.objects.filter(study=OuterRef("pk"), form=form, extractor=seat.user)
    record = Record.objects.filter(study=OuterRef("pk"), form=form)
    return studies.annotate(
        taken=Count("entries", filter=Q(entries__form=form), distinct=True),
        report_count=Count("reports", distinct=True),
        my_entry=Subquery(mine.values("pk")[:1]),
        my_status=Subquery(mine.values("status")[:1]),
        record=Subquery(record.values("pk")[:1]),
        record_status=Subquery(record.values("status")[:1]),
        settled_by_me=lanes.settled_by(seat.user),
    )


def of(study, form, seat):
    """The ``Standing`` of an annotated study."""

    def to(name, *args):
        return reverse(name, args=[seat.review.pk, *args])

    if study.record_status == Record.Status.APPROVED:
        return Standing("approved", "Approved", "See the values", to("record", study.record))
    if study.record and study.my_status == Entry.Status.DRAFT:
        entry = to("entry", study.my_entry)
        return Standing("half", "A new version asks again", "Read again", entry)
    if study.record:
        mine = study.my_entry and seat.can(Can.EXTRACT)
        verb, name = ("Compare", "record-compare") if mine else ("See the study", "record")
        return Standing("comparing", "Being compared", verb, to(name, study.record))
    if study.my_status == Entry.Status.DRAFT:
        return Standing("half", "You are entering it", "Go on", to("entry", study.my_entry))
    if study.my_status == Entry.Status.SUBMITTED:
        entry = to("entry", study.my_entry)
        return Standing("waiting", "You have submitted", "See your entry", entry)
    needed = seat.review.extraction_entries
    if study.taken >= needed:
        return Standing("running", "Being extracted")
    people = "an extractor" if needed == 1 else "two extractors"
    word = "Needs a second extractor" if study.taken else f"Needs {people}"
    state = "second" if study.taken else "new"
    if seat.can(Can.EXTRACT) and not study.settled_by_me:
        return Standing(state, word, "Extract", to("entry-begin", study.pk, form.pk), post=True)
    return Standing(state, word)


def of_study(study, seat):
    """How one study stands with each form it is asked by: pairs of form and ``Standing``."""
    lines = []
    for form in lanes.forms_with_cells(seat.review):
        asked = seat.review.studies.asked_by(form).filter(pk=study.pk)
        lines += [(form, of(row, form, seat)) for row in with_standing(asked, form, seat)]
    return lines


def with_counts(records, user):
    """Annotate records with what ``of_record`` needs."""
    entries = Entry.objects.filter(study=OuterRef("study"), extractor=user)
    return records.annotate(
        open_cells=_count(RecordCell.Status.OPEN),
        left_cells=_count(RecordCell.Status.ESCALATED),
        mine=Exists(entries.filter(form=OuterRef("form"))),
        reading=lanes.being_read_again(),
        extracted=Exists(entries),
    )


def of_record(record, seat):
    """What waits for this person in an annotated record that is being compared."""
    review = seat.review.pk
    if record.status == Record.Status.APPROVED:
        return Standing(
            "approved", "", "See the values", reverse("record", args=[review, record.pk])
        )
    if record.structure != Record.Structure.CONFIRMED:
        return _unaligned(record, seat)
    if record.mine and seat.can(Can.EXTRACT):
        words = _both(record.open_cells, "to agree on", record.left_cells, "with the third person")
        compare = reverse("record-compare", args=[review, record.pk])
        return Standing("comparing", words or "Waits for approval", "Compare", compare)
    if record.extracted or not seat.can(Can.SETTLE):
        return Standing("comparing", "")
    if record.left_cells:
        settle = reverse("record-settle", args=[review, record.pk])
        return Standing("comparing", f"{record.left_cells} left to you", "Settle", settle)
    to = reverse("record", args=[review, record.pk])
    if record.reading:
        return Standing("comparing", "A new version asks again", "See the study", to)
    if record.open_cells:
        return Standing("comparing", "The extractors are comparing", "See the study", to)
    return Standing("comparing", "Ready to be approved", "Approve", to)


def _unaligned(record, seat):
    """What waits while it is not settled which arms and outcomes belong together."""
    to = reverse("record-structure", args=[seat.review.pk, record.pk])
    left = record.structure == Record.Structure.ESCALATED
    if record.mine and seat.can(Can.EXTRACT):
        word = "Arms and outcomes with the third person" if left else "Arms and outcomes to match"
        return Standing("comparing", word, "Match", to)
    if left and not record.extracted and seat.can(Can.SETTLE):
        return Standing("comparing", "Arms and outcomes left to you", "Match", to)
    return Standing("comparing", "")


def _count(status):
    cells = RecordCell.objects.filter(record=OuterRef("pk"), status=status).order_by()
    counted = cells.values("record").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def _both(first, first_words, second, second_words):
    parts = [(first, first_words), (second, second_words)]
    return ", ".join(f"{number} {words}" for number, words in parts if number)
