"""What is compared of a reference, in the one form in which spellings no longer differ."""

import html
import re
import unicodedata
from dataclasses import dataclass

_BRACKETS_AT_END = re.compile(r"[.\s]*\[[^\[\]]*\][.\s]*$")
# Said of the paper itself, not of a notice about it.
_RETRACTED = re.compile(r"(?:retracted|withdrawn)(?: article)?\s*[:.]\s*", re.IGNORECASE)
_APPEARS = re.compile(r"[\s.\[(]*\b(?:erratum|comment|retraction) appears in\b.*", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,40}>")
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7"}
_ROMAN |= {"viii": "8", "ix": "9", "x": "10", "one": "1", "two": "2", "three": "3"}
_NOTICES = set(
    "erratum errata corrigendum corrigenda correction addendum retraction reply response "
    "comment comments commentary editorial letter protocol".split()
)
_NOBODY = {"", "unknown", "anonymous", "anon", "noauthorslisted", "noauthor", "na"}
SMALL_WORDS = set("the of and for in on a an de la le les der die das und et y del di".split())
ARTICLE_NUMBER = 5  # digits from which a page is the number of an article
_THOUSANDS = re.compile(r"(?<=\d)[,. ]{1,2}(?=\d{3}(?!\d))")
_FIRST_PAGE = re.compile(r"[a-z]{0,3}0*(\d+)")
_COCHRANE_VERSION = re.compile(r"\.pub\d+$")
_GREEK = {
    code: f" {unicodedata.name(chr(code)).split()[-1].lower()} "
    for code in range(0x3B1, 0x3CA)
    if "LETTER FINAL" not in unicodedata.name(chr(code))
}


@dataclass(frozen=True, slots=True)
class Traits:
    """What is compared of one reference, prepared once."""

    key: object
    order: tuple
    title: str
    numbers: tuple
    notices: frozenset
    surnames: frozenset
    year: int | None
    journal: tuple
    volume: str
    page: str
    dois: frozenset
    pmids: frozenset
    doi: str
    blocks: tuple


def traits_of(item) -> Traits:
    title = normal_title(item.title)
    words = title.split()
    surnames = _surnames(item.authors)
    volume = _digits(item.volume)
    page = _first_page(item.pages)
    doi = item.doi.lower()
    # Without .pub it is the protocol of a Cochrane review, which is another paper.
    dois = frozenset({_COCHRANE_VERSION.sub(".pub", doi)} - {""})
    pmids = frozenset({item.pmid} - {""})
    compact = title.replace(" ", "")
    order = (title, tuple(sorted(surnames)), item.year or 0, volume, page, doi, item.pmid)
    blocks = {("doi", *dois) if dois else None, ("pmid", *pmids) if pmids else None}
    if compact:
        blocks |= {("begins", compact[:20]), ("ends", compact[-20:])}
    if page and (volume or len(page) >= ARTICLE_NUMBER):
        blocks.add(("page", page if len(page) >= ARTICLE_NUMBER else f"{volume}:{page}"))
    if item.year:
        blocks |= {("author", name, item.year) for name in surnames}
    return Traits(
        key=item.key,
        order=(*order, item.key),
        title=title,
        numbers=tuple(sorted(_numbers(words))),
        notices=frozenset(_NOTICES & set(words[:5])) | ({"protocol"} & set(words)),
        surnames=surnames,
        year=item.year,
        journal=_journal_words(item.journal),
        volume=volume,
        page=page,
        dois=dois,
        pmids=pmids,
        doi=doi,
        blocks=tuple(sorted(blocks - {None}, key=str)),
    )


def normal_title(title: str) -> str:
    """Lower case, without accents, markup, punctuation and ``[Review] [37 refs]`` at the end."""
    title = _RETRACTED.sub("", _APPEARS.sub("", _MARKUP.sub(" ", title).strip()))
    while shorter := _BRACKETS_AT_END.sub("", title):
        if shorter == title:
            break
        title = shorter
    return " ".join(_WORD.findall(_THOUSANDS.sub("", _folded(html.unescape(title)))))


def _folded(text):
    text = unicodedata.normalize("NFKD", text).lower().translate(_GREEK)
    if text.isascii():
        return text
    return "".join(char for char in text if not unicodedata.combining(char))


def _digits(text):
    found = re.search(r"\d+", text)
    return found[0].lstrip("0") if found else ""


def _first_page(pages):
    found = _FIRST_PAGE.match(pages.lower().strip())
    return found[1] if found else ""


def _journal_words(journal):
    journal = _folded(journal).replace("&", " and ")
    words = _WORD.findall(re.sub(r"\([^()]*\)", " ", journal)) or _WORD.findall(journal)
    return tuple(word for word in words if word not in SMALL_WORDS)


def _numbers(words):
    for word in words:
        if word in _ROMAN:
            yield _ROMAN[word]
        else:
            yield from re.findall(r"\d+", word)


def _surnames(authors):
    """Candidates for the surname of the first author, however the name is written."""
    if not authors:
        return frozenset()
    name = _folded(authors[0])
    if "".join(_WORD.findall(name)) in _NOBODY:
        return frozenset()
    words = [word for word in _WORD.findall(name.split(",")[0]) if len(word) > 1]
    if not words:
        return frozenset()
    # "van den Berg, J" and "Berg J" and "Jan van den Berg": one of these is the same in two.
    either = {"".join(words), words[-1]}
    return frozenset(either if "," in name else either | {words[0]})
