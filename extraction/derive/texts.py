"""The numbers of a printed summary in the order they stand: ``84.1 (82.0 to 86.2)``. Pure."""

import re
import unicodedata
from dataclasses import dataclass

from .. import printed
from ..printed import Unreadable

THIN_SPACES = re.compile(r"(?<=\d)[\u2009\u202f\u00a0](?=\d{3}(?!\d))")
LEVEL = re.compile(
    r"(?P<before>\d{2}(?:[.,]\d+)?)\s*%?\s*-?\s*(?:c\.?\s?i\.?\b|cri\b|confidence|conf\.)"
    r"|\bci\s*\(?(?P<after>\d{2}(?:[.,]\d+)?)\s*%",
    re.IGNORECASE,
)
QUARTILE_NAMES = re.compile(r"\bq[123]\b", re.IGNORECASE)
WORDS = re.compile(r"[^\W\d_]+(?:\.(?=\s))?")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*|[.,]\d+")
BETWEEN = set(" ()[]{};,:=/|<≤+-±%.&√²")


@dataclass(frozen=True, slots=True)
class Seen:
    """``numbers`` are decimal strings; ``level`` of an interval when one was printed, in per
    cent; ``below`` when a number stands behind a < sign."""

    numbers: tuple
    level: str | None
    below: bool


def numbers(text):
    """Return what is ``Seen`` in a text.

    A dash between two numbers is *to*, before one it is a minus. Raises ``Unreadable`` where
    both can be meant, and for anything that no printed summary holds.
    """
    text = THIN_SPACES.sub("", unicodedata.normalize("NFC", str(text)))
    seen = printed.tidy(text)
    body = seen.translate(printed.MINUS)
    found = LEVEL.search(body)
    level = printed.number(found["before"] or found["after"]) if found else None
    body = LEVEL.sub(" ", body)
    body = WORDS.sub("|", QUARTILE_NAMES.sub("|", body))
    if ">" in body or "≥" in body:
        raise Unreadable(f"“{seen}” gives a limit only (>). Type an exact number.")
    told, end = [], None
    for match in NUMBER.finditer(body):
        gap = body[end or 0 : match.start()]
        if strange := set(gap) - BETWEEN:
            raise Unreadable(f"“{strange.pop()}” in “{seen}” cannot be read. Type the numbers.")
        told.append(printed.number(("-" if _negative(gap, end, seen) else "") + match.group()))
        end = match.end()
    return Seen(tuple(told), level, "<" in body or "≤" in body)


def _negative(gap, end, seen):
    """Whether the dash at the end of what stands before a number is its sign."""
    bare = gap.rstrip()
    if not bare.endswith("-") or bare.endswith(("+-", "+/-")):
        return False
    before = bare[:-1].strip(" %")
    if end is None or before:
        return True
    if bare[:-1].endswith(" ") and bare == gap:
        raise Unreadable(f"“{seen}” can be read two ways. Type “to” between the two numbers.")
    return False
