"""Pages of one's own participant table: where each study stands, the grid, a file, submission."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from review.access import Can, needs
from review.files import RefusedFile
from review.parsers.records import UnreadableFile

from ..models import ParticipantTable
from ..participants import entering, mapping, pages, printing
from ..participants.forms import DescribeForm, MappingForm, SourceForm

GET_OR_POST = require_http_methods(["GET", "POST"])
PAGE, BLANK = 50, 5
PREVIEW, TOLD = 8, 100


@needs(Can.SEE_RECORDS)
@require_GET
def overview(request, review):
    """Every study with every form that asks for participants, and whose turn it is."""
    found = pages.forms_with_participants(review)
    context = {
        "review": review,
        "forms": [(form, columns, pages.lines(review, form, request.seat))
                  for form, columns in found],
        "printing": printing.printing_forms(review),
        "may_manage": request.seat.can(Can.MANAGE),
    }  # fmt: skip
    return render(request, "extraction/participants_overview.html", context)


@needs(Can.EXTRACT)
@require_POST
def begin(request, review, pk, form):
    study = get_object_or_404(review.studies.all(), pk=pk)
    form = get_object_or_404(review.extraction_forms, pk=form)
    way = request.POST.get("way")
    way = way if way in ParticipantTable.Way.values else ParticipantTable.Way.TYPED
    table = entering.begin(study=study, form=form, actor=request.user, way=way)
    return redirect("participant-table", review.pk, table.pk)


@needs(Can.EXTRACT)
@GET_OR_POST
def table(request, review, pk):
    """The grid: one page of rows as inputs, with some empty ones beneath."""
    table = _mine(request, review, pk)
    if request.method == "GET":
        return _page(request, table)
    columns = mapping.dictionary(table.version.schema)
    typed = _typed(request.POST, columns)
    try:
        entering.save_rows(table=table, typed=typed, key=request.POST.get("key"))
    except entering.NotLoaded as refusal:
        return _page(request, table, typed=typed, problems=refusal.problems, status=422)
    return redirect(f"{request.path}?page={request.POST.get('page', '')}")


@needs(Can.EXTRACT)
@require_POST
def describe(request, review, pk):
    table = _mine(request, review, pk)
    form = DescribeForm(request.POST)
    if not form.is_valid():
        return _page(request, table, describe_form=form, status=422)
    entering.describe(table=table, **form.cleaned_data)
    return redirect("participant-table", review.pk, table.pk)


@needs(Can.EXTRACT)
@require_POST
def keep_file(request, review, pk):
    table = _mine(request, review, pk)
    form = SourceForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            entering.keep_file(table=table, upload=form.cleaned_data["upload"])
        except (RefusedFile, UnreadableFile) as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("participant-mapping", review.pk, table.pk)
    return _page(request, table, source_form=form, status=422)


@needs(Can.EXTRACT)
@GET_OR_POST
def map_columns(request, review, pk):
    """Say what each column is; look at what that makes of the rows; load them."""
    table = _mine(request, review, pk)
    source = entering.source_of(table)
    if source is None:
        return redirect("participant-table", review.pk, table.pk)
    columns = mapping.dictionary(table.version.schema)
    form = MappingForm(
        request.POST or None, columns=columns, source=source, known=table.mapping
    )  # fmt: skip
    how = form.how if form.is_valid() else None if form.is_bound else table.mapping
    loaded = mapping.read(columns, source, how) if how and how["columns"] else None
    if "load" in request.POST and loaded and not loaded.problems:
        count = entering.load(table=table, how=how)
        messages.info(request, f"{count} participants are in the table.")
        return redirect("participant-table", review.pk, table.pk)
    refused = form.errors or (loaded and loaded.problems and "load" in request.POST)
    context = {"review": review, "table": table, "form": form, "source": source}
    return render(
        request,
        "extraction/participants_mapping.html",
        context | _preview(columns, loaded),
        status=422 if refused else 200,
    )


@needs(Can.EXTRACT)
@require_GET
def scrutinise(request, review, pk):
    """What is odd in one's own rows, before they are submitted."""
    table = _mine(request, review, pk)
    columns = mapping.dictionary(table.version.schema)
    found = pages.findings(columns, entering.pairs(table), request.GET.get("group", ""))
    context = {"review": review, "study": table.study, "table": table, "simulated": table.simulated}
    return render(request, "extraction/participants_findings.html", context | found)


@needs(Can.EXTRACT)
@require_POST
def submit(request, review, pk):
    table = entering.submit(table=_mine(request, review, pk))
    messages.info(request, f"Your participants of {table.study} are submitted.")
    return redirect("participant-table", review.pk, table.pk)


@needs(Can.EXTRACT)
@require_POST
def withdraw(request, review, pk):
    table = entering.withdraw(table=_mine(request, review, pk))
    return redirect("participant-table", review.pk, table.pk)


@needs(Can.EXTRACT)
@require_POST
def give_back(request, review, pk):
    table = _mine(request, review, pk)
    entering.give_back(table=table)
    messages.info(request, "The table is put away; the ledger keeps that it was there.")
    return redirect("participants-overview", review.pk)


def _mine(request, review, pk):
    """A table of this person; anybody else's is not there."""
    found = ParticipantTable.objects.filter(study__review=review, extractor=request.user)
    return get_object_or_404(found.select_related("study__review", "form", "version"), pk=pk)


def _page(request, table, *, typed=None, problems=(), status=200, **more):
    columns = mapping.dictionary(table.version.schema)
    editable = table.status == ParticipantTable.Status.DRAFT
    page = Paginator(table.rows.all(), PAGE).get_page(
        request.POST.get("page") or request.GET.get("page")
    )
    if typed is None:
        found = [(row.pk, row.key, row.values, None) for row in page]
        blank = [(None, "", {}, None)] * (BLANK if editable and not page.has_next() else 0)
        found += blank
    else:
        found = [(pk, key, {}, texts) for pk, key, texts in typed]
    known = {"source": table.source, "simulated": table.simulated}
    context = {
        "review": table.study.review,
        "table": table,
        "columns": [(asked, pages.heading(asked)) for asked in columns.values()],
        "rows": pages.grid(columns, found, typed, problems),
        "problems": problems,
        "page": page,
        "editable": editable,
        "record": table.study.participant_records.filter(form=table.form).first(),
        "describe_form": DescribeForm(initial=known),
        "source_form": SourceForm(),
        "key": uuid.uuid4().hex,
    }
    return render(request, "extraction/participants_table.html", context | more, status=status)


def _typed(posted, columns):
    """What the grid sent, as ``entering.save_rows`` takes it."""
    typed = []
    for number in range(1, PAGE + BLANK + 1):
        if f"row-{number}-key" not in posted:
            break
        pk = posted.get(f"row-{number}-id", "")
        if pk and not pk.isdecimal():
            raise Http404
        texts = {name: posted.get(f"row-{number}-{name}", "") for name in columns}
        typed.append((int(pk) if pk else None, posted[f"row-{number}-key"], texts))
    return typed


def _preview(columns, loaded):
    """The first rows as they would be, and the first problems."""
    if loaded is None:
        return {"loaded": None}
    first = [(row.key, row.values) for row in loaded.rows[:PREVIEW]]
    return {
        "loaded": loaded,
        "headings": [pages.heading(asked) for asked in columns.values()],
        "first": pages.shown_rows(columns, first),
        "problems": loaded.problems[:TOLD],
    }
