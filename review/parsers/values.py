"""Messy values -> the field's standard form: DOI, PMID, year, pages, keywords, kind.

Each returns its empty value (``""``, ``None``, ``()``) when nothing can be read from the text.
"""

import re
from urllib.parse import unquote

from .people import python_list
from .text import clean

# Bounded, so that text made of "10.10.10." or brackets costs no more than its length.
_DOI = re.compile(r"10\.\d{1,9}(?:\.\d{1,9}){0,3}/\S{1,300}")
_DOI_LINK = re.compile(r"(?:doi\.org/|\bdoi:? ?)(10\.\S{1,320})", re.IGNORECASE)
_PMID = re.compile(r"(?:pmid:?\s*|p)?0*([1-9]\d{0,8})(?:\.0)?(?:\s*\[pmid\])?", re.IGNORECASE)
_PMID_LINK = re.compile(
    r"^(?:pmid|pubmed):?\s*(\d{1,9})\b"
    r"|pubmed\.ncbi\.nlm\.nih\.gov/(\d{1,9})\b|nlm\.nih\.gov/pubmed/(\d{1,9})\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<!\d)(1[4-9]\d\d|20\d\d)(?!\d)")
_COMPACT_DATE = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?:0\d|1[0-2])[0-3]\d(?!\d)")
_DASHES = re.compile(r"\s*[-\u2010-\u2015\u2212]+\s*")

_PAIRS = {")": "(", "]": "[", "}": "{", ">": "<"}
# Spelled without anything but letters, so that "Journal Article" and journalArticle are one.
_KINDS = {
    "journal article": "journalarticle journalarticles article journal jour articleinjournal j",
    "conference paper": "conferencepaper conference inproceedings cpaper conf proceedingspaper",
    "book": "book wholebook",
    "book chapter": "bookchapter chap inbook incollection booksection chapter",
    "thesis": "thesis thes phdthesis mastersthesis dissertation dissertationthesis",
    "report": "report rprt techreport",
    "web page": "webpage elec website online electronic",
    "patent": "patent pat",
    "dataset": "dataset data",
    "unpublished work": "unpublishedwork unpb unpublished",
    "newspaper article": "newspaperarticle news",
    "magazine article": "magazinearticle mgzn",
    "other": "other gen misc generic",
}
_KIND_OF = {name: kind for kind, names in _KINDS.items() for name in names.split()}


def doi(text: str) -> str:
    """The first DOI in ``text``, bare and lower case: ``https://doi.org/10.1/X`` -> ``10.1/x``."""
    found = _DOI.search(unquote(text) if "%2f" in text.lower() else text)
    if not found:
        return ""
    name = found[0].split('"')[0].split("</")[0].removesuffix("[doi]")
    while name and (name[-1] in ".,;:'" or _unmatched(name)):
        name = name[:-1]
    return name.lower() if _DOI.fullmatch(name) else ""


def linked_doi(text: str) -> str:
    """A DOI only where the text says it is one: a doi.org link, ``doi:``, or nothing else."""
    found = _DOI_LINK.search(unquote(text))
    if found:
        return doi(found[1])
    text = text.strip()
    return doi(text) if _DOI.fullmatch(text) else ""


def pmid(text: str) -> str:
    """The PubMed number of a field meant for one."""
    found = _PMID.fullmatch(text.strip())
    return found[1] if found else linked_pmid(text)


def linked_pmid(text: str) -> str:
    """A PubMed number only where the text says it is one: ``PMID: 1`` or a PubMed link."""
    found = _PMID_LINK.search(text.strip())
    return (found[1] or found[2] or found[3]).lstrip("0") if found else ""


def year(text: str) -> int | None:
    """The first year from 1400 to 2099 in a date however written, also ``20140131``."""
    found = _COMPACT_DATE.search(text) or _YEAR.search(text)
    return int(found[1]) if found else None


def pages(text: str) -> str:
    """A page range with one plain hyphen; electronic numbers as they are."""
    text = re.sub(r"^pp?\.\s*(?=\w)", "", clean(text))
    return _DASHES.sub("-", text).strip("-")


def page_range(first: str, last: str) -> str:
    first, last = pages(first), pages(last)
    if not first or not last or first == last or "-" in first:
        return first or last
    return f"{first}-{last}"


def keywords(text: str) -> tuple[str, ...]:
    """The keywords of one cell; a comma separates them only where nothing stronger does."""
    parts = python_list(text)
    if not parts:
        strong = re.split(r"[;|\n]", text)
        parts = strong if len(strong) > 1 else text.split(",")
    return tuple(word for word in map(clean, parts) if word)


def kind(text: str) -> str:
    """One plain name for a type of publication that every format spells its own way."""
    text = clean(text)
    return _KIND_OF.get(re.sub("[^a-z]", "", text.lower()), text)


def _unmatched(name):
    opening = _PAIRS.get(name[-1])
    return opening is not None and name.count(opening) < name.count(name[-1])
