"""Pages of step 4: full texts sought and obtained, and judged beside the paper."""

import uuid

from django.contrib import messages
from django.db.models import Exists, OuterRef, Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST
from django_tables2 import RequestConfig

from .. import decisions, desk, files, fulltext, screening
from ..access import Can, needs
from ..models import Report, ReportFile, Screening, Stage
from ..tables import ReportTable
from ..vote_forms import PdfForm, ReportFilter, RetrievalForm, VoteForm, WithdrawForm
from .screening import criteria, done, lettered, refused

STAGE = Stage.FULL_TEXT
Status = Screening.Status


@needs(Can.SEE_RECORDS)
@require_GET
def fulltexts(request, review):
    """All full texts with how they are retrieved and judged."""
    seat, shown = request.seat, decisions.revealed(review, STAGE)
    form = ReportFilter(_decisions(seat, shown), request.GET)
    rows = _asked(review, request.user, form.cleaned_data if form.is_valid() else {})
    table = ReportTable(rows, seat=seat, revealed=shown)
    RequestConfig(request, paginate={"per_page": 50}).configure(table)
    context = {
        "review": review,
        "table": table,
        "form": form,
        "lanes": desk.lanes(review, STAGE, request.user) if seat.can(Can.SCREEN) else None,
    }
    return render(request, "review/fulltexts.html", context, status=200 if form.is_valid() else 422)


@needs(Can.SCREEN)
@require_GET
def assess(request, review):
    """Go to the next full text that waits for this person's vote."""
    rows = desk.next_records(review, STAGE, request.user, limit=1)
    if not rows:
        messages.info(request, "No full text waits for your vote now.")
        return redirect("fulltexts", review.pk)
    return redirect("fulltext", review.pk, rows[0].reference.report.pk)


@needs(Can.SEE_RECORDS)
@require_GET
def report(request, review, pk):
    """One full text: the paper, how it was found, and what is decided about it."""
    seat = request.seat
    found = get_object_or_404(review.reports, pk=pk)
    records = review.screenings.filter(reference=found.reference_id).select_related("reference")
    record = decisions.with_votes(records).get(stage=STAGE)
    record.review = review
    shown = decisions.revealed(review, STAGE)
    words = decisions.said(seat, record, revealed=shown)
    mine = next((word for word in words if word.own and not word.ruling), None)
    versions = _versions(found)
    current = next((one for one in versions if not one.withdrawn_at), None)
    passed = records.filter(stage=Stage.TITLE_ABSTRACT, status=Status.INCLUDED).exists()
    context = {
        "review": review,
        "report": found,
        "record": record,
        "card": desk.cards(review, [record])[0],
        "state": decisions.state_shown(seat, record, revealed=shown, voted=bool(mine)),
        "said": words,
        "mine": mine,
        "versions": versions,
        "current": current,
        "file": current and current.file,
        "files": [current.file] if current else [],
        "may_retrieve": seat.can(Can.RETRIEVE) and passed,
        "retrieval": RetrievalForm(found, initial={"route": found.route}),
        "pdf": PdfForm(),
        "criteria": criteria(review),
        "voting": _voting(seat, record, found, mine),
    }
    return render(request, "review/fulltext.html", context)


@needs(Can.SCREEN)
@require_POST
def vote(request, review, pk):
    record = get_object_or_404(review.screenings.select_related("review"), pk=pk, stage=STAGE)
    form = VoteForm(record, request.POST)
    if not form.is_valid():
        return refused(request, review, form)
    screening.cast_vote(screening=record, reviewer=request.user, **form.cleaned_data)
    return done(request) or redirect("fulltext-next", review.pk)


@needs(Can.RETRIEVE)
@require_POST
def move(request, review, pk):
    found = get_object_or_404(review.reports, pk=pk)
    form = RetrievalForm(found, request.POST)
    if not form.is_valid():
        return refused(request, review, form)
    fulltext.move(report=found, actor=request.user, **form.cleaned_data)
    return redirect("fulltext", review.pk, pk)


@needs(Can.RETRIEVE)
@require_POST
def attach(request, review, pk):
    found = get_object_or_404(review.reports, pk=pk)
    form = PdfForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            fulltext.attach(report=found, actor=request.user, upload=form.cleaned_data["pdf"])
        except files.RefusedFile as why:
            form.add_error("pdf", str(why))
    if form.errors:
        return refused(request, review, form)
    return redirect("fulltext", review.pk, pk)


@needs(Can.RETRIEVE)
@require_POST
def withdraw_file(request, review, pk):
    versions = ReportFile.objects.filter(report__review=review).select_related("report")
    version = get_object_or_404(versions, pk=pk)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return refused(request, review, form)
    fulltext.withdraw_file(version=version, actor=request.user, why=form.cleaned_data["why"])
    return redirect("fulltext", review.pk, version.report_id)


@needs(Can.SEE_RECORDS)
@require_GET
@xframe_options_sameorigin
def file_content(request, review, pk):
    """The only way to an uploaded file: a PDF to look at, anything else to save."""
    return files.respond(get_object_or_404(review.files, pk=pk))


@needs(Can.SEE_RECORDS)
@require_GET
def paper(request, review, pk):
    """A paper by itself. The end of the address says the page and the passage to mark there."""
    file = get_object_or_404(review.files.filter(kind=files.PDF), pk=pk)
    return render(request, "review/paper.html", {"review": review, "file": file, "files": [file]})


def _versions(found):
    """All PDFs of a report, newest first, each with the form that withdraws it."""
    versions = list(found.files.select_related("file", "attached_by"))
    for version in versions:
        version.form = WithdrawForm(auto_id=f"id_{version.pk}_%s")
    return versions


def _voting(seat, record, found, mine):
    """What a screener can do about this record now, or why nothing; None for others."""
    if not seat.can(Can.SCREEN):
        return None
    takes_votes = record.status == Status.WAITING and found.status == Report.Status.OBTAINED
    if takes_votes or (mine and record.status in screening.OPEN):
        return {"open": True, "reasons": lettered(record.review, STAGE), "key": uuid.uuid4()}
    if record.status == Status.WAITING:
        return {
            "why": "It can be judged once it is obtained: attach the PDF, or mark it as obtained"
            " with the route by which you have it."
        }
    undo = screening.undoable(record.review, STAGE, seat.user).filter(screening=record).exists()
    return {"why": "It takes no more votes.", "undo": undo}


def _decisions(seat, shown):
    """The decisions a person may filter by: never what would tell an outcome they may not know."""
    asked = [("mine", "Wait for my vote")] if seat.can(Can.SCREEN) else []
    asked += [(Status.WAITING, "Being judged"), (Status.CONFLICT, "In conflict")]
    if decisions.outcome_shown(seat, shown):
        asked += [(status, status.label) for status in (Status.INCLUDED, Status.EXCLUDED)]
    return [*asked, (Status.SET_ASIDE, Status.SET_ASIDE.label)]


def _asked(review, user, asked):
    """The reports a filter asks for, with what the table reads of each."""
    rows = review.reports.select_related("reference").defer("reference__raw", "reference__abstract")
    records = Screening.objects.filter(stage=STAGE).with_my_vote(user)
    if asked.get("retrieval"):
        rows = rows.filter(status=asked["retrieval"])
    if asked.get("decision") == "mine":
        wanted = desk.open_to_votes(review, STAGE).awaiting_vote_from(user)
        rows = rows.filter(reference__in=wanted.values("reference"))
    elif asked.get("decision"):
        wanted = review.screenings.filter(stage=STAGE, status=asked["decision"])
        rows = rows.filter(reference__in=wanted.values("reference"))
    paper = ReportFile.objects.filter(report=OuterRef("pk"), withdrawn_at=None)
    return rows.annotate(has_pdf=Exists(paper)).prefetch_related(
        Prefetch("reference__screenings", records.select_related("reason"), to_attr="assessments")
    )
