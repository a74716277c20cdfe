"""Field texts of one record -> a ``Record``, with a warning for all that had to be left out.

A draft is a mapping of field name to the texts found for it, best first. Beside the fields of
``Record`` it may hold ``editors`` (stand in for missing authors), ``first_page`` and
``last_page``, and ``hints``: texts that may mention a DOI or PMID.
"""

from collections import defaultdict

from . import values
from .records import Parsed, Problem, Record
from .text import clean, clean_lines

MAX_TEXT = 100_000  # characters of a field; the raw record keeps all of it
MAX_VALUES = 20_000  # authors or keywords of one record; the largest known paper has 15,000
USABLE = ("title", "abstract", "authors", "journal", "doi", "pmid", "url")
# How exports spell "no value"; kept apart from words that could be a name or a title.
MISSING = {"", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "undefined"}
_WORDS = {"doi": "DOI", "pmid": "PMID", "url": "web address"}


class Collector:
    """Gathers the records and problems of one file and closes its books."""

    def __init__(self, problems=()):
        self.records = []
        self.problems = list(problems)
        self.started = 0

    def warn(self, line, message, record=None):
        self.problems.append(Problem(line, record, "warning", message))

    def pass_over(self, numbers, lines):
        """Say which lines belong to no record, such as the banners of some databases."""
        if numbers:
            first = numbers[0]
            count = "1 line" if len(numbers) == 1 else f"{len(numbers):,} lines"
            self.warn(
                first,
                f"{count} outside any record passed over, beginning with line {first}: "
                f"“{_short(lines[first - 1].strip())}”.",
            )

    def reject(self, line, message):
        """Count a record that cannot be read."""
        self.started += 1
        self.problems.append(Problem(line, self.started, "error", message))

    def add(self, line, raw, draft, notes=()):
        """Keep the record, or reject it when it holds nothing to recognise a paper by.

        ``notes`` are the parser's own warnings about it: (line, message).
        """
        fields, warnings = _fields(draft)
        has = [name for name in USABLE if fields[name]]
        if not has:
            self.reject(
                line,
                f"Line {line}: this record has no title, abstract, author, journal, DOI, PMID "
                "or web address, so it was left out. Complete it in the source, or enter the "
                "reference by hand.",
            )
            return
        self.started += 1
        for note_line, message in notes:
            self.warn(note_line, message, self.started)
        for message in warnings:
            self.warn(line, f"Line {line}: {message}", self.started)
        if not fields["title"]:
            given = ", ".join(_WORDS.get(name, name) for name in has)
            self.warn(line, f"Line {line}: no title; kept for its {given}.", self.started)
        self.records.append(Record(line=line, raw=raw, **fields))

    def parsed(self, key, label):
        if not self.started:
            self.warn(1, "No records were found in this file.")
        return Parsed(key, label, tuple(self.records), tuple(self.problems), self.started)


def _fields(draft):
    draft = defaultdict(
        list,
        {
            name: [text for text in texts if text.strip() not in MISSING]
            for name, texts in draft.items()
        },
    )
    warnings = []
    fields = {
        "title": _first(draft["title"]),
        "abstract": next(filter(None, map(clean_lines, draft["abstract"])), ""),
        "authors": tuple(draft["authors"]) or tuple(draft["editors"]),
        "year": _year(draft["year"], warnings),
        "journal": _first(draft["journal"]),
        "volume": _first(draft["volume"]),
        "issue": _first(draft["issue"]),
        "pages": _pages(draft),
        "doi": _identifier("DOI", values.doi, values.linked_doi, draft, warnings),
        "pmid": _identifier("PMID", values.pmid, values.linked_pmid, draft, warnings),
        "url": _url(draft["url"]),
        "keywords": _words(draft["keywords"]),
        "language": _first(draft["language"]),
        "kind": values.kind(_first(draft["kind"])),
    }
    return {name: _capped(name, value, warnings) for name, value in fields.items()}, warnings


def _words(texts):
    words = (clean(word) for text in texts for word in text.replace("\n", ";").split(";"))
    return tuple(dict.fromkeys(filter(None, words)))


def _first(texts):
    return next(filter(None, map(clean, texts)), "")


def _year(dates, warnings):
    for date in dates:
        if year := values.year(date):
            return year
    if given := _first(dates):
        warnings.append(f"no year can be read from “{_short(given)}”.")
    return None


def _pages(draft):
    given = next(filter(None, map(values.pages, draft["pages"])), "")
    return given or values.page_range(_first(draft["first_page"]), _first(draft["last_page"]))


def _identifier(name, read, read_hint, draft, warnings):
    """The first identifier that is one; a hint counts only where the text names it as such."""
    given = [text for text in map(clean, draft[name.lower()]) if text and text != "0"]
    found = list(dict.fromkeys(filter(None, map(read, given))))
    if len(found) > 1:
        warnings.append(f"{len(found)} different {name}s are given; {found[0]} was kept.")
    if given and not found:
        warnings.append(f"“{_short(given[0])}” is not a {name} and was left out.")
    hints = (read_hint(text) for text in (*draft["hints"], *draft["url"]))
    return found[0] if found else next(filter(None, hints), "")


def _url(texts):
    """The first http or https address: nothing else may become a link."""
    for text in texts:
        for word in text.replace(";http", " http").split():
            if word.lower().startswith(("http://", "https://")):
                return clean(word)
    return ""


def _capped(name, value, warnings):
    if isinstance(value, tuple) and len(value) > MAX_VALUES:
        warnings.append(f"{len(value)} {name}; the first {MAX_VALUES} were kept.")
        return value[:MAX_VALUES]
    if isinstance(value, str) and len(value) > MAX_TEXT:
        warnings.append(
            f"the {name} has {len(value):,} characters and was cut at {MAX_TEXT:,}; "
            "the raw record keeps all of it."
        )
        return value[:MAX_TEXT]
    return value


def _short(text):
    return text if len(text) <= 60 else text[:59] + "…"
