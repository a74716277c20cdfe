"""Bytes -> text with ``\\n`` line ends, whatever encoding a database chose.

A byte order mark decides; else UTF-8; else each line on its own as UTF-8 or Windows-1252,
because exports of two databases are often pasted into one file. Lines are never cut by
``str.splitlines``: it also breaks at U+2028 and vertical tabs, inside titles.
"""

import codecs
import re
from dataclasses import dataclass

from .records import Problem

HEAD = 200_000  # bytes looked at to recognise a format

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LINE_END = re.compile(rb"\r\n|\r|\n")
# Bidirectional overrides and isolates can make a title read backwards; real Arabic and Hebrew
# text does not need them.
_INVISIBLE = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    problems: tuple[Problem, ...]


def decode(data: bytes) -> Text:
    """The whole file as text; warnings name the first line that had to be guessed at."""
    problems = []
    encoding, data = _encoding(data)
    if encoding == "utf-8":
        text, guessed = _utf8_or_windows(data)
        if guessed:
            problems.append(_guess_warning(guessed))
    else:
        text = data.decode(encoding, errors="replace")
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        problems.append(
            Problem(line, None, "warning", f"Line {line} holds NUL characters; they were left out.")
        )
        text = text.replace("\x00", "")
    # Files pasted together carry byte order marks in mid-file.
    text = text.replace("\ufeff", "").replace("\r\n", "\n").replace("\r", "\n")
    return Text(text, tuple(problems))


def head(data: bytes) -> str:
    """The beginning of the file as text, for recognising formats."""
    return decode(data[:HEAD]).text


def clean(text: str) -> str:
    """Text on one line: control and invisible characters gone, runs of space made one."""
    if not text.isprintable():
        text = _CONTROL.sub(" ", _INVISIBLE.sub("", text))
    return " ".join(text.split())


def clean_lines(text: str) -> str:
    """The same line by line, so that the paragraphs of an abstract stay apart."""
    return "\n".join(line for line in map(clean, text.split("\n")) if line)


def _encoding(data):
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding, data[len(mark) :]
    sample = data[:4000]
    # Latin text in UTF-16 has a zero in every second byte.
    if len(sample) >= 8 and sample[1::2].count(0) > 0.4 * len(sample[1::2]) > sample[::2].count(0):
        return "utf-16-le", data
    if len(sample) >= 8 and sample[::2].count(0) > 0.4 * len(sample[::2]) > sample[1::2].count(0):
        return "utf-16-be", data
    return "utf-8", data


def _utf8_or_windows(data):
    """(text, line numbers that are not UTF-8)."""
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError:
        pass
    lines, guessed = [], []
    for number, line in enumerate(_LINE_END.split(data), start=1):
        try:
            lines.append(line.decode("utf-8"))
        except UnicodeDecodeError:
            guessed.append(number)
            lines.append(_windows(line))
    return "\n".join(lines), guessed


def _windows(line):
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:  # five bytes mean nothing in Windows-1252
        return line.decode("latin-1")


def _guess_warning(guessed):
    lines = f"Line {guessed[0]} is" if len(guessed) == 1 else f"{len(guessed)} lines are"
    where = "" if len(guessed) == 1 else f" (the first is line {guessed[0]})"
    return Problem(
        guessed[0],
        None,
        "warning",
        f"{lines} not in UTF-8 and read as Windows-1252{where}: check accented letters there.",
    )
