"""Pages of the participant rows that stand: compared, checked, approved, doubted."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from review.access import Can, needs

from .. import schema
from ..models import ParticipantDifference, ParticipantRecord, RecordCell
from ..participants import mapping, pages, printing, published, settling, viewing
from ..participants.forms import OpinionForm, PairsForm, ReasonForm

PAGE = 100


@needs(Can.VIEW)
@require_GET
def record(request, review, pk):
    """The rows of a study, and what differs in them for those who may see it."""
    return _page(request, review, _record(review, pk))


@needs(Can.VIEW)
@require_GET
def findings(request, review, pk):
    """What is odd in the rows, and where they differ from what the paper prints."""
    record = _record(review, pk)
    view = viewing.of_record(record, request.seat)
    context = {"review": review, "record": record, "view": view, "study": record.study,
               "simulated": record.first.simulated}  # fmt: skip
    if view.content:
        columns = mapping.dictionary(record.version.schema)
        found = settling.standing_rows(record)
        context |= pages.findings(columns, found, request.GET.get("group", ""))
        context["printed"] = pages.against_print(record, columns, found)
        context["may_manage"] = request.seat.can(Can.MANAGE)
    return render(request, "extraction/participants_findings.html", context)


@needs(Can.EXTRACT)
@require_POST
def opinion(request, review, pk):
    return _say(request, review, pk, settling.give_opinion, "person")


@needs(Can.SETTLE)
@require_POST
def rule(request, review, pk):
    return _say(request, review, pk, settling.rule, "arbiter")


@needs(Can.SETTLE)
@require_POST
def approve(request, review, pk):
    record = settling.approve(record=_record(review, pk), actor=request.user)
    return _stands(request, record)


@needs(Can.EXTRACT)
@require_POST
def confirm(request, review, pk):
    record = settling.confirm(record=_record(review, pk), actor=request.user)
    return _stands(request, record)


@needs(Can.EXTRACT)
@require_POST
def send_back(request, review, pk):
    record, form = _record(review, pk), ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, review, record, reason_form=form, status=422)
    settling.send_back(record=record, actor=request.user, **form.cleaned_data)
    messages.info(request, f"The data set of {record.study} is with the person who loaded it.")
    return redirect("participants-overview", review.pk)


@needs(Can.SETTLE)
@require_POST
def reopen(request, review, pk):
    record, form = _record(review, pk), ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, review, record, reason_form=form, status=422)
    settling.reopen(record=record, actor=request.user, **form.cleaned_data)
    return redirect("participants", review.pk, record.pk)


@needs(Can.MANAGE)
@require_http_methods(["GET", "POST"])
def printed_pairs(request, review, pk, printed):
    """Say once which cells of another form print what the rows of this one come to."""
    form = get_object_or_404(review.extraction_forms, pk=pk)
    other = get_object_or_404(review.extraction_forms, pk=printed)
    columns, asked = printing.columns_of(form), printing.printed_by(other)
    known = [pages.pair_of(one) for one in form.printed_pairs.filter(printed_form=other)]
    proposed = known or published.propose(columns, asked)
    typed = PairsForm(request.POST or None, columns=columns, printed=asked, known=proposed)
    if typed.is_valid():
        printing.set_pairs(form=form, printed=other, actor=request.user, pairs=typed.pairs)
        messages.info(request, "Kept. The page of findings of each study compares them now.")
        return redirect("participants-overview", review.pk)
    context = {"review": review, "form": typed, "participants": form, "printed": other,
               "saved": bool(known)}  # fmt: skip
    return render(request, "extraction/participants_printed.html", context,
                  status=422 if typed.errors else 200)  # fmt: skip


def _record(review, pk):
    found = ParticipantRecord.objects.filter(study__review=review)
    joined = ("study", "form", "version", "first__extractor", "second__extractor", "approved_by")
    return get_object_or_404(found.select_related(*joined), pk=pk)


def _say(request, review, pk, door, who):
    found = ParticipantDifference.objects.filter(record__study__review=review)
    difference = get_object_or_404(found.select_related("record"), pk=pk)
    record, form = _record(review, difference.record_id), OpinionForm(request.POST)
    if not form.is_valid():
        return _page(request, review, record, refused="Choose what stands.", status=422)
    try:
        door(difference=difference, **{who: request.user}, **form.cleaned_data)
    except schema.BadValue as problem:
        return _page(request, review, record, refused=str(problem), status=422)
    return redirect("participants", review.pk, record.pk)


def _stands(request, record):
    messages.info(request, f"The participants of {record.study} are approved.")
    return redirect("participants", record.study.review_id, record.pk)


def _page(request, review, record, *, status=200, **more):
    view = viewing.of_record(record, request.seat)
    context = {"review": review, "record": record, "view": view, "reason_form": ReasonForm(),
               "approved": record.status == ParticipantRecord.Status.APPROVED}  # fmt: skip
    if view.content:
        columns = mapping.dictionary(record.version.schema)
        page = Paginator(settling.standing_rows(record), PAGE).get_page(request.GET.get("page"))
        differences = record.differences
        context |= {
            "columns": [pages.heading(asked) for asked in columns.values()],
            "page": page,
            "rows": pages.shown_rows(columns, page),
            "differences": pages.differences(record, request.seat, view),
            "left": differences.exclude(status=RecordCell.Status.CLOSED).count(),
            "escalated": differences.filter(status=RecordCell.Status.ESCALATED).count(),
        }
    return render(
        request, "extraction/participants.html", context | more, status=status
    )  # fmt: skip
