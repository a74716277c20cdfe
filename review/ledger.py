"""The append-only ledger: every door writes one event, chained by hash to the one before.

An event is written in the transaction of the change it tells of, so that neither can
exist without the other.
"""

import hashlib
import json

from django.db import transaction
from django.utils import timezone

from .models import Chain, Event


@transaction.atomic
def record(*, review, actor, action, subject="", data=None, key=None):
    """Append one event and return it.

    ``data`` is plain JSON without floats (pass numbers as text: databases print floats
    differently, and the hash must survive). ``key`` is an idempotency key. Takes the lock
    on the review's chain: call it last, just before the transaction ends.
    """
    Chain.objects.get_or_create(review=review)
    chain = Chain.objects.select_for_update().get(review=review)
    event = Event(
        review=review,
        seq=chain.seq + 1,
        at=timezone.now(),
        actor=actor,
        action=action,
        subject=subject,
        data=_plain(data or {}),
        key=_storable(key),
        previous=chain.head,
    )
    event.hash = digest(event)
    event.save(force_insert=True)
    chain.seq, chain.head = event.seq, event.hash
    chain.save(update_fields=["seq", "head"])
    return event


def already(*, review, actor, key):
    """Whether this person's request with this key has been carried out. Ask it after
    locking the row to be judged, so that two copies of a request cannot both pass."""
    key = _storable(key)
    return bool(key) and Event.objects.filter(review=review, actor=actor, key=key).exists()


def digest(event):
    """The sha256 of an event's content and its predecessor's hash, in hexadecimal."""
    content = [
        event.previous,
        event.review_id,
        event.seq,
        event.at.isoformat(),
        event.actor_id,
        event.action,
        event.subject,
        event.data,
        event.key,
    ]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def verify(review):
    """Recompute a review's chain; return a list of sentences, one for each break."""
    problems, previous, expected = [], "", 1
    for event in Event.objects.filter(review=review).order_by("seq").iterator(2000):
        if event.seq != expected:
            problems.append(f"event {expected} is missing before event {event.seq}")
        if event.previous != previous:
            problems.append(f"event {event.seq} does not follow the event before it")
        if digest(event) != event.hash:
            problems.append(f"event {event.seq} ({event.action}) was altered")
        previous, expected = event.hash, event.seq + 1
    chain = Chain.objects.filter(review=review).first()
    if (chain.head if chain else "") != previous:
        problems.append("the head of the chain is not the last event: events are missing")
    return problems


def _storable(key):
    """A key without NUL, which PostgreSQL cannot hold; None for none."""
    return (key or "").replace("\x00", "") or None


def _plain(value):
    """Return ``value`` if it is JSON without floats, else raise ``TypeError``."""
    if isinstance(value, float):
        raise TypeError(f"pass {value!r} to the ledger as text")
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | int | bool):
        return value
    return str(value)
