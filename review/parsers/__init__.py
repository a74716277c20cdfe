"""Search files -> records: pure, bytes in, ``Parsed`` out. One module a format family.

A new format is a module with ``KEY``, ``LABEL``, ``sniff`` and ``parse``, added to ``FORMATS``;
order matters, because the first format that recognises a file reads it.
"""

from . import bibtex, nbib, ris, table, xlsx
from .records import FIELDS, Format, Parsed, Problem, Record, UnreadableFile
from .refusals import refuse, unknown

__all__ = [
    "FIELDS",
    "FORMATS",
    "Format",
    "Parsed",
    "Problem",
    "Record",
    "UnreadableFile",
    "parse",
    "sniff",
]

FORMATS = {
    module.KEY: Format(module.KEY, module.LABEL, module.sniff, module.parse)
    for module in (xlsx, ris, nbib, bibtex, table)
}


def sniff(data: bytes, filename: str) -> Format:
    """The format of a file, judged by its content; the name only helps to word a refusal.

    Raises ``UnreadableFile`` saying what the file is and what to do instead.
    """
    try:
        refuse(data)
        for candidate in FORMATS.values():
            if candidate.sniff(data):
                return candidate
        raise unknown(data, [candidate.label for candidate in FORMATS.values()])
    except UnreadableFile as refusal:
        raise UnreadableFile(f"“{filename}”: {refusal}") from refusal


def parse(data: bytes, filename: str, format_key: str | None = None) -> Parsed:
    """Read a whole file; ``format_key`` overrules what its content looks like.

    Raises ``UnreadableFile`` for a file that is no reference export; a broken record never
    does: it becomes a problem with its line.
    """
    chosen = FORMATS[format_key] if format_key else sniff(data, filename)
    try:
        if format_key:
            refuse(data)
        return chosen.parse(data)
    except UnreadableFile as refusal:
        raise UnreadableFile(f"“{filename}”: {refusal}") from refusal
