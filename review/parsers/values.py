"""Messy values -> the field's standard form: DOI, PMID, year, pages, names, keywords, kind.

Each returns its empty value (``""``, ``None``, ``()``) when nothing can be read from the text.
"""

import re
from urllib.parse import unquote

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
_INITIALS = r"(?:[^\W\d_a-z]\.?[ -]?){1,4}"
_SURNAME_INITIALS = re.compile(rf"[^\W\d_][\w'’. -]* {_INITIALS}(?: (?:Jr|Sr|2nd|3rd)\.?)?\.?")
_ONLY_INITIALS = re.compile(rf"{_INITIALS}\.?")
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")

_PAIRS = {")": "(", "]": "[", "}": "{", ">": "<"}
_KINDS = {
    "journal article": ("article", "journal", "jour", "journal articles", "article in journal"),
    "conference paper": ("conference", "inproceedings", "cpaper", "conf", "proceedings paper"),
    "book": ("whole book",),
    "book chapter": ("chap", "inbook", "incollection", "booksection", "book section", "chapter"),
    "thesis": ("thes", "phdthesis", "mastersthesis", "dissertation", "dissertation/thesis"),
    "report": ("rprt", "techreport"),
    "web page": ("elec", "webpage", "website", "online", "electronic"),
    "patent": ("pat",),
    "dataset": ("data", "data set"),
    "unpublished work": ("unpb", "unpublished"),
    "newspaper article": ("news", "newspaperarticle"),
    "magazine article": ("mgzn", "magazinearticle"),
    "other": ("gen", "misc", "generic"),
}
_KIND_OF = {name: kind for kind, names in _KINDS.items() for name in (kind, *names)}


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


def names(text: str) -> tuple[str, ...]:
    """The people in one cell, whatever separates them: ``;``, ``|``, lines, ``and``, commas.

    Commas separate people only where each part is a surname with initials, so that neither
    ``Marx, Karl`` nor ``Centers for Disease Control and Prevention`` is torn apart.
    """
    if listed := _python_list(text):
        return tidy_names(listed)
    for separator in (";", "|", "\n"):
        parts = text.strip().split(separator)
        if len(parts) > 1:
            return tidy_names(part.strip().removeprefix("and ") for part in parts)
    text = clean(text)
    parts = text.split(" and ")
    if len(parts) > 1 and all("," in p or _SURNAME_INITIALS.fullmatch(p) for p in parts):
        return tidy_names(name for part in parts for name in _comma_names(part))
    return tidy_names(_comma_names(text))


def people(texts) -> tuple[str, ...]:
    """The people of lines that hold one name each, or several parted by semicolons."""
    return tuple(
        name
        for text in texts
        for name in (names(text) if ";" in text or "\n" in text else tidy_names([text]))
    )


def keywords(text: str) -> tuple[str, ...]:
    """The keywords of one cell; a comma separates them only where nothing stronger does."""
    parts = _python_list(text)
    if not parts:
        strong = re.split(r"[;|\n]", text)
        parts = strong if len(strong) > 1 else text.split(",")
    return tuple(word for word in map(clean, parts) if word)


def kind(text: str) -> str:
    """One plain name for a type of publication that every format spells its own way."""
    text = clean(text)
    return _KIND_OF.get(text.lower(), text)


def _unmatched(name):
    opening = _PAIRS.get(name[-1])
    return opening is not None and name.count(opening) < name.count(name[-1])


def _python_list(text):
    text = text.strip()
    if not (text.startswith("[") and text.endswith("]")):
        return []
    return [single or double for single, double in _QUOTED.findall(text)]


def _comma_names(text):
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) > 1 and all(_SURNAME_INITIALS.fullmatch(part) for part in parts):
        return parts
    surnames, initials = parts[::2], parts[1::2]
    paired = len(parts) > 2 and len(surnames) == len(initials)
    if paired and all(_ONLY_INITIALS.fullmatch(part) for part in initials):
        return [f"{a}, {b}" for a, b in zip(surnames, initials, strict=True)]
    return [text]


def tidy_names(parts):
    tidy = (re.sub(r",(?=\S)", ", ", clean(part)).strip(" ,;") for part in parts)
    return tuple(name.removesuffix(", null") for name in tidy if name and name != "null")
