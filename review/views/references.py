"""The list of references, and all that is known of one."""

import json

from django.db.models import Prefetch, Q, TextField
from django.db.models.functions import Cast
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET
from django_tables2 import RequestConfig

from .. import decisions, highlighting, history
from ..access import Can, needs
from ..models import Report, Screening, Stage
from ..tables import ReferenceTable
from ..vote_forms import ReferenceFilter, ReopenForm

Status = Screening.Status
TITLE_ABSTRACT, FULL_TEXT = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT


# What can be asked for: words, the stage whose outcome it tells (None: no outcome), the rows.
STATES = {
    "waiting": ("Being screened", None, [(TITLE_ABSTRACT, Status.WAITING)]),
    "conflict": (
        "In conflict",
        None,
        [(TITLE_ABSTRACT, Status.CONFLICT), (FULL_TEXT, Status.CONFLICT)],
    ),
    "excluded": ("Excluded on title and abstract", TITLE_ABSTRACT, [(TITLE_ABSTRACT, "excluded")]),
    "reading": ("Being judged on full text", None, [(FULL_TEXT, Status.WAITING)]),
    "ineligible": ("Excluded on full text", FULL_TEXT, [(FULL_TEXT, Status.EXCLUDED)]),
    "included": ("Included in the review", FULL_TEXT, [(FULL_TEXT, Status.INCLUDED)]),
}
OUT = {"duplicate": "Duplicates", "withdrawn": "Withdrawn with their file"}


@needs(Can.SEE_RECORDS)
@require_GET
def references(request, review):
    seat = request.seat
    shown = {stage: decisions.revealed(review, stage) for stage in Stage}
    states = [
        (name, words)
        for name, (words, stage, _) in STATES.items()
        if stage is None or decisions.outcome_shown(seat, shown[stage])
    ]
    form = ReferenceFilter(review, [*states, *OUT.items()], request.GET)
    rows = _asked(review, seat, form.cleaned_data if form.is_valid() else {})
    table = ReferenceTable(rows, seat=seat, revealed=shown)
    RequestConfig(request, paginate={"per_page": 50}).configure(table)
    context = {"review": review, "table": table, "form": form}
    return render(
        request, "review/references.html", context, status=200 if form.is_valid() else 422
    )


@needs(Can.SEE_RECORDS)
@require_GET
def reference(request, review, pk):
    """Where a reference came from, what was decided, and its history."""
    seat = request.seat
    rows = review.references.select_related("batch__search", "batch__file", "duplicate_of")
    found = get_object_or_404(rows, pk=pk)
    stages = decisions.with_votes(found.screenings.select_related("reason")).order_by("-stage")
    hidden = decisions.citation_hidden(seat, stages)
    twins = found.duplicates.live().select_related("batch__search", "batch__file")
    events = review.events.filter(subject=f"reference:{pk}").select_related("actor").order_by("seq")
    context = {
        "review": review,
        "reference": found,
        "hidden": hidden,
        "facts": [] if hidden else _facts(found),
        "paragraphs": highlighting.paragraphs(found.abstract),
        "twins": twins.defer("raw", "abstract"),
        "report": Report.objects.filter(reference=found).first(),
        "stages": [_stage(seat, screening) for screening in stages],
        "history": [
            (event, history.sentence(event)) for event in decisions.events_shown(seat, events)
        ],
    }
    return render(request, "review/reference.html", context)


def _stage(seat, screening):
    """One stage of a record as ``seat`` may see it."""
    screening.review = seat.review
    shown = decisions.revealed(seat.review, screening.stage)
    words = decisions.said(seat, screening, revealed=shown)
    state, word = decisions.state_shown(
        seat, screening, revealed=shown, voted=any(one.own for one in words)
    )
    may_reopen = seat.can(Can.MANAGE) and screening.status in (Status.INCLUDED, Status.EXCLUDED)
    return {
        "screening": screening,
        "state": state,
        "word": word,
        "reason": screening.reason if state == screening.status else None,
        "said": words,
        "reopen": ReopenForm(auto_id=f"id_{screening.stage}_%s") if may_reopen else None,
    }


def _facts(found):
    issue = f"{found.volume}({found.issue})" if found.issue else found.volume
    facts = [
        ("Authors", "; ".join(found.authors)),
        ("Journal", found.journal),
        ("Year", found.year),
        ("Volume, pages", ": ".join(filter(None, [issue, found.pages]))),
        ("DOI", found.doi),
        ("PMID", found.pmid),
        ("Language", found.language),
        ("Type", found.kind),
        ("Keywords", ", ".join(found.keywords)),
    ]
    return [(term, value) for term, value in facts if value]


def _asked(review, seat, asked):
    """The references a filter asks for, with what the table reads of each."""
    rows = review.references.select_related("batch__search", "duplicate_of")
    rows = rows.filter(withdrawn=asked.get("status") == "withdrawn")
    if asked.get("status") == "duplicate":
        rows = rows.exclude(duplicate_of=None)
    if state := STATES.get(asked.get("status")):
        wanted = Q()
        for stage, status in state[2]:
            wanted |= Q(stage=stage, status=status)
        rows = rows.filter(pk__in=review.screenings.filter(wanted).values("reference"))
    if asked.get("search"):
        rows = rows.filter(batch__search=asked["search"])
    if asked.get("batch"):
        rows = rows.filter(batch=asked["batch"])
    if asked.get("q"):
        rows = _matching(rows, asked["q"].strip(), by_author=not review.hide_citation)
    screenings = Screening.objects.with_my_vote(seat.user).select_related("reason")
    heavy = [f"{path}{name}" for path in ("", "duplicate_of__") for name in ("raw", "abstract")]
    return rows.defer(*heavy).prefetch_related(Prefetch("screenings", screenings))


def _matching(rows, words, *, by_author):
    if words.isdecimal() and len(words) < 9:
        return rows.filter(Q(number=int(words)) | Q(pmid=words))
    wanted = Q(title__icontains=words) | Q(doi__iexact=words)
    if by_author:
        # SQLite keeps JSON text with its letters escaped as they are in JSON.
        rows = rows.alias(names=Cast("authors", TextField()))
        wanted |= Q(names__icontains=words) | Q(names__icontains=json.dumps(words)[1:-1])
    return rows.filter(wanted)
