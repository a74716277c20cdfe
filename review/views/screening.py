"""Pages of step 3: the desk where one person votes on one record after another."""

import uuid
from itertools import chain, repeat
from string import ascii_lowercase
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from .. import desk, screening
from ..access import Can, needs
from ..models import Criterion, Screening, Stage, Vote
from ..vote_forms import ReopenForm, VoteForm, reasons

STAGE = Stage.TITLE_ABSTRACT
OPEN_LANES = {"waiting": Screening.Status.WAITING, "conflict": Screening.Status.CONFLICT}
ALONE = "settled"  # the lane of a sole reviewer's votes that can be taken back


@needs(Can.SCREEN)
@require_GET
def screen(request, review):
    """The desk, or the list of one's own votes that can still be changed."""
    lane = request.GET.get("lane", "")
    if lane in (*OPEN_LANES, ALONE):
        return _my_votes(request, review, lane)
    return _desk(request, review, lane)


@needs(Can.SCREEN)
@require_GET
def cards(request, review):
    """The next records as HTML, for a desk that runs short of them; or one by its key."""
    if asked := _keys(request.GET.get("record", "")):
        rows = desk.one_record(review, STAGE, request.user, asked[0])
    else:
        rows = desk.next_records(
            review,
            STAGE,
            request.user,
            lane=request.GET.get("lane", ""),
            leave_out=_keys(request.GET.get("have", "")),
        )
    return render(request, "review/_screening_cards.html", {"cards": desk.cards(review, rows)})


@needs(Can.SCREEN)
@require_POST
def vote(request, review, pk):
    record = get_object_or_404(review.screenings.filter(stage=STAGE), pk=pk)
    form = VoteForm(record, request.POST)
    if not form.is_valid():
        return refused(request, review, form)
    screening.cast_vote(screening=record, reviewer=request.user, **form.cleaned_data)
    return done(request) or _next(review, request.POST)


@needs(Can.SCREEN)
@require_POST
def change_vote(request, review, pk):
    """Change one's own open vote; serves both stages."""
    record = get_object_or_404(review.screenings.select_related("review"), pk=pk)
    form = VoteForm(record, request.POST)
    if not form.is_valid():
        return refused(request, review, form)
    words = {name: form.cleaned_data[name] for name in ("verdict", "reason", "note", "key")}
    screening.change_vote(screening=record, reviewer=request.user, **words)
    return done(request) or _back_to(review, record)


@needs(Can.SCREEN)
@require_POST
def withdraw_vote(request, review, pk):
    """Take one's own open vote back; serves both stages."""
    record = get_object_or_404(review.screenings.select_related("review"), pk=pk)
    key = request.POST.get("key") or None
    screening.withdraw_vote(screening=record, reviewer=request.user, key=key)
    return done(request) or _back_to(review, record)


@needs(Can.MANAGE)
@require_POST
def reopen(request, review, pk):
    record = get_object_or_404(review.screenings, pk=pk)
    form = ReopenForm(request.POST)
    if not form.is_valid():
        return refused(request, review, form)
    screening.reopen(screening=record, actor=request.user, why=form.cleaned_data["why"])
    messages.info(request, "The record is open again. What was said stays in its history.")
    return redirect("reference", review.pk, record.reference_id)


def done(request):
    """The answer to a vote that a script sent in the background; None for a form."""
    return HttpResponse(status=204) if _by_script(request) else None


def refused(request, review, form):
    """The answer to a form that says nothing valid, in words, for a script or a person."""
    why = " ".join(message for messages in form.errors.values() for message in messages)
    if _by_script(request):
        return HttpResponse(why, status=422, content_type="text/plain; charset=utf-8")
    return render(request, "409.html", {"review": review, "why": why}, status=422)


def lettered(review, stage):
    """The reasons of a stage with the letter that gives each; "" once letters run out."""
    letters = chain(ascii_lowercase, repeat(""))
    return list(zip(letters, reasons(review, stage), strict=False))


def criteria(review):
    """The protocol beside every decision: PICO fields, then lines to include and exclude."""
    kinds = {kind: [] for kind in Criterion.Kind}
    for line in review.criteria.all():
        kinds[Criterion.Kind(line.kind)].append(line.text)
    return {
        "pico": [
            ("p", "Population", review.population),
            ("i", "Intervention", review.intervention),
            ("c", "Comparator", review.comparator),
            ("o", "Outcomes", review.outcomes),
        ],
        "designs": review.study_designs,
        "kinds": [(kind.label, lines) for kind, lines in kinds.items() if lines],
    }


def _by_script(request):
    return request.headers.get("Accept") == "application/json"


def _keys(text):
    return [int(key) for key in text.split(",") if key.isdecimal() and len(key) < 19]


def _next(review, sent):
    """The desk again, in the lane and with the records left aside that it had."""
    kept = {name: sent[name] for name in ("lane", "skip") if sent.get(name)}
    return redirect(
        reverse("screening", args=[review.pk]) + (f"?{urlencode(kept)}" if kept else "")
    )


def _back_to(review, record):
    if record.stage == Stage.FULL_TEXT:
        return redirect("fulltext", review.pk, record.reference.report.pk)
    return redirect("screening", review.pk)


def _desk(request, review, lane):
    asked, skipped = (_keys(request.GET.get(name, "")) for name in ("record", "skip"))
    first = desk.one_record(review, STAGE, request.user, asked[0]) if asked else []
    leave_out = [row.pk for row in first] + skipped
    rows = first + desk.next_records(review, STAGE, request.user, lane=lane, leave_out=leave_out)
    if not rows and skipped:
        rows, skipped = desk.next_records(review, STAGE, request.user, lane=lane), []
    context = {
        "review": review,
        "lanes": desk.lanes(review, STAGE, request.user),
        "lane": lane,
        "cards": desk.cards(review, rows),
        "form": VoteForm(Screening(review=review, stage=STAGE)),
        "reasons": lettered(review, STAGE),
        "criteria": criteria(review),
        "key": uuid.uuid4(),
        "skip": ",".join(map(str, [*skipped, rows[0].pk])) if rows else "",
        "two": review.votes_needed(STAGE) > 1,
    }
    return render(request, "review/screening.html", context)


def _my_votes(request, review, lane):
    if lane == ALONE:
        votes = screening.undoable(review, STAGE, request.user)
    else:
        votes = Vote.objects.filter(
            reviewer=request.user,
            screening__review=review,
            screening__stage=STAGE,
            screening__status=OPEN_LANES[lane],
        )
    votes = votes.select_related("screening__reference", "reason")
    context = {
        "review": review,
        "lane": lane,
        "lanes": desk.lanes(review, STAGE, request.user),
        "page": Paginator(votes.order_by("-pk"), 25).get_page(request.GET.get("page")),
        "reasons": lettered(review, STAGE),
        "two": review.votes_needed(STAGE) > 1,
    }
    return render(request, "review/screening_mine.html", context)
