"""Words of the protocol marked in what a paper says. Pure: text in, escaped HTML out."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from html import escape

ENDING = re.compile(r"(?:ations?|ings?|ally|als?|ers?|ied|ies|ed|es|e|s|y)$")
ENDINGS = r"(?:ations?|ings?|ally|als?|ers?|ied|ies|ed|es|e|s|y)?"
LEAST_STEM = 4
BETWEEN_WORDS = r"[\s\-\u2010-\u2014/]+"
LABELS = (
    "background introduction context objectives? aims? purpose design setting patients"
    " participants subjects interventions? materials? methods? measurements? results? findings"
    " discussion conclusions? interpretation funding significance limitations? registration"
    " main_outcome_measures? trial_registration"
)
LABEL = re.compile(
    rf"(?:^|(?<=[.;)\]]))\s*((?:{LABELS.replace(' ', '|').replace('_', ' ')})"
    r"(?: (?:and|&) [a-z ]{3,30})?)\s*:\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Marked:
    """``html`` is escaped but for its marks; ``counts`` says how many each group has."""

    html: str
    counts: Counter


@lru_cache(maxsize=64)
def compiled(terms: tuple[tuple[str, str], ...]):
    """A pattern with a group for each (group, term), the longest term first; None for none."""
    ordered = sorted(terms, key=lambda pair: (-len(pair[1]), pair))
    parts = [(group, _phrase(term)) for group, term in ordered]
    parts = [f"(?P<{group}{place}>{part})" for place, (group, part) in enumerate(parts) if part]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE) if parts else None


def mark(text: str, terms: Iterable[tuple[str, str]]) -> Marked:
    """Mark every term in ``text``.

    ``terms`` are pairs of a group (letters only, the value of its ``data-mark``) and a word
    or phrase. A word matches
    with its usual endings (*trial* also *trials*, *randomise* also *randomised*); one that
    ends in ``*`` matches any ending; the words of a phrase may be joined by spaces or
    hyphens. Where terms overlap, the one that begins first wins, then the longest.
    """
    pattern, counts, pieces, at = compiled(tuple(sorted(terms))), Counter(), [], 0
    for match in pattern.finditer(text) if pattern else ():
        group = match.lastgroup.rstrip("0123456789")
        counts[group] += 1
        pieces += [
            escape(text[at : match.start()]),
            f'<mark data-mark="{group}">{escape(match.group())}</mark>',
        ]
        at = match.end()
    return Marked("".join([*pieces, escape(text[at:])]), counts)


def paragraphs(abstract: str) -> list[tuple[str, str]]:
    """Split an abstract into (label, text) at its printed labels ("METHODS:") and line breaks.

    The label is "" where the abstract prints none. Nothing is left out but the labels'
    colons and white space.
    """
    parts = []
    for line in filter(None, map(str.strip, abstract.splitlines())):
        head, *labelled = LABEL.split(line)
        parts += [("", head.strip())] if head.strip() else []
        pairs = zip(labelled[::2], labelled[1::2], strict=True)
        parts += [(label.capitalize(), text.strip()) for label, text in pairs]
    return parts


def _phrase(term):
    words = re.findall(r"[^\s\-\u2010-\u2014/]+", term)
    return BETWEEN_WORDS.join(map(_word, words))


def _word(word):
    if word.endswith("*"):
        return re.escape(word.rstrip("*")) + r"\w*"
    stem = ENDING.sub("", word)
    if len(stem) < LEAST_STEM or not word.isalpha():
        return re.escape(word) + ("s?" if word.isalpha() else "")
    return re.escape(stem) + ENDINGS
