"""Conflicts, one at a time, for somebody who did not vote on them."""

import uuid

from django.db.models import Exists, OuterRef
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from .. import decisions, desk, screening
from ..access import Can, needs
from ..models import Report, Screening, Stage, Verdict, Vote
from ..vote_forms import RulingForm
from .screening import criteria, done, lettered, refused

LANES = {
    "title_abstract": "Abstracts",
    "full_text": "Full texts",
    "reason": "Reason only",
}


@needs(Can.SETTLE)
@require_GET
def conflicts(request, review):
    """One conflict with both sides; the lanes say how many wait."""
    lanes = {lane: _lane(review, request.user, lane) for lane in LANES}
    counts = {lane: rows.count() for lane, rows in lanes.items()}
    lane = request.GET.get("lane") or next(
        (name for name in LANES if counts[name]), "title_abstract"
    )
    rows = lanes.get(lane, Screening.objects.none())
    record = _chosen(rows, request.GET.get("record", ""))
    own = review.screenings.in_conflict().with_my_vote(request.user).filter(mine=True).count()
    context = {
        "review": review,
        "lane": lane,
        "lanes": [(name, label, counts[name]) for name, label in LANES.items()],
        "own": own,
        "agreement": _agreement(review),
    } | (_one(request.seat, record, rows) if record else {})
    return render(request, "review/conflicts.html", context)


@needs(Can.SETTLE)
@require_POST
def rule(request, review, pk):
    record = get_object_or_404(review.screenings.select_related("review"), pk=pk)
    form = RulingForm(record, request.POST)
    if not form.is_valid():
        return refused(request, review, form)
    words = {name: form.cleaned_data[name] for name in ("verdict", "reason", "note", "key")}
    screening.rule(screening=record, arbiter=request.user, **words)
    lane = request.POST.get("lane", "")
    waits = lane in LANES and _lane(review, request.user, lane).exists()
    return done(request) or redirect(
        reverse("conflicts", args=[review.pk]) + (f"?lane={lane}" if waits else "")
    )


def _lane(review, user, lane):
    """Conflicts of a lane that this person may settle, in the order of the records."""
    stage = Stage.TITLE_ABSTRACT if lane == "title_abstract" else Stage.FULL_TEXT
    rows = review.screenings.filter(stage=stage).to_settle_by(user)
    if stage == Stage.FULL_TEXT:
        others = Vote.objects.filter(screening=OuterRef("pk")).exclude(verdict=Verdict.EXCLUDE)
        rows = rows.annotate(verdicts_differ=Exists(others)).filter(
            verdicts_differ=lane != "reason"
        )
    return rows.order_by("reference_id")


def _chosen(rows, asked):
    if asked.isdecimal() and len(asked) < 19:
        rows = rows.filter(pk=asked)
    return decisions.with_votes(rows).select_related("reference").first()


def _one(seat, record, rows):
    """What the page shows of one conflict."""
    review, stage = seat.review, record.stage
    record.review = review
    strict = stage == Stage.FULL_TEXT
    return {
        "card": desk.cards(review, [record])[0],
        "record": record,
        "sides": decisions.said(seat, record, revealed=decisions.revealed(review, stage)),
        "report": Report.objects.get(reference=record.reference_id) if strict else None,
        "reasons": lettered(review, stage),
        "reason_needed": strict,
        "criteria": criteria(review),
        "key": uuid.uuid4(),
        "previous": rows.filter(reference__lt=record.reference_id).last(),
        "next": rows.filter(reference__gt=record.reference_id).first(),
    }


def _agreement(review):
    """Agreement of each stage, where it may be seen: (label, pairs, lines of figures)."""
    found = [(stage.label, decisions.agreement_of(review, stage)) for stage in Stage]
    return [(label, one.n, _figures(one)) for label, one in found if one and one.n]


def _figures(found):
    """Each figure as (name, value, limits), or with the reason why it has no value."""
    lines = [("Same verdict", *_printed(found.percent, lambda share: f"{share:.0%}"))]
    for name, one in (("Kappa", found.kappa), ("PABAK", found.pabak), ("AC1", found.ac1)):
        lines.append((name, *_printed(one, lambda value: f"{value:.2f}".replace("-", "−"))))
    return lines


def _printed(one, written):
    if one.value is None:
        return "–", one.why
    if one.low is None:
        return written(one.value), one.why
    return written(one.value), f"{written(one.low)} to {written(one.high)}"
