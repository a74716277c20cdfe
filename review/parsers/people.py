"""The people of a reference, however a file parts and spells them."""

import re

from .text import clean

_INITIALS = r"(?:[^\W\d_a-z]\.?[ -]?){1,4}"
_SURNAME_INITIALS = re.compile(rf"[^\W\d_][\w'’. -]* {_INITIALS}(?: (?:Jr|Sr|2nd|3rd)\.?)?\.?")
_ONLY_INITIALS = re.compile(rf"{_INITIALS}\.?")
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")


def split(text: str) -> tuple[str, ...]:
    """The people in one cell, whatever separates them: ``;``, ``|``, lines, ``and``, commas.

    Commas separate people only where each part is a surname with initials, so that neither
    ``Marx, Karl`` nor ``Centers for Disease Control and Prevention`` is torn apart.
    """
    if listed := python_list(text):
        return tidy(listed)
    for separator in (";", "|", "\n"):
        parts = text.strip().split(separator)
        if len(parts) > 1:
            return tidy(part.strip().removeprefix("and ") for part in parts)
    text = clean(text)
    parts = text.split(" and ")
    if len(parts) > 1 and all("," in p or _SURNAME_INITIALS.fullmatch(p) for p in parts):
        return tidy(name for part in parts for name in _comma_names(part))
    return tidy(_comma_names(text))


def of_lines(texts) -> tuple[str, ...]:
    """The people of lines that hold one name each, or several parted by semicolons."""
    return tuple(
        name
        for text in texts
        for name in (split(text) if ";" in text or "\n" in text else tidy([text]))
    )


def python_list(text):
    """The texts of a list as Python writes it, ``['a', 'b']``; nothing for other text."""
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


def tidy(parts) -> tuple[str, ...]:
    """Names with one space after a comma; empty ones and RefWorks' ``null`` left out."""
    names = (re.sub(r",(?=\S)", ", ", clean(part)).strip(" ,;") for part in parts)
    return tuple(name.removesuffix(", null") for name in names if name and name != "null")
