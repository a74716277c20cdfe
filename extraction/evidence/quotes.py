"""Whether a quote says the numbers that were typed from it. Pure.

A number of the paper is found however it is written: with a decimal comma, a raised point, thin
spaces or commas between thousands, a typographic minus, a footnote mark, a per cent sign, as a
power of ten, or as a word. A rule can only doubt: a quote may rest on a table elsewhere.
"""

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

from ..printed import MINUS
from ..schema.kinds import NUMERIC

RULE = "quote"
NUMBERS = ("number", "mean", "sd", "events", "total", "estimate", "low", "high")
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
RAISED_SIGNS = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ªº]+")
TOKEN = re.compile(r"\d+(?:[.,]\d+)*|(?<!\d)[.,]\d+")
SPACED = re.compile(r"(?<![\d.,])\d{1,3}(?:[ '’]\d{3})+(?:[.,]\d+)?(?![\d])")
POWER = re.compile(r"\s?[x×*]\s?10\s?\^\s?(-?\d{1,2})|e(-?\d{1,2})\b", re.IGNORECASE)
PER_CENT = re.compile(r"\s?(?:%|per\s?cent|pct\b)", re.IGNORECASE)
SMALL = dict(
    zip(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
        " fifteen sixteen seventeen eighteen nineteen".split(),
        range(20),
        strict=True,
    )
) | {"no": 0, "none": 0}
TENS = dict(
    zip(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(),
        range(20, 100, 10),
        strict=True,
    )
)
CONSTANTS = {Decimal(number) for number in ("1", "2", "100")}


def doubt(field, value, quote):
    """Return why ``quote`` does not bear the typed numbers out, or None.

    Speaks of the numbers as they were printed: the parts of a value that was converted, or the
    numbers in its formula.
    """
    if not quote.strip() or field["kind"] not in (*NUMERIC, "events", "estimate"):
        return None
    typed = [number for number in _typed(value) if number is not None]
    found = numbers(quote)
    if field["kind"] == "percent":
        found |= {number * 100 for number in found if abs(number) <= 1}
    lacking = [number for number in typed if Decimal(number) not in found]
    if not lacking:
        return None
    turned = [number for number in lacking if -Decimal(number) in found]
    shown = " and ".join(number.replace("-", "−") for number in turned or lacking)
    if turned:
        return f"{shown} stands in the quote with the other sign."
    return f"{shown} {'is' if len(lacking) == 1 else 'are'} not in the quote."


@lru_cache(maxsize=8192)
def numbers(quote):
    """Every number that a text can be read to contain, as a frozenset of ``Decimal``."""
    text = re.sub(r"10([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda m: "10^" + m[1].translate(RAISED), quote)
    text = unicodedata.normalize("NFKC", RAISED_SIGNS.sub(" ", text)).translate(MINUS)
    text = re.sub(r"(?<=\d)[·∙‧⋅](?=\d)", ".", " ".join(text.split()))
    found = {Decimal(number) for number in _spelled(text)}
    for token in TOKEN.finditer(text):
        for size in _readings(token[0]):
            found |= _around(text, token.start(), token.end(), size)
    for token in SPACED.finditer(text):
        for size in _readings(re.sub("[ '’]", "", token[0])):
            found |= _around(text, token.start(), token.end(), size)
    return frozenset(found)


def _typed(value):
    """The numbers of a value as the paper printed them."""
    if parts := value.get("parts"):
        return list(parts.values())
    if formula := value.get("formula"):
        used = re.findall(r"(?<![A-Za-z\d.])\d+(?:\.\d+)?", formula)
        return [number for number in used if Decimal(number) not in CONSTANTS]
    return [value[name] for name in NUMBERS if value.get(name) is not None]


def _readings(token):
    """The sizes that digits with points and commas can stand for."""
    signs = [sign for sign in token if sign in ".,"]
    if not signs:
        return {Decimal(token)}
    sizes = set()
    for sign in set(signs):
        if re.fullmatch(rf"[1-9]\d{{0,2}}(?:{re.escape(sign)}\d{{3}})+", token):
            sizes.add(Decimal(token.replace(sign, "")))
    head, sign, tail = token.rpartition(signs[-1])
    if len(signs) == 1:
        sizes.add(Decimal(f"{head or 0}.{tail}"))
    elif sign not in head and re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", head):
        sizes.add(Decimal(f"{re.sub('[.,]', '', head)}.{tail}"))
    if not sizes:
        sizes = {Decimal(part) for part in token.split(",") if re.fullmatch(r"\d+(\.\d+)?", part)}
    return sizes


def _around(text, start, end, size):
    """A size with the sign before it, the power of ten and the per cent sign after it."""
    if power := POWER.match(text, end):
        size = size.scaleb(int(power[1] or power[2]))
    signed = {size}
    before = text[:start]
    if re.search(r"(?:^|[^\w%)\]])-$", before):
        signed = {-size}
    elif re.search(r"(?:^|[^\w%)\]]) ?- $", before):
        signed = {size, -size}
    if PER_CENT.match(text, end):
        signed |= {number / 100 for number in signed}
    return signed


def _spelled(text):
    """Whole numbers written as words, up to 999: *twenty-four*, *one hundred and twelve*."""
    words, number = re.findall(r"[a-z]+", text.lower()), None
    for place, word in enumerate([*words, ""]):
        if word == "hundred" and number is not None and number < 10:
            number *= 100
        elif word in TENS and number is not None and number % 100 == 0 and number:
            number += TENS[word]
        elif word in SMALL and number and number % 10 == 0 and SMALL[word] and (
            number % 100 == 0 or SMALL[word] < 10
        ) and number >= 20:  # fmt: skip
            number += SMALL[word]
        elif word != "and" or number is None or number < 100 or words[place - 1] != "hundred":
            if number is not None:
                yield number
            number = SMALL.get(word, TENS.get(word))
