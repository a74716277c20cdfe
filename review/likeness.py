"""How like two references are, and what speaks against their being one paper."""

from collections import Counter
from dataclasses import dataclass

from rapidfuzz import fuzz

from .traits import ARTICLE_NUMBER, SMALL_WORDS, Traits

LEAST_ALIKE = 80  # per cent; below it titles are not looked at further
SHORT = 20  # characters; "Editorial", "Reply": says nothing without the page
LONG = 40  # characters; says enough to need little else


@dataclass(frozen=True, slots=True)
class Likeness:
    score: float
    reason: str
    certain: bool  # by identifier, not by likeness


def compare(a: Traits, b: Traits) -> Likeness | None:
    """Whether two references may be one paper; None when the evidence is not enough."""
    alike = _title_alike(a, b)
    if a.dois & b.dois or a.pmids & b.pmids:
        return _same_identifier(a, b, alike)
    if alike < LEAST_ALIKE:
        return None
    facts = _facts(a, b)
    score = _score(a, b, alike, facts)
    if not score:
        return None
    return Likeness(round(score * alike / 100, 3), _reason(a, b, alike, facts), False)


def _title_alike(a, b):
    """0 to 100; a long title that is only the beginning of the other counts as 90."""
    if not a.title or not b.title:
        return 0
    alike = fuzz.ratio(a.title, b.title)
    short, long = sorted((a.title, b.title), key=len)
    if alike < 90 and len(short) >= SHORT and long.startswith(short + " "):
        return 90.0
    return alike


def _same_identifier(a, b, alike):
    """One DOI may stand on all abstracts of a congress, so the titles must not differ."""
    if a.title and b.title and alike < _least_alike(a, b):
        return None
    if a.pmids & b.pmids:
        return Likeness(1.0, f"same PMID {min(a.pmids)}", True)
    if a.doi == b.doi:
        return Likeness(1.0, f"same DOI {a.doi[:200]}", True)
    return Likeness(0.95, f"same Cochrane review {min(a.dois)[:-4]}, perhaps another version", True)


def _least_alike(a, b):
    """How alike the titles of one identifier must be, the more the less else agrees."""
    same_author = not (a.surnames and b.surnames) or _same_surname(a, b)
    if _differ(a.pmids, b.pmids) or _differ(a.dois, b.dois) or a.numbers != b.numbers:
        return 90 if same_author else 100
    if _same_place(a, b) and same_author:
        return 0
    return 60 if same_author else 90


def _facts(a, b):
    """For what both references give: True where they agree, False where they do not."""
    facts = {
        "first author": _same_surname(a, b) if a.surnames and b.surnames else None,
        "year": a.year == b.year if a.year and b.year else None,
        "journal": _same_journal(a.journal, b.journal) if a.journal and b.journal else None,
        "volume": a.volume == b.volume if a.volume and b.volume else None,
        "first page": a.page == b.page if a.page and b.page else None,
        "DOI": False if _differ(a.dois, b.dois) else None,
        "PMID": False if _differ(a.pmids, b.pmids) else None,
    }
    return {name: agrees for name, agrees in facts.items() if agrees is not None}


def _score(a, b, alike, facts):
    """How far the evidence carries, 0 for not far enough."""
    agree = {name for name, same in facts.items() if same}
    against = facts.keys() - agree
    gap = abs(a.year - b.year) if "year" in against else 0
    identified_apart = against & {"DOI", "PMID"}
    if gap > 1 or a.notices != b.notices:
        return 0
    if _same_place(a, b):
        if "first author" in against and (alike < 90 or len(a.title) < SHORT):
            return 0
        if identified_apart:
            return 0.85 if alike >= 97 and "first author" in agree else 0
        return 0.99
    if identified_apart or a.numbers != b.numbers or against & {"first author", "journal"}:
        return 0
    if "volume" in against and not {"first author", "year", "first page"} <= agree:
        return 0
    if len(a.title) < SHORT or not _pages_may_agree(a, b, alike, agree, against):
        return 0
    if alike < 100 and not _same_words(a.title, b.title):
        return 0
    return _score_by_words(a, b, alike, agree, gap)


def _score_by_words(a, b, alike, agree, gap):
    """The same without page to go by."""
    if gap:
        issued = bool(a.volume) != bool(b.volume)
        return 0.9 if alike >= 95 and ("volume" in agree or (issued and "journal" in agree)) else 0
    if {"first author", "year"} <= agree and agree & {"journal", "volume"}:
        return 0.96 if alike >= 90 else 0
    if alike < 97 or len(a.title) < LONG:
        return 0.9 if alike >= 97 and {"first author", "year"} <= agree else 0
    return 0.9 if agree else 0.8


def _same_words(a, b):
    """Whether titles differ in spelling only: in ``tumour``, not in ``women`` for ``men``."""
    if a.startswith(b) or b.startswith(a):
        return True
    first, second = Counter(a.split()), Counter(b.split())
    only_a, only_b = ("".join((x - y).elements()) for x, y in ((first, second), (second, first)))
    short, long = sorted((only_a, only_b), key=len)
    if long.endswith(short) and len(long) - len(short) > 1:
        return long in SMALL_WORDS
    return fuzz.ratio(short, long) >= 88


def _pages_may_agree(a, b, alike, agree, against):
    """Different pages are forgiven when all else is the same, or one is an early version."""
    if "first page" not in against:
        return True
    early = any(traits.page == "1" and not traits.volume for traits in (a, b))
    return early or (alike >= 98 and {"first author", "year", "volume"} <= agree)


def _same_place(a, b):
    """The same first page of the same volume, or the same article number."""
    if not a.page or a.page != b.page:
        return False
    return len(a.page) >= ARTICLE_NUMBER or bool(a.volume and a.volume == b.volume)


def _differ(a, b):
    return bool(a and b and not a & b)


def _reason(a, b, alike, facts):
    title = "same title" if alike == 100 else f"title {int(alike)} % alike"
    same = [name for name in ("year", "first author", "journal") if facts.get(name)]
    if _same_place(a, b):
        same.append("volume and page")
    elif facts.get("volume"):
        same.append("volume")
    other = [name for name, agrees in facts.items() if not agrees]
    words = ", ".join([title, *(f"same {name}" for name in same)])
    return f"{words}; but another {' and another '.join(other)}" if other else words


def _same_surname(a, b):
    if a.surnames & b.surnames:
        return True
    return any(
        min(len(x), len(y)) >= 5 and fuzz.ratio(x, y) >= 85 for x in a.surnames for y in b.surnames
    )


def _same_journal(a, b):
    if fuzz.token_sort_ratio(" ".join(a), " ".join(b)) >= 85:
        return True
    return any(
        shortens(x, y) for shortens in (_abbreviates, _initials) for x, y in ((a, b), (b, a))
    )


def _abbreviates(short, long):
    """Whether each word shortens a word of the other, in order: ``proc natl acad``."""
    rest = iter(long)
    return all(any(_shortens(part, word) for word in rest) for part in short)


def _shortens(part, word):
    letters = iter(word)
    return part[0] == word[0] and all(char in letters for char in part)


def _initials(short, long):
    """Whether one word is made of beginnings of all the other's: ``jama``, ``amcis``."""
    return any(3 <= len(word) <= 8 and _spells(word, long) for word in short)


def _spells(letters, words):
    if not words or len(words) > len(letters):
        return not words and not letters
    return any(
        _spells(letters[count:], words[1:])
        for count in (1, 2, 3)
        if words[0].startswith(letters[:count]) and count <= len(letters)
    )
