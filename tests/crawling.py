"""Reads everything a person can open: pages, partials and files, as text that can be searched."""

import io
import json
import pickle
import re
import zipfile
from collections import Counter, deque
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from unittest import mock
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from django.test import RequestFactory
from lxml import etree, html
from openpyxl import load_workbook
from pypdf import PdfReader

from analysis import runs, workload
from analysis.figures import files
from analysis.pairwise.choices import curve

ENOUGH = 16
PICTURES = 2  # no word can be read in a PNG, and drawing one is slow


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the server. ``text`` holds every word of it, whatever its format."""

    url: str
    status: int
    kind: str
    headers: dict
    text: str


LINKED = etree.XPath(
    "//*[not(self::form)]/@*[contains(' href src hx-get action ', concat(' ', name(), ' '))]"
    " | //@*[starts-with(name(), 'data-')][contains(., '/')]",
    smart_strings=False,
)
ASKED = etree.XPath("//form[@action][not(@method) or @method = 'get']//select[@name]//option")
OUTSIDE = ("http:", "https:", "mailto:", "data:", "#")


def addresses(answer):
    """Where a page leads, as paths of this server: links, assets and each choice of its search
    forms."""
    if answer.kind != "text/html" or not answer.text.strip():
        return []
    page = html.document_fromstring(answer.text)
    found = dict.fromkeys([*LINKED(page), *map(_chosen, ASKED(page))])
    split = (urlsplit(urljoin(answer.url, to)) for to in found if to and not to.startswith(OUTSIDE))
    return [f"{to.path}?{to.query}" if to.query else to.path for to in split]


def _chosen(option):
    """Where a form leads that asks for nothing but one choice."""
    form, select = (next(option.iterancestors(tag)) for tag in ("form", "select"))
    return f"{form.get('action')}?{urlencode({select.get('name'): option.get('value', '')})}"


def ask(client, url, **headers):
    """GET one address, as a page or with ``headers`` as a script would.

    Not by ``client.get``: that keeps a copy of all that every template was given.
    """
    factory = RequestFactory()
    factory.cookies = client.cookies
    response = client.handler(factory.get(url, headers=headers).environ)
    client.cookies.update(response.cookies)
    return read(response, url)


def read(response, url):
    """A response as an ``Answer``."""
    streamed = getattr(response, "streaming", False)
    content = b"".join(response.streaming_content) if streamed else response.content
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    return Answer(url, response.status_code, kind, dict(response.headers), words(content, kind))


def words(content, kind):
    """All text in a file: every cell of a workbook, every line of a PDF, every member of a zip."""
    if content.startswith(b"PK"):
        return _archive(content) if "sheet" not in kind else _workbook(content)
    if content.startswith(b"%PDF-"):
        return _document(content)
    return content.decode("utf-8", "replace")


@cache
def _document(content):
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def _workbook(content):
    book = load_workbook(io.BytesIO(content))
    lines = [f"by {book.properties.creator}"]
    for sheet in book:
        cells = (cell for row in sheet for cell in row if cell.value is not None)
        lines += [f"{sheet.title} {c.coordinate} {c.value} {c.comment or ''}" for c in cells]
    return "\n".join(lines)


def _archive(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "\n".join(
            f"{name}\n{words(archive.read(name), name)}" for name in sorted(archive.namelist())
        )


def crawl(client, starts, *, within, htmx=False):
    """Open ``starts`` and all they lead to under ``within``; return ``{url: Answer}``.

    Of addresses that differ in numbers or in the values asked for, ``ENOUGH`` are opened (of
    pictures fewer: the same drawing is read as SVG); of the
    orders of a list, those that rise, each with nothing else asked. ``htmx`` asks for partials.
    """
    with counted_once(), computed_once(), drawn_once():
        return _crawled(client, starts, within, {"hx-request": "true"} if htmx else {})


def _crawled(client, starts, within, headers):
    found, queue, alike = {}, deque(starts), Counter()
    while queue:
        url = queue.popleft()
        path, _, query = url.partition("?")
        asked = parse_qs(query)
        if url in found or not (path.startswith(within) or url in starts):
            continue
        if "sort" in asked and (len(asked) > 1 or asked["sort"][0].startswith("-")):
            continue
        shape = re.sub(r"\d+", "N", path), *sorted(asked)
        alike[shape] += 1
        if alike[shape] > (PICTURES if path.endswith("png") else ENOUGH):
            continue
        answer = found[url] = ask(client, url, **headers)
        queue.extend(addresses(answer))
        if answer.status in (301, 302):
            queue.append(answer.headers["Location"])
    return found


@contextmanager
def counted_once():
    """Count what waits for a person once: while nothing is changed, every page of theirs carries
    the same counts, and they would cost more than all the rest of it."""
    kept, count = {}, workload.waiting

    def waiting(seat, **how):
        key = seat.user.pk, seat.review.pk, seat.roles, *sorted(how.items())
        if key not in kept:
            kept[key] = count(seat, **how)
        return kept[key]

    with mock.patch.object(workload, "waiting", waiting):
        yield


def _once(call):
    """``call`` on plain values, whose result is kept: the same words give the same result."""
    kept = {}

    def known(*given):
        key = json.dumps(given, sort_keys=True, default=repr)
        if key not in kept:
            kept[key] = pickle.dumps(call(*given))
        return pickle.loads(kept[key])

    return known


_compute = _once(runs.compute)
_curve = _once(curve.curve)


@contextmanager
def computed_once():
    """Compute the same data by the same spec once, whoever asks: nothing else goes in."""
    with mock.patch.object(runs, "compute", _compute), mock.patch.object(curve, "curve", _curve):
        yield


_png = cache(files._png)
_pdf = cache(files.as_pdf)


@contextmanager
def drawn_once():
    """Make the file of a drawing once: the same drawing gives the same file."""
    with (
        mock.patch.object(files, "_png", _png),
        mock.patch.object(files, "as_pdf", lambda drawings: _pdf(tuple(drawings))),
    ):
        yield


# By which what is sent counts once: other digits at each asking.
KEY = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{32}\b")
CHANCE = (
    (re.compile(r'(name="csrfmiddlewaretoken" value|name="csrf-token" content)="[^"]*"'), r"\1"),
    (KEY, "KEY"),
    (re.compile(r"(<time\b[^>]*>)[^<]*"), r"\1"),
)


def settled(text):
    """A text without what differs from one asking to the next: tokens, keys, times ago."""
    for pattern, instead in CHANCE:
        text = pattern.sub(instead, text)
    return text
