"""Questions to the authors of a study: put, reminded of, answered, and used as a witness.

A query belongs to the entry it was put from, and the extractor of that entry is the actor of
every door here. ``viewing`` says who else may see it.
"""

from django.db import transaction

from review import files, ledger
from review.models import IllegalMove

from .. import desk, extract, schema
from ..models import AuthorQuery, CellState, Entry

ANSWER = "answer"
Status = AuthorQuery.Status


@transaction.atomic
def ask(*, entry, recipient, question, asked_on, paths=(), remind_on=None, key=None):
    """Note down what the authors were asked, and for which cells of the entry; returns the
    ``AuthorQuery``. Concord sends no letter: the person writes it, and says here that they did.
    """
    entry = _locked(entry)
    if ledger.already(review=entry.study.review, actor=entry.extractor, key=key):
        return entry.queries.order_by("-pk").first()
    boxes = desk.lay_out(entry).boxes
    if gone := [path for path in paths if path not in boxes]:
        raise IllegalMove(f"Your entry has no cell “{gone[0]}” any more. Load the page again.")
    query = AuthorQuery.objects.create(
        entry=entry, recipient=recipient, question=question, asked_on=asked_on,
        remind_on=remind_on, about=[{"path": path, "name": boxes[path].name} for path in paths],
    )  # fmt: skip
    _tell(query, "query.ask", key=key, recipient=recipient, question=question,
          asked_on=asked_on, cells=list(paths))  # fmt: skip
    return query


@transaction.atomic
def remind(*, query, on, remind_on=None, key=None):
    """Note down that the authors were reminded, and when to look again."""
    query = _open(query)
    if ledger.already(review=_review(query), actor=query.entry.extractor, key=key):
        return query
    if query.status != Status.OPEN:
        raise IllegalMove("Only a query that waits for an answer can be reminded of.")
    query.reminders, query.remind_on = [*query.reminders, on.isoformat()], remind_on
    query.save(update_fields=["reminders", "remind_on"])
    _tell(query, "query.remind", key=key, on=on)
    return query


@transaction.atomic
def answer(*, query, answer, answered_on, upload=None, key=None):
    """Keep what the authors answered, and their letter as a file where there is one. Raises
    ``files.RefusedFile``."""
    query = _open(query)
    if ledger.already(review=_review(query), actor=query.entry.extractor, key=key):
        return query
    query.move_to(Status.ANSWERED)
    query.answer, query.answered_on, query.remind_on = answer, answered_on, None
    if upload:
        kept = files.keep(upload, ANSWER)
        query.file_sha256, query.file_name = kept.sha256, kept.name
    query.save(
        update_fields=["status", "answer", "answered_on", "remind_on", "file_sha256", "file_name"]
    )
    _tell(query, "query.answer", key=key, answer=answer, answered_on=answered_on,
          sha256=query.file_sha256)  # fmt: skip
    return query


@transaction.atomic
def close(*, query, why, key=None):
    """Give up waiting for an answer, and say why."""
    query = _open(query)
    query.move_to(Status.CLOSED)
    query.closed_why, query.remind_on = why, None
    query.save(update_fields=["status", "closed_why", "remind_on"])
    _tell(query, "query.close", key=key, why=why)
    return query


@transaction.atomic
def reopen(*, query, key=None):
    """Wait for an answer again; one that was kept is taken out, and stays in the ledger. Refused
    once a cell rests on it."""
    query = _open(query)
    if filled(query):
        raise IllegalMove(
            "Cells of your entry rest on this answer. Change those first, or put a new query."
        )
    query.move_to(Status.OPEN)
    query.answer, query.answered_on, query.closed_why = "", None, ""
    query.file_sha256 = query.file_name = ""
    query.save(
        update_fields=["status", "answer", "answered_on", "closed_why", "file_sha256", "file_name"]
    )
    _tell(query, "query.reopen", key=key)
    return query


@transaction.atomic
def fill(*, query, path, given="", state=CellState.VALUE, key=None):
    """Put what the authors answered into a cell of the entry, with the query as its witness;
    returns the ``Cell``. The quote and the page of what stood there go: the value is no longer
    the paper's. Raises ``schema.BadValue`` for a value the field refuses."""
    query = _open(query)
    if query.status != Status.ANSWERED:
        raise IllegalMove("This query has no answer yet. Keep the answer first.")
    box = desk.lay_out(query.entry).boxes.get(path)
    if box is None:
        raise IllegalMove("Your entry has no such cell any more. Load the page again.")
    field, arm, outcome = schema.split_path(path)
    return extract.save_cell(
        entry=query.entry, field=field, arm=arm, outcome=outcome, given=given, state=state,
        note=box.cell.note if box.cell else "", query=query, key=key,
    )  # fmt: skip


def filled(query):
    """The cells of the entry that rest on the answer, in the order they were saved."""
    return list(query.entry.cells.filter(query=query).order_by("saved_at", "pk"))


def letter(query):
    """The authors' letter as ``files.respond`` serves it: what begins as a PDF is shown."""
    kept = files.Kept(query.file_name, ANSWER, query.file_sha256, 0)
    with files.path_of(kept).open("rb") as opened:
        kind = files.PDF if opened.read(5) == b"%PDF-" else ANSWER
    return files.Kept(kept.name, kind, kept.sha256, 0)


def _locked(entry):
    return (
        Entry.objects.select_for_update(of=("self",))
        .select_related("study__review", "version", "form", "extractor")
        .get(pk=entry.pk)
    )


def _open(query):
    """The query as it is now, with its entry locked."""
    entry = _locked(query.entry)
    query = entry.queries.get(pk=query.pk)
    query.entry = entry
    return query


def _review(query):
    return query.entry.study.review


def _tell(query, action, *, key, **data):
    """The subject is the entry, so that the ledger shows the event to those who may see it."""
    entry = query.entry
    ledger.record(
        review=entry.study.review, actor=entry.extractor, action=action,
        subject=f"entry:{entry.pk}", data={"query": query.pk} | data, key=key,
    )  # fmt: skip
