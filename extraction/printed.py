"""Numbers and dates as papers print them, read into one exact form. Pure.

Each function raises ``Unreadable``, whose text says what was seen and what to type instead.
"""

import datetime
import re
import unicodedata

MINUS = str.maketrans(dict.fromkeys("−–—‐‑﹣－", "-"))
FOOTNOTE_MARKS = "*†‡§¶# "
LONGEST = 40  # digits; more is a slip of the keyboard
GROUPS = r"[1-9][0-9]{0,2}(?:%s[0-9]{3})+"
NUMBER = r"[-+]?\s?[0-9](?:[0-9.,'\s]*[0-9])?\.?|[-+]?[.,][0-9]+"
SPREAD = re.compile(
    rf"""(?:mean\s*[:=]?\s*)? (?P<mean>{NUMBER}) \s*
    (?: (?:±|\+/?-) \s* (?P<plain>{NUMBER})
      | [(\[] \s* (?:sd|s\.d\.)? \s* [:=]? \s* ±? \s* (?P<bracket>{NUMBER}) \s* [)\]]
      | [,;]? \s* (?:sd|s\.d\.) \s* [:=]? \s* (?P<named>{NUMBER})
    )?""",
    re.IGNORECASE | re.VERBOSE,
)
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


class Unreadable(ValueError):
    """Text that cannot be read as what the field holds."""


def tidy(text):
    """One line of text: Unicode composed, every space plain, footnote marks at the end off."""
    plain = " ".join(unicodedata.normalize("NFC", str(text)).split())
    return plain.rstrip(FOOTNOTE_MARKS)


def number(text, *, whole=False):
    """Return the decimal string of one printed number: ``"−12,30*"`` gives ``"-12.30"``.

    Digits after the decimal sign are kept as printed. A comma or a point may be the decimal
    sign, and points, commas, spaces or apostrophes may group thousands. ``"1,234"`` reads two
    ways and is refused, unless ``whole`` says that only whole numbers can be meant.
    """
    seen = tidy(text)
    body = seen.translate(MINUS).replace("'", " ").replace("’", " ")
    sign = "-" if body.startswith("-") else ""
    body = body.lstrip("+-").strip()
    if not re.fullmatch(r"[0-9., ]*[0-9][0-9., ]*", body):
        raise Unreadable(f"“{seen}” is not a number. Type the number only.")
    if sum(character.isdigit() for character in body) > LONGEST:
        raise Unreadable(f"“{seen[:20]}…” has too many digits to be a number of a paper.")
    units, _, decimals = _split(body, seen, whole).partition(".")
    units = units.lstrip("0") or "0"
    if whole and decimals.strip("0"):
        raise Unreadable(f"“{seen}” is not a whole number.")
    digits = units if whole or not decimals else f"{units}.{decimals}"
    return digits if not digits.strip("0.") else sign + digits


def mean_sd(text):
    """Return ``(mean, sd)`` as decimal strings; ``sd`` is None when only a mean is printed.

    Reads ``57.1 ± 13.8``, ``57.1 (13.8)``, ``57,1 +/- 13,8``, ``57.1, SD 13.8`` and ``57.1``.
    """
    seen = tidy(text)
    found = SPREAD.fullmatch(seen.translate(MINUS))
    if not found:
        raise Unreadable(f"“{seen}” is not a mean with its SD. Type it like 57.1 ± 13.8.")
    printed_sd = found["plain"] or found["bracket"] or found["named"]
    mean = number(found["mean"])
    if printed_sd is None:
        return mean, None
    sd = number(printed_sd)
    if sd.startswith("-"):
        raise Unreadable(f"“{seen}” has a negative SD. Check the sign in the paper.")
    return mean, sd


def date(text):
    """Return ``YYYY-MM-DD`` for ``2018-10-01``, ``1 Oct 2018``, ``October 1, 2018``,
    ``1.10.2018`` or a date with slashes that can be read one way only."""
    seen = tidy(text)
    year, month, day = _parts(seen)
    try:
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        raise Unreadable(f"“{seen}” is no day of the calendar.") from None


def _split(body, seen, whole):
    """Take the thousands out of digits, points, commas and spaces; the decimal sign is a point."""
    points, commas = body.count("."), body.count(",")
    decimal = None
    if points and commas:
        decimal = max(".,", key=body.rfind)
    elif points == 1 and not (whole and re.fullmatch(GROUPS % r"\.", body)):
        decimal = "."
    elif commas == 1:
        grouped = re.fullmatch(GROUPS % ",", body)
        if grouped and not whole:
            clear = body.replace(",", "")
            raise Unreadable(f"“{seen}” can be read two ways. Type {clear} or {clear[:-3]}"
                             f".{clear[-3:]}.")  # fmt: skip
        decimal = None if grouped else ","
    head, _, tail = body.rpartition(decimal) if decimal else (body, "", "")
    head = head or "0"
    grouped = any(re.fullmatch(GROUPS % re.escape(mark), head) for mark in "., ")
    if not (head.isdigit() or grouped) or (tail and not tail.isdigit()):
        raise Unreadable(f"“{seen}” is not one number. Type it without spaces, like 1234.5.")
    return f"{re.sub(r'[., ]', '', head)}.{tail}".rstrip(".")


def _parts(seen):
    """Year, month and day of a date, or ``Unreadable``."""
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", seen):
        return tuple(int(part) for part in found.groups())
    if found := re.fullmatch(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})", seen):
        return int(found[3]), int(found[2]), int(found[1])
    if found := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", seen):
        first, second, year = (int(part) for part in found.groups())
        if first <= 12 and second <= 12 and first != second:
            raise Unreadable(f"“{seen}” can be read two ways. Type it like 2018-10-01.")
        return (year, first, second) if second > 12 else (year, second, first)
    words = re.sub(r"[.,]|(?<=\d)(st|nd|rd|th)\b", " ", seen.lower()).split()
    names = [word for word in words if word[:3] in MONTHS]
    days = [word for word in words if word.isdigit() and len(word) <= 2]
    years = [word for word in words if word.isdigit() and len(word) == 4]
    if len(words) == 3 and (len(names), len(days), len(years)) == (1, 1, 1):
        return int(years[0]), MONTHS.index(names[0][:3]) + 1, int(days[0])
    raise Unreadable(f"“{seen}” is not a date. Type it like 2018-10-01.")
