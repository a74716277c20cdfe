"""Pages on which appraisals are compared: by the two, and by a third person."""

import uuid
from urllib.parse import quote

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from review.access import Can, needs
from review.models import IllegalMove

from .. import appraisal_meeting as meeting
from .. import appraisal_settling as settling
from .. import appraisal_viewing as viewing
from ..appraisal_forms import DecisionForm
from ..appraise import Given
from ..judging import BadAnswer
from ..models import Assessment

COMPARING = Assessment.Status.COMPARING


@needs(Can.APPRAISE)
@require_GET
def compare(request, review, pk):
    return _page(request, _of_mine(request, review, pk))


@needs(Can.APPRAISE)
@require_POST
def concede(request, review, pk):
    def act(assessment, data):
        settling.concede(
            assessment=assessment, item=data["item"], person=request.user, key=data["key"]
        )

    return _acted(request, _of_mine(request, review, pk), act)


@needs(Can.APPRAISE)
@require_POST
def add(request, review, pk):
    def act(assessment, data):
        given = Given(data["code"], data["reason"], data["quote"], data["page"])
        settling.add_answer(
            assessment=assessment,
            item=data["item"],
            person=request.user,
            given=given,
            key=data["key"],
        )

    return _acted(request, _of_mine(request, review, pk), act)


@needs(Can.APPRAISE)
@require_POST
def escalate(request, review, pk):
    def act(assessment, data):
        settling.escalate(
            assessment=assessment, person=request.user, item=data["item"], key=data["key"]
        )

    return _acted(request, _of_mine(request, review, pk), act)


@needs(Can.SETTLE)
@require_GET
def settle(request, review, pk):
    return _page(request, _of_review(review, pk))


@needs(Can.SETTLE)
@require_POST
def rule(request, review, pk):
    def act(assessment, data):
        said = {name: data[name] for name in ("item", "code", "reason", "key")}
        settling.rule(assessment=assessment, arbiter=request.user, **said)

    return _acted(request, _of_review(review, pk), act)


def _of_review(review, pk):
    rows = Assessment.objects.filter(study__review=review)
    return get_object_or_404(rows.select_related("study", "instrument"), pk=pk)


def _of_mine(request, review, pk):
    """An assessment that this person appraised; nobody else learns here that it is compared."""
    rows = Assessment.objects.filter(study__review=review, appraisals__appraiser=request.user)
    return get_object_or_404(rows.select_related("study", "instrument"), pk=pk)


def _page(request, assessment, *, problem="", problem_at="", status=200):
    review = request.seat.review
    if assessment.status == Assessment.Status.SETTLED:
        return redirect("assessment", review.pk, assessment.pk)
    if assessment.status != COMPARING:
        raise IllegalMove("There is nothing to compare until all appraisals are submitted.")
    view = viewing.of_assessment(assessment, request.seat)
    items = meeting.open_items(assessment, view) if view.pair or view.third else []
    after = request.GET.get("after")
    names = [one.item for one in items]
    context = {
        "review": review,
        "assessment": assessment,
        "view": view,
        "items": list(zip(items, [*names[1:], ""], strict=False)),
        "current": after if after in names else (names[0] if names else ""),
        "for_two": [one for one in items if not one.escalated],
        "problem": problem,
        "problem_at": problem_at,
        "key": uuid.uuid4().hex,
    }
    return render(request, "extraction/appraisal_compare.html", context, status=status)


def _acted(request, assessment, act):
    """Do what was decided; go on with the item after it, or to the settled assessment."""
    form = DecisionForm(request.POST)
    if not form.is_valid():
        raise IllegalMove("This decision could not be read. Load the page again.")
    review, data = request.seat.review, form.cleaned_data
    try:
        act(assessment, data)
    except BadAnswer as problem:
        return _page(request, assessment, problem=str(problem), problem_at=data["item"], status=422)
    assessment.refresh_from_db()
    if assessment.status == Assessment.Status.SETTLED:
        messages.info(request, "Nothing is open any more: the assessment is settled.")
        settled = reverse("assessment", args=[review.pk, assessment.pk])
        return HttpResponseClientRedirect(settled) if request.htmx else redirect(settled)
    pair = assessment.appraisals.filter(appraiser=request.user).exists()
    page = reverse("appraisal-compare" if pair else "appraisal-settle",
                   args=[review.pk, assessment.pk])  # fmt: skip
    after = request.POST.get("next", "")
    return redirect(f"{page}?after={quote(after)}" if after else page)
