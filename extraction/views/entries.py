"""Pages of one's own extraction: the sheet, its cells, its units, its submission."""

import uuid
from dataclasses import replace

from django.contrib import messages
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from review.access import Can, needs

from .. import asprinted, desk, extract, schema
from ..extract import Incomplete, Stale, Typed
from ..forms import CellForm, ConfirmForm, UnitForm
from ..grid import blocks
from ..grid.forms import BlockForm
from ..models import Entry, Unit, UnitKind
from ..provenance import said

GET_OR_POST = require_http_methods(["GET", "POST"])


@needs(Can.EXTRACT)
@require_POST
def begin(request, review, pk, form):
    study = get_object_or_404(review.studies.all(), pk=pk)
    form = get_object_or_404(review.extraction_forms, pk=form)
    entry = extract.begin(study=study, form=form, actor=request.user)
    return redirect("entry", review.pk, entry.pk)


@needs(Can.EXTRACT)
@require_GET
def entry(request, review, pk):
    return _page(request, review, _mine(request, review, pk))


@needs(Can.EXTRACT)
@require_POST
def save(request, review, pk):
    """Save one cell for the script of the sheet; the answer is JSON, refused or not."""
    entry = _mine(request, review, pk)
    form = CellForm(request.POST, entry=entry, files=desk.files_of(entry.study))
    if not form.is_valid():
        return _answer(request, entry, status=422, problem=_words(form))
    try:
        extract.save_cell(entry=entry, **form.typed)
    except schema.BadValue as problem:
        return _answer(request, entry, status=422, problem=str(problem))
    except Stale as stale:
        field = form.asked[form.typed["field"]]
        held = "nothing" if stale.cell is None else said(field, stale.cell)
        return _answer(request, entry, status=409, conflict=held)
    return _answer(request, entry)


@needs(Can.EXTRACT)
@GET_OR_POST
def cell(request, review, pk):
    """One cell with its quote, page and note on a page of its own; needs no script."""
    entry = _mine(request, review, pk)
    box = desk.lay_out(entry).boxes.get(request.GET.get("path"))
    if box is None:
        raise Http404
    files = desk.files_of(entry.study)
    form = CellForm(request.POST or None, entry=entry, files=files, initial=_initial(box))
    if form.is_valid():
        try:
            extract.save_cell(entry=entry, **form.typed)
        except schema.BadValue as problem:
            form.add_error("given", str(problem))
        except Stale:
            form.add_error(None, "This cell was changed in another window. Load the page again.")
        else:
            return redirect(_url_of(review, entry, box.path))
    context = {"review": review, "entry": entry, "box": box, "form": form}
    return render(request, "extraction/cell.html", context, status=422 if form.errors else 200)


@needs(Can.EXTRACT)
@require_POST
def save_all(request, review, pk):
    """Save the whole sheet as it was typed, for a browser without script."""
    entry = _mine(request, review, pk)
    cells = [
        _typed(box, request.POST.getlist(box.path))
        for box in desk.lay_out(entry).boxes.values()
        if box.path in request.POST
    ]
    try:
        changed = extract.save_cells(entry=entry, cells=filter(None, cells))
    except schema.BadValue as problem:
        lines = str(problem).splitlines()
        return _page(request, review, entry, refused=lines, status=422)
    messages.info(request, f"{changed} cells were saved.")
    return redirect("entry", review.pk, entry.pk)


@needs(Can.EXTRACT)
@require_POST
def block(request, review, pk):
    """Say where a pasted block lands, or put in what is not refused; for the script."""
    entry = _mine(request, review, pk)
    form = BlockForm(request.POST, files=desk.files_of(entry.study))
    if not form.is_valid():
        return _landed(request, problem=_words(form), status=422)
    landings = blocks.look(desk.lay_out(entry), form.cleaned_data["cells"])
    ready = blocks.typed(landings, form.witness)
    if not form.cleaned_data["save"] or not ready:
        return _landed(request, landings=landings, ready=len(ready))
    extract.save_cells(entry=entry, cells=ready, key=form.cleaned_data["key"])
    sheet = desk.lay_out(entry)
    cells = {cell.path: _cell(request, entry, sheet.boxes[cell.path]) for cell in ready}
    return JsonResponse({"cells": cells} | _state(request, entry, sheet))


@needs(Can.EXTRACT)
@require_POST
def confirm(request, review, pk):
    entry = _mine(request, review, pk)
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        raise Http404
    extract.confirm(entry=entry, **form.cleaned_data)
    if request.headers.get("Accept") == "application/json":
        return _answer(request, entry)
    return redirect(_url_of(review, entry, form.cleaned_data["path"]))


@needs(Can.EXTRACT)
@require_POST
def submit(request, review, pk):
    entry = _mine(request, review, pk)
    try:
        extract.submit(entry=entry)
    except Incomplete as refusal:
        return _page(request, review, entry, missing=refusal.missing, status=422)
    messages.info(request, f"Your extraction of {entry.study} is submitted.")
    return redirect("entry", review.pk, entry.pk)


@needs(Can.EXTRACT)
@require_POST
def withdraw(request, review, pk):
    entry = extract.withdraw(entry=_mine(request, review, pk))
    return redirect("entry", review.pk, entry.pk)


@needs(Can.EXTRACT)
@require_POST
def give_back(request, review, pk):
    entry = _mine(request, review, pk)
    extract.give_back(entry=entry)
    messages.info(request, f"{entry.study} is free for somebody else.")
    return redirect("studies", review.pk)


@needs(Can.EXTRACT)
@require_POST
def add_unit(request, review, pk):
    entry = _mine(request, review, pk)
    form = UnitForm(request.POST)
    if not form.is_valid():
        return _page(request, review, entry, unit_form=form, status=422)
    extract.add_unit(entry=entry, **form.cleaned_data)
    return redirect("entry", review.pk, entry.pk)


@needs(Can.EXTRACT)
@GET_OR_POST
def unit(request, review, pk):
    """Name a unit otherwise, or take it away."""
    unit = _my_unit(request, review, pk)
    known = {"kind": unit.kind, "label": unit.label, "detail": unit.detail}
    form = UnitForm(request.POST or None, initial=known)
    if form.is_valid():
        names = {name: form.cleaned_data[name] for name in ("label", "detail")}
        names["label"] = names["label"] or unit.label
        extract.rename_unit(unit=unit, **names)
        return redirect("entry", review.pk, unit.entry_id)
    context = {"review": review, "unit": unit, "entry": unit.entry, "form": form}
    return render(request, "extraction/unit.html", context, status=422 if form.errors else 200)


@needs(Can.EXTRACT)
@require_POST
def move_unit(request, review, pk):
    unit = _my_unit(request, review, pk)
    by = -1 if request.POST.get("by") == "-1" else 1
    extract.move_unit(unit=unit, by=by, key=request.POST.get("key"))
    return redirect("entry", review.pk, unit.entry_id)


@needs(Can.EXTRACT)
@require_POST
def remove_unit(request, review, pk):
    unit = _my_unit(request, review, pk)
    extract.remove_unit(unit=unit)
    messages.info(request, f"“{unit}” and its cells are gone. The ledger keeps what they held.")
    return redirect("entry", review.pk, unit.entry_id)


def _mine(request, review, pk):
    """An entry of this person; anybody else's is not there."""
    entries = Entry.objects.filter(study__review=review, extractor=request.user)
    return get_object_or_404(entries.select_related("study__review", "form", "version"), pk=pk)


def _my_unit(request, review, pk):
    units = Unit.objects.filter(entry__study__review=review, entry__extractor=request.user)
    return get_object_or_404(units.select_related("entry__study__review"), pk=pk)


def _page(request, review, entry, *, status=200, **said):
    sheet = desk.lay_out(entry)
    files = desk.files_of(entry.study)
    shown = next((f for f in files if str(f.pk) == request.GET.get("file")), None)
    asked = schema.fields(entry.version.schema).values()
    context = {
        "review": review,
        "entry": entry,
        "sheet": sheet,
        "editable": entry.status == Entry.Status.DRAFT,
        "compared": entry.study.records.filter(form=entry.form).first(),
        "files": files,
        "file": shown or next(iter(files), None),
        "kinds": _kinds(asked, sheet.units),
        "former": entry.former.count(),
        "formats": asprinted.choices(entry.version.schema),
        "key": uuid.uuid4().hex,
    }
    return render(request, "extraction/entry.html", context | said, status=status)


def _kinds(asked, units):
    """The kinds of unit that the form asks for, as (kind, title, units); arms also where only
    their comparisons are asked."""
    of_two = any(schema.takes_comparison(field) for field in asked)
    kinds = (
        (UnitKind.ARM, "Arms", "arms", of_two or any(map(schema.takes_arm, asked))),
        (UnitKind.OUTCOME, "Outcomes and times", "outcomes", any(map(schema.takes_outcome, asked))),
        (UnitKind.COMPARISON, "Comparisons of two arms", "comparisons", of_two),
    )
    return [(kind, title, units[name]) for kind, title, name, takes in kinds if takes]


def _answer(request, entry, *, status=200, problem="", conflict=""):
    """The saved or refused cell, what is said at every cell, and the counts."""
    sheet = desk.lay_out(entry)
    box = sheet.boxes.get(request.POST.get("path"))
    if box is None:
        raise Http404
    if problem or conflict:
        given = request.POST.getlist("given")
        typed = given if box.field["kind"] == "multichoice" else "".join(given)
        chosen = request.POST.get("as", "")
        box = replace(box, typed=typed, chosen=chosen, problem=problem, conflict=conflict)
    answer = {"cell": _cell(request, entry, box)} | _state(request, entry, sheet)
    answer["looks"][box.path] = box.look
    return JsonResponse(answer, status=status)


def _cell(request, entry, box):
    context = {"review": entry.study.review, "entry": entry, "box": box, "editable": True}
    return render_to_string("extraction/_cell.html", context, request=request)


def _state(request, entry, sheet):
    """What is said at every cell, and the counts."""
    context = {"review": entry.study.review, "entry": entry, "editable": True}
    return {
        "looks": {box.path: box.look for box in sheet.boxes.values()},
        "says": {
            box.path: render_to_string("extraction/_says.html", context | {"box": box}, request)
            for box in sheet.boxes.values()
            if box.doubts or box.stray or box.printed
        },
        "derived": render_to_string("extraction/_derived.html", {"lines": sheet.derived}, request),
        "counts": {"done": sheet.done, "total": sheet.total, "checks": sheet.checks},
    }


def _landed(request, *, status=200, ready=0, **context):
    html = render_to_string("extraction/_block.html", context, request)
    return JsonResponse({"html": html, "ready": ready}, status=status)


def _typed(box, given):
    """What a sheet sent without script holds for a cell; None where nothing was changed."""
    value = given if box.field["kind"] == "multichoice" else "".join(given)
    if value == (box.codes if isinstance(value, list) else box.text):
        return None
    _, arm, outcome = schema.split_path(box.path)
    return Typed(box.field["key"], box.given(value), arm, outcome, **box.witness)


def _initial(box):
    """What the page of one cell starts with."""
    state = {"state": box.cell.state} if box.cell else {}
    chosen = box.codes if box.field["kind"] in schema.CHOICES else box.text
    held = box.witness | state | {"anchor": box.anchor}
    return held | {"path": box.path, "given": chosen, "as": box.format, "seen": box.stamp}


def _words(form):
    return " ".join(error for errors in form.errors.values() for error in errors)


def _url_of(review, entry, path):
    return f"{reverse('entry', args=[review.pk, entry.pk])}#cell-{path}"
