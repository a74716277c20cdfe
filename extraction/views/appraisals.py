"""Pages of one's own appraisal: the questions, each answer as it is given, submission."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from review.access import Can, needs

from .. import appraisal_lanes, appraise, desk
from ..appraisal_forms import AnswerForm
from ..appraisal_sheet import anchored, lay_out, moved
from ..judging import BadAnswer, Incomplete
from ..models import Appraisal, Assessment

OPEN = Assessment.Status.OPEN


@needs(Can.APPRAISE)
@require_POST
def begin(request, review, pk):
    assessment = get_object_or_404(appraisal_lanes.assessments(review), pk=pk)
    appraisal = appraise.begin(assessment=assessment, appraiser=request.user)
    return redirect("appraisal", review.pk, appraisal.pk)


@needs(Can.APPRAISE)
@require_GET
def appraisal(request, review, pk):
    return _page(request, review, _mine(request, review, pk))


@needs(Can.APPRAISE)
@require_POST
def answer(request, review, pk):
    """Save one answer; a script gets what of the page it has moved."""
    mine = _mine(request, review, pk)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _refused(request, review, mine, form.errors.get("page", ["This is no answer."])[0])
    before = lay_out(mine)
    try:
        appraise.answer(appraisal=mine, **form.cleaned_data)
    except BadAnswer as problem:
        return _refused(request, review, mine, str(problem))
    if not request.htmx:
        return redirect(_at(review, mine, form.cleaned_data["item"]))
    after = lay_out(mine)
    context = _context(request, review, mine, after) | moved(before, after)
    context["saved"] = [one for one in after.lines if one.item == form.cleaned_data["item"]]
    return render(request, "extraction/_appraisal_saved.html", context)


@needs(Can.APPRAISE)
@require_POST
def copy(request, review, pk):
    mine = _mine(request, review, pk)
    source = get_object_or_404(
        Appraisal.objects.filter(appraiser=request.user, assessment__study__review=review),
        pk=request.POST.get("source") or 0,
    )
    copied = appraise.copy_answers(appraisal=mine, source=source)
    messages.info(request, f"{copied} answers were copied. Check each for this result.")
    return redirect("appraisal", review.pk, mine.pk)


@needs(Can.APPRAISE)
@require_POST
def submit(request, review, pk):
    mine = _mine(request, review, pk)
    try:
        appraise.submit(appraisal=mine, key=request.POST.get("key"))
    except Incomplete as refusal:
        return _page(request, review, mine, missing=anchored(refusal.missing), status=422)
    mine.assessment.refresh_from_db()
    if mine.assessment.status == OPEN:
        messages.info(request, "Your appraisal is submitted. You can take it back for now.")
    elif mine.assessment.status == Assessment.Status.SETTLED:
        messages.info(request, "Your appraisal is submitted, and the assessment is settled.")
        return redirect("assessment", review.pk, mine.assessment_id)
    else:
        messages.info(request, "Both appraisals are in. Here is where they differ.")
        return redirect("appraisal-compare", review.pk, mine.assessment_id)
    return redirect("assessments", review.pk)


@needs(Can.APPRAISE)
@require_POST
def take_back(request, review, pk):
    mine = appraise.take_back(appraisal=_mine(request, review, pk))
    return redirect("appraisal", review.pk, mine.pk)


@needs(Can.APPRAISE)
@require_POST
def give_back(request, review, pk):
    appraise.give_back(appraisal=_mine(request, review, pk))
    messages.info(request, "Somebody else can appraise this study now.")
    return redirect("assessments", review.pk)


def _mine(request, review, pk):
    rows = Appraisal.objects.filter(assessment__study__review=review, appraiser=request.user)
    return get_object_or_404(
        rows.select_related(
            "assessment__study", "assessment__instrument", "copied_from__assessment"
        ),
        pk=pk,
    )


def _page(request, review, mine, *, missing=(), problem="", status=200):
    context = _context(request, review, mine, lay_out(mine))
    study = mine.assessment.study
    study.review = review
    files = desk.files_of(study)
    asked = request.GET.get("file")
    context |= {
        "missing": missing,
        "problem": problem,
        "problem_at": request.POST.get("item", ""),
        "files": files,
        "file": next((one for one in files if str(one.pk) == asked), files[0] if files else None),
        "sources": _sources(mine) if context["editable"] else [],
        "may_give_back": context["editable"] and not mine.answers.exists(),
    }
    return render(request, "extraction/appraisal.html", context, status=status)


def _context(request, review, mine, sheet):
    assessment = mine.assessment
    return {
        "review": review,
        "appraisal": mine,
        "assessment": assessment,
        "sheet": sheet,
        "editable": mine.status == Appraisal.Status.DRAFT,
        "may_take_back": mine.status == Appraisal.Status.SUBMITTED and assessment.status == OPEN,
        "key": uuid.uuid4().hex,
    }


def _sources(mine):
    """One's own appraisals of other results of the study with the same tool."""
    here = mine.assessment
    rows = Appraisal.objects.filter(
        appraiser=mine.appraiser_id,
        assessment__study=here.study_id,
        assessment__instrument=here.instrument_id,
        answers__isnull=False,
    )
    return rows.exclude(pk=mine.pk).select_related("assessment").distinct().order_by("pk")


def _at(review, mine, item):
    return f"{reverse('appraisal', args=[review.pk, mine.pk])}#line-{item}"


def _refused(request, review, mine, why):
    if request.htmx:
        return HttpResponse(why, status=422, content_type="text/plain; charset=utf-8")
    return _page(request, review, mine, problem=why, status=422)
