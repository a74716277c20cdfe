"""Pages of the comparison: what differs, the record with its approval, where a value came from."""

import uuid

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django_tables2 import RequestConfig

from review.access import Can, needs
from review.models import IllegalMove

from .. import adjudication, lanes, meeting, provenance, recordsheet, schema, standing, viewing
from ..consensus import building, differing
from ..forms import ReasonForm, VerdictForm
from ..models import Record, RecordCell
from ..tables import RecordTable
from .structure import rule_choices

Status = RecordCell.Status
SHOWN = 100  # differences on one page; the next ones come up when these are closed


@needs(Can.SEE_RECORDS)
@require_GET
def consensus(request, review):
    records = Record.objects.filter(study__review=review).select_related("study", "form")
    table = RecordTable(standing.with_counts(records, request.user), seat=request.seat)
    RequestConfig(request, paginate={"per_page": 50}).configure(table)
    context = {
        "review": review,
        "table": table,
        "to_compare": lanes.to_compare(review, request.seat),
        "to_settle": lanes.to_settle(review, request.seat),
        "to_approve": lanes.to_approve(review, request.seat),
        "rule": (rule := rule_choices(review)),
        "agreed_any": any(agreed for _, _, agreed in rule),
        "may_set_rule": request.seat.can(Can.MANAGE),
    }
    return render(request, "extraction/consensus.html", context)


@needs(Can.EXTRACT)
@require_GET
def differences(request, review, pk):
    """The two see what they read differently."""
    record = _record(review, pk)
    view = viewing.of_record(record, request.seat)
    if not view.pair or record.status == Record.Status.APPROVED:
        return redirect("record", review.pk, record.pk)
    if building.is_open(record):
        return redirect("record-structure", review.pk, record.pk)
    return _page(request, record, view, [Status.OPEN, Status.ESCALATED])


@needs(Can.SETTLE)
@require_GET
def settle(request, review, pk):
    """A third person sees what was left to them, without names and in nobody's order."""
    record = _record(review, pk)
    view = viewing.of_record(record, request.seat)
    if not view.third or record.status == Record.Status.APPROVED:
        return redirect("record", review.pk, record.pk)
    if record.structure == Record.Structure.ESCALATED:
        return redirect("record-structure", review.pk, record.pk)
    return _page(request, record, view, [Status.ESCALATED])


@needs(Can.EXTRACT)
@require_POST
def opinion(request, review, pk):
    give = adjudication.give_opinion
    seen = request.POST.get("seen")
    return _verdict(
        request, review, pk, lambda **said: give(person=request.user, seen=seen, **said)
    )


@needs(Can.SETTLE)
@require_POST
def rule(request, review, pk):
    give = adjudication.rule
    return _verdict(request, review, pk, lambda **said: give(arbiter=request.user, **said))


@needs(Can.VIEW)
@require_GET
def record(request, review, pk):
    return _record_page(request, _record(review, pk), ReasonForm())


@needs(Can.SETTLE)
@require_POST
def approve(request, review, pk):
    adjudication.approve(record=_record(review, pk), actor=request.user)
    return redirect("record", review.pk, pk)


@needs(Can.SETTLE)
@require_POST
def reopen(request, review, pk):
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _record_page(request, _record(review, pk), form, status=422)
    adjudication.reopen(record=_record(review, pk), actor=request.user, **form.cleaned_data)
    return redirect("record", review.pk, pk)


@needs(Can.VIEW)
@require_GET
def cell(request, review, pk):
    """Where the value of one cell came from; before it may be seen, the record says so."""
    cell = _cell(review, pk)
    view = viewing.of_record(cell.record, request.seat)
    if not view.content:
        return redirect("record", review.pk, cell.record_id)
    context = {
        "review": review,
        "record": cell.record,
        "told": provenance.of(cell, request.seat),
        "diff": _shown(cell, request.seat, view),
        "may_open_files": request.seat.can(Can.SEE_RECORDS),
        "key": uuid.uuid4().hex,
    }
    return render(request, "extraction/record_cell.html", context)


def _record(review, pk):
    records = Record.objects.filter(study__review=review)
    return get_object_or_404(records.select_related("study__review", "form", "version"), pk=pk)


def _cell(review, pk):
    cells = RecordCell.objects.filter(record__study__review=review).select_related(
        "record__study__review", "record__version", "record__form", "arm", "outcome",
        "first__file", "second__file", "file",
    )  # fmt: skip
    return get_object_or_404(cells, pk=pk)


def _page(request, record, view, statuses):
    found = meeting.lay_out(record, request.seat, view, statuses, SHOWN)
    context = {
        "review": record.study.review,
        "record": record,
        "view": view,
        "meeting": found,
        "left": found.left,
        "more": found.left - len(found.serious) - len(found.harmless),
        "may_open_files": request.seat.can(Can.SEE_RECORDS),
        "key": uuid.uuid4().hex,
    }
    return render(request, "extraction/differences.html", context)


def _verdict(request, review, pk, give):
    """Give an opinion or a ruling; answer with the cell as it stands then."""
    cell = _cell(review, pk)
    record, seat = cell.record, request.seat
    view = viewing.of_record(record, seat)
    form = VerdictForm(request.POST)
    if not form.is_valid() or not view.content:
        raise IllegalMove("This verdict could not be read. Load the page again.")
    data, problem = form.cleaned_data, ""
    said = meeting.meant(cell, data["choice"], data["given"], seat, view, data["code"])
    try:
        give(cell=cell, note=data["note"], key=data["key"], **said)
    except schema.BadValue as refusal:
        problem = str(refusal)
    if not problem and not request.htmx:
        page = "record-compare" if view.pair else "record-settle"
        return redirect(f"{reverse(page, args=[review.pk, record.pk])}#cell-{cell.pk}")
    typed = data["given"] if problem else ""
    diff = _shown(_cell(review, pk), seat, view, typed=typed, problem=problem)
    context = {
        "review": review,
        "record": record,
        "diff": diff,
        "left": _left(record, view),
        "may_open_files": request.seat.can(Can.SEE_RECORDS),
        "key": uuid.uuid4().hex,
    }
    template = "extraction/_verdict.html" if request.htmx else "extraction/difference.html"
    return render(request, template, context, status=422 if problem else 200)


def _shown(cell, seat, view, **typed):
    """One cell as the page shows it, told apart with what stands around it."""
    found, also = differing.of_one(cell.record, cell)
    return meeting.difference(cell, cell.record, seat, view, found=found, also=also, **typed)


def _left(record, view):
    """How many cells still wait for this person's verdict."""
    waiting = [Status.OPEN, Status.ESCALATED] if view.pair else [Status.ESCALATED]
    return record.cells.filter(status__in=waiting).count()


def _record_page(request, record, reason_form, *, status=200):
    view = viewing.of_record(record, request.seat)
    approved = record.status == Record.Status.APPROVED
    context = {
        "review": record.study.review,
        "record": record,
        "view": view,
        "sheet": recordsheet.lay_out(record) if approved or view.content else None,
        "former": record.former.count() if approved or view.content else 0,
        "approved": approved,
        "may_settle": view.third,
        "may_open_files": request.seat.can(Can.SEE_RECORDS),
        "reason_form": reason_form,
    }
    return render(request, "extraction/record.html", context, status=status)
