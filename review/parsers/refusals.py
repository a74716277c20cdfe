"""What a file is when it is not a reference export we read, and what to do about it."""

import io
import re
import zipfile

from .records import UnreadableFile
from .text import head

_RIS_ADVICE = "Export the references again as RIS and upload that file."
_SIGNATURES = (
    (b"%PDF-", "a PDF", "Upload the search results as RIS, PubMed, BibTeX, CSV or Excel."),
    (b"\x89PNG", "a picture (PNG)", _RIS_ADVICE),
    (b"\xff\xd8\xff", "a picture (JPEG)", _RIS_ADVICE),
    (b"GIF8", "a picture (GIF)", _RIS_ADVICE),
    (b"\x7fELF", "a program", _RIS_ADVICE),
    (b"MZ\x90", "a program", _RIS_ADVICE),
    (b"\x1f\x8b", "a compressed file (gzip)", "Unpack it and upload the file inside."),
    (b"7z\xbc\xaf", "a compressed file (7z)", "Unpack it and upload the files inside."),
    (b"Rar!", "a compressed file (rar)", "Unpack it and upload the files inside."),
    (
        b"\xd0\xcf\x11\xe0",
        "an old Excel or Word file",
        "Open it, save it as .xlsx or CSV, and upload that.",
    ),
    (b"SQLite format 3", "a database", _RIS_ADVICE),
    (b"{\\rtf", "a word processor document (RTF)", _RIS_ADVICE),
)
_TEXTS = (
    (r"\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body)\b", "a web page (HTML)", (
        "The database probably answered with a message instead of a file: open it in a "
        "browser, then export again."
    )),
    (r"\s*<.{0,2000}<Pubmed(?:Book)?Article", "PubMed XML", (
        "In PubMed choose Save, format PubMed, and upload that file."
    )),
    (r"\s*<.{0,2000}<records>\s*<record>", "EndNote XML", (
        "In EndNote export with the output style RefMan (RIS)."
    )),
    (r"\s*<[?!a-zA-Z]", "an XML file", _RIS_ADVICE),
    (r"\s*(?:\[\s*[\[{\"\]]|\{\s*[\"}])", "a JSON file", _RIS_ADVICE),
    (r"\s*(?:FN .*\n|VR 1\.0|PT [A-Z]\n)", "a Web of Science plain text file", (
        "In Web of Science choose Export, RIS."
    )),
    (r"\s*%[0A-Z] .*\n%", "an EndNote tagged file (.enw)", _RIS_ADVICE),
    (r"\s*<\d+\. ?>", "an Ovid text file", "In Ovid choose Export, format RIS."),
    (r"\s*RT .*\n(?:SR|ID) ", "a RefWorks tagged file", _RIS_ADVICE),
)  # fmt: skip
_TEXTS = tuple(
    (re.compile(pattern, re.IGNORECASE if "html" in pattern else re.DOTALL), name, advice)
    for pattern, name, advice in _TEXTS
)


def refuse(data: bytes) -> None:
    """Raise ``UnreadableFile`` for what can be named and is none of our formats."""
    if not data.strip(b"\x00\t\n\r \xef\xbb\xbf\xff\xfe"):
        raise UnreadableFile("This file is empty. Export the references again and upload that.")
    for signature, name, advice in _SIGNATURES:
        if data.startswith(signature):
            raise UnreadableFile(f"This is {name}, not a list of references. {advice}")
    if data.startswith(b"PK"):
        _refuse_archive(data)
        return
    text = head(data)
    for pattern, name, advice in _TEXTS:
        if pattern.match(text):
            raise UnreadableFile(f"This is {name}, which is not read here. {advice}")


def unknown(data: bytes, labels: list[str]) -> UnreadableFile:
    """The refusal of a file that no format recognises."""
    text = head(data)[:5000]
    strange = sum(not (char.isprintable() or char.isspace()) for char in text)
    if strange > len(text) / 50:
        found = "This file holds binary data, not text."
    else:
        first = next((line.strip() for line in text.split("\n") if line.strip()), "")
        found = f"No reference format was recognised; the file begins with “{first[:60]}”."
    return UnreadableFile(
        f"{found} Formats read here: {', '.join(labels)}. A CSV or Excel file needs a row of "
        "column names such as Title, Authors, Year, DOI."
    )


def _refuse_archive(data):
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            inside = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as broken:
        raise UnreadableFile(
            "This is a damaged Excel or zip file: it cannot be opened. Export it again."
        ) from broken
    if "xl/workbook.xml" in inside:
        return
    if "word/document.xml" in inside:
        raise UnreadableFile(f"This is a Word document, not a list of references. {_RIS_ADVICE}")
    raise UnreadableFile(
        "This is a zip archive. Unpack it and upload the reference files inside one by one."
    )
