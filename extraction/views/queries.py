"""Pages of the questions to authors: what is open, what was answered, what rests on it."""

import uuid

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_tables2 import RequestConfig

from review import files
from review.access import Can, needs

from .. import desk, queries, schema
from ..models import AuthorQuery, CellState, Entry
from ..queries import viewing
from ..queries.forms import AnswerForm, AskForm, CloseForm, FillForm, RemindForm
from ..tables import QueryTable

GET_OR_POST = require_http_methods(["GET", "POST"])
Status = AuthorQuery.Status


@needs(Can.SEE_RECORDS)
@require_GET
def query_list(request, review):
    """Every query this person may see, those that wait first."""
    told = viewing.shown(request.seat)
    chosen = request.GET.get("status", "")
    rows = [one for one in told if chosen in ("", one.query.status)]
    table = QueryTable(rows)
    RequestConfig(request, paginate={"per_page": 50}).configure(table)
    tabs = [_tab("All", "", len(told), chosen)] + [
        _tab(status.label, status.value, sum(t.query.status == status for t in told), chosen)
        for status in Status
    ]
    entries = Entry.objects.filter(study__review=review, extractor=request.user)
    context = {
        "review": review,
        "table": table,
        "tabs": tabs,
        "any": bool(told),
        "entries": entries.select_related("study", "form").order_by("study__label", "pk")
        if request.seat.can(Can.EXTRACT)
        else [],
    }
    return render(request, "extraction/queries.html", context)


@needs(Can.EXTRACT)
@GET_OR_POST
def ask(request, review, pk):
    """Note down a question about one's own entry; ``?path=`` names the cell it is about."""
    entry = _my_entry(request, review, pk)
    first = {
        "asked_on": timezone.localdate(),
        "paths": request.GET.getlist("path"),
        "key": uuid.uuid4().hex,
    }
    form = AskForm(request.POST or None, entry=entry, initial=first)
    if form.is_valid():
        query = queries.ask(entry=entry, **form.cleaned_data)
        messages.info(request, "The question is kept. Come back when the authors answer.")
        return redirect("query", review.pk, query.pk)
    context = {"review": review, "entry": entry, "form": form}
    return render(request, "extraction/query_ask.html", context, status=_status(form))


@needs(Can.SEE_RECORDS)
@require_GET
def query(request, review, pk):
    return _page(request, review, pk)


@needs(Can.EXTRACT)
@require_POST
def answer(request, review, pk):
    query = _mine(request, review, pk)
    form = AnswerForm(request.POST, request.FILES, asked_on=query.asked_on)
    if not form.is_valid():
        return _page(request, review, pk, answer_form=form, status=422)
    try:
        queries.answer(query=query, **form.cleaned_data)
    except files.RefusedFile as refusal:
        form.add_error("upload", str(refusal))
        return _page(request, review, pk, answer_form=form, status=422)
    return redirect("query", review.pk, pk)


@needs(Can.EXTRACT)
@require_POST
def remind(request, review, pk):
    query, form = _mine(request, review, pk), RemindForm(request.POST)
    if not form.is_valid():
        return _page(request, review, pk, remind_form=form, status=422)
    queries.remind(query=query, **form.cleaned_data)
    return redirect("query", review.pk, pk)


@needs(Can.EXTRACT)
@require_POST
def close(request, review, pk):
    query, form = _mine(request, review, pk), CloseForm(request.POST)
    if not form.is_valid():
        return _page(request, review, pk, close_form=form, status=422)
    queries.close(query=query, **form.cleaned_data)
    return redirect("query", review.pk, pk)


@needs(Can.EXTRACT)
@require_POST
def reopen(request, review, pk):
    queries.reopen(query=_mine(request, review, pk))
    return redirect("query", review.pk, pk)


@needs(Can.EXTRACT)
@GET_OR_POST
def fill(request, review, pk):
    """Put the answer into one cell, ``?path=``, of one's own entry."""
    query = _mine(request, review, pk)
    box = desk.lay_out(query.entry).boxes.get(request.GET.get("path"))
    if box is None:
        raise Http404
    first = {"path": box.path, "state": CellState.VALUE, "key": uuid.uuid4().hex}
    form = FillForm(request.POST or None, entry=query.entry, initial=first)
    if form.is_valid():
        said = {"given": form.value, "key": form.cleaned_data["key"]}
        state = form.cleaned_data["state"] or CellState.VALUE
        try:
            queries.fill(query=query, path=box.path, state=state, **said)
        except schema.BadValue as problem:
            form.add_error("given", str(problem))
        else:
            return redirect("query", review.pk, pk)
    context = {"review": review, "query": query, "box": box, "form": form}
    return render(request, "extraction/query_fill.html", context, status=_status(form))


@needs(Can.SEE_RECORDS)
@require_GET
def letter(request, review, pk):
    """The authors' letter, for those who may read the name in it."""
    told = _told(request, pk)
    if not told.letter:
        raise Http404
    return files.respond(queries.letter(told.query))


def _page(request, review, pk, *, status=200, **bound):
    told = _told(request, pk)
    query, day = told.query, timezone.localdate()
    today = {"key": uuid.uuid4().hex, "answered_on": day, "on": day}
    boxes = desk.lay_out(query.entry).boxes if told.mine else {}
    context = {
        "review": review,
        "told": told,
        "query": query,
        "cells": [(about["name"], about["path"] if about["path"] in boxes else "")
                  for about in query.about],
        "others": [box for box in boxes.values()
                   if box.path not in {about["path"] for about in query.about}],
        "editable": told.mine and query.entry.status == Entry.Status.DRAFT,
        "acts": told.mine and request.seat.can(Can.EXTRACT),
        "answer_form": AnswerForm(asked_on=query.asked_on, initial=today),
        "remind_form": RemindForm(initial=today, auto_id="remind_%s"),
        "close_form": CloseForm(auto_id="close_%s"),
    }  # fmt: skip
    return render(request, "extraction/query.html", context | bound, status=status)


def _told(request, pk):
    """A query as this person may see it; one they may not is not there."""
    told = viewing.shown(request.seat, pk=pk)
    if not told:
        raise Http404
    return told[0]


def _mine(request, review, pk):
    rows = AuthorQuery.objects.filter(
        entry__study__review=review, entry__extractor=request.user
    ).select_related("entry__study__review", "entry__version", "entry__form", "entry__extractor")
    return get_object_or_404(rows, pk=pk)


def _my_entry(request, review, pk):
    entries = Entry.objects.filter(study__review=review, extractor=request.user)
    return get_object_or_404(entries.select_related("study__review", "form", "version"), pk=pk)


def _tab(label, status, count, chosen):
    url = f"?status={status}" if status else "?"
    return {"label": label, "url": url, "count": count, "current": status == chosen}


def _status(form):
    return 422 if form.errors else 200
