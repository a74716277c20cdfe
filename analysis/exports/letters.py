"""The questions to authors that a person may see, as a sheet."""

from extraction.queries import viewing

from .workbook import Sheet

COLUMNS = (
    ("Study", "Label of the study"),
    ("Form", "Extraction form"),
    ("Asked by", "The extractor who asked; empty where names are hidden from you"),
    ("Asked of", "The author who was asked"),
    ("Asked on", "The day of the question"),
    ("Question", "What was asked"),
    ("Cells", "The cells of the extraction it was about"),
    ("Reminded on", "The days the authors were reminded"),
    ("Status", "Waiting, answered, or closed without an answer"),
    ("Answered on", "The day of the answer"),
    ("Answer", "What the authors answered"),
    ("Letter", "Name of the file they sent; empty where names are hidden from you"),
    ("Filled", "The cells that rest on the answer"),
    ("Closed because", "Why nobody waits any longer"),
)


def sheet(seat):
    """The sheet *Author queries*, of queries whose extraction ``seat`` may see."""
    about = (
        "One row a question to the authors of a study. Those of extractions that are still open"
        " to you are left out until they may be seen."
    )
    return Sheet("Author queries", about, COLUMNS, map(_row, viewing.shown(seat)))


def _row(told):
    query = told.query
    return [
        query.entry.study.label,
        query.entry.form.name,
        "" if not told.named else str(query.entry.extractor),
        query.recipient,
        query.asked_on.isoformat(),
        query.question,
        "; ".join(cell["name"] for cell in query.about),
        "; ".join(query.reminders),
        query.get_status_display(),
        query.answered_on and query.answered_on.isoformat(),
        query.answer,
        told.letter,
        "; ".join(told.filled),
        query.closed_why,
    ]
