"""The ledger as one person may read it: what happened, and what is new to them.

``review.decisions`` holds back events of open votes; this module does the same for open
extractions and appraisals.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from extraction import appraisal_viewing
from extraction.models import (
    Appraisal,
    Assessment,
    Entry,
    ParticipantRecord,
    ParticipantTable,
    Record,
)
from extraction.participants import settling
from review import decisions
from review.access import Can
from review.blinding import Sight, sight
from review.consensus import State, may_settle
from review.models import User

from .wording import did

NEWS_FROM = 2_000  # events: older ones than these are no news
RECORD_STATES = {
    Record.Status.COMPARING: State.CONFLICT,
    Record.Status.APPROVED: State.SETTLED,
}
ASSESSMENT_STATES = {
    Assessment.Status.OPEN: State.WAITING,
    Assessment.Status.COMPARING: State.CONFLICT,
    Assessment.Status.SETTLED: State.SETTLED,
}
ROWS = ("participants", "participant_record")
JUDGED = ("entry", "record", "appraisal", "assessment", *ROWS)
# An answer given in discussion waits for the other's, so the other must not read it here first.
UNANSWERED = "answer.add"


@dataclass(frozen=True, slots=True)
class News:
    """What one person did of a kind on one day; ``when`` is the last time."""

    who: User | None
    words: str
    when: datetime


def shown(seat, events):
    """The events that tell ``seat`` nothing they may not know, in order: those of others'
    extractions and appraisals wait until their words may be seen by name."""
    events = decisions.events_shown(seat, events)
    keys = {noun: set() for noun in JUDGED}
    for event in events:
        noun, key = _subject(event)
        if noun in keys:
            keys[noun].add(key)
    named = _named(seat, keys)
    return [
        event
        for event in events
        if event.actor_id == seat.user.pk
        or _subject(event)[0] not in keys
        or _may_read(event, named.get(_subject(event)))
    ]


def news(seat, since):
    """What others did after ``since``, newest day first, as a list of ``News``."""
    events = seat.review.events.filter(at__gt=since).exclude(actor=seat.user)
    events = events.select_related("actor").order_by("-seq")[:NEWS_FROM]
    told, last = Counter(), {}
    for event in shown(seat, events):
        actor = None if seat.nameless else event.actor
        key = (timezone.localdate(event.at), actor, event.action)
        told[key] += 1
        last.setdefault(key, event.at)
    return [
        News(actor, did(action, n), last[day, actor, action])
        for (day, actor, action), n in told.items()
    ]


def _may_read(event, state):
    """``state`` is that of the event's subject, None when its words may not be seen by name."""
    return state is not None and (event.action != UNANSWERED or state is State.SETTLED)


def _subject(event):
    noun, _, key = event.subject.partition(":")
    return noun, int(key) if key.isdecimal() else None


def _named(seat, keys):
    """The state of those subjects in ``keys`` whose words ``seat`` may see by name."""
    found = [*_extractions(keys), *_participants(keys), *_appraisals(seat.review, keys)]
    return {subject: state for subject, state, *how in found if _by_name(seat, state, *how)}


def _by_name(seat, state, judges, barred, revealed=True):
    """``judges`` are those who judged this very thing, ``barred`` those who cannot settle it."""
    third = seat.can(Can.SETTLE) and may_settle(seat.user.pk, barred)
    how = sight(
        own=False,
        state=state,
        third=third,
        pair=seat.user.pk in judges,
        names_to_third=seat.review.arbiter_sees_names,
        revealed=revealed,
        nameless=seat.nameless,
    )
    return how is Sight.NAMED


def _extractions(keys):
    """``(subject, state, judges, barred)`` of entries and records: whoever extracted anything of
    a study cannot settle it."""
    if not (keys["entry"] or keys["record"]):
        return
    chosen = Q(study__entries__in=keys["entry"]) | Q(study__records__in=keys["record"])
    entries = list(Entry.objects.filter(chosen).distinct())
    records = {(r.study_id, r.form_id): r for r in Record.objects.filter(chosen).distinct()}
    judges, barred = defaultdict(set), defaultdict(set)
    for entry in entries:
        judges[entry.study_id, entry.form_id].add(entry.extractor_id)
        barred[entry.study_id].add(entry.extractor_id)
    states = {place: RECORD_STATES[record.status] for place, record in records.items()}
    for (study, form), record in records.items():
        yield ("record", record.pk), states[study, form], judges[study, form], barred[study]
    for entry in entries:
        place = entry.study_id, entry.form_id
        state = states.get(place, State.WAITING)
        yield ("entry", entry.pk), state, judges[place], barred[entry.study_id]


def _participants(keys):
    """``(subject, state, judges, barred)`` of participant tables and what became of them."""
    tables, records = keys["participants"], keys["participant_record"]
    if not (tables or records):
        return
    chosen = Q(pk__in=records) | Q(first__in=tables) | Q(second__in=tables)
    opened = set()
    for record in ParticipantRecord.objects.filter(chosen).select_related("first", "second"):
        people, state = set(settling.extractors(record)), RECORD_STATES[record.status]
        yield ("participant_record", record.pk), state, people, people
        for table in settling.tables_of(record):
            opened.add(table.pk)
            yield ("participants", table.pk), state, people, people
    for table in ParticipantTable.objects.filter(pk__in=tables - opened):
        people = {table.extractor_id}
        yield ("participants", table.pk), State.WAITING, people, people


def _appraisals(review, keys):
    """``(subject, state, judges, barred, revealed)`` of appraisals and assessments."""
    if not (keys["appraisal"] or keys["assessment"]):
        return
    rows = Appraisal.objects.filter(
        Q(assessment__appraisals__in=keys["appraisal"]) | Q(assessment__in=keys["assessment"])
    )
    rows = list(rows.select_related("assessment").distinct())
    judges, revealed = defaultdict(set), appraisal_viewing.protocol_reveals(review)
    for row in rows:
        judges[row.assessment_id].add(row.appraiser_id)
    for row in rows:
        state, people = ASSESSMENT_STATES[row.assessment.status], judges[row.assessment_id]
        yield ("appraisal", row.pk), state, people, people, revealed
        yield ("assessment", row.assessment_id), state, people, people, revealed
