"""BibTeX and BibLaTeX.

The file is cut here at the lines that begin an entry, and bibtexparser reads the fields of
each: one broken entry cannot take others with it, the line is known, and no comment or repeated
key hides an entry. What bibtexparser cannot read is read field by field, with a warning.
"""

import logging
import re
from dataclasses import dataclass
from itertools import takewhile, zip_longest

from bibtexparser.middlewares.names import (
    InvalidNameError,
    parse_single_name_into_parts,
    split_multiple_persons_names,
)
from bibtexparser.model import DuplicateBlockKeyBlock, DuplicateFieldKeyBlock, Entry, String
from bibtexparser.splitter import Splitter

from . import people, values
from .assemble import Collector
from .latex import plain
from .text import clean, decode, head

KEY = "bibtex"
LABEL = "BibTeX"
MAX_MACRO = 2_000  # characters of one @string: a chain of them can double without end

_HEAD = re.compile(r"^[ \t]*@[ \t]*([a-zA-Z][\w-]*)\s*[{(]", re.MULTILINE)
_FIELD = re.compile(
    r"""(?:^[ \t,]*|,[ \t]*(?=[\w+-]+[ \t]*=[ \t]*["{]))([a-zA-Z][\w+-]*)[ \t]*=""", re.MULTILINE
)
# Two fields that bibtexparser took for one, for want of a comma between them.
_NO_COMMA = re.compile(r"""[}"][ \t]*\n[ \t]*[a-zA-Z][\w-]*[ \t]*=[ \t]*["{\d]""")
_JOINED = re.compile(r'["}\w]\s*#\s*["{\w]')
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_BARE_ESCAPE = re.compile(r"\\url\b|[{}]|\\(?=[_%&#~$])")
_WHOLE = (Entry, DuplicateFieldKeyBlock, DuplicateBlockKeyBlock, String)
_NO_RECORD = {"comment", "string", "preamble"}
_VERBATIM = {"doi", "url", "pmid", "howpublished", "link", "eprint"}
_FIELDS = {
    "title": ("title", "booktitle", "shorttitle"),
    "abstract": ("abstract", "annotation"),
    "year": ("year", "date"),
    "journal": ("journal", "journaltitle", "fjournal", "booktitle", "series"),
    "volume": ("volume",),
    "issue": ("number", "issue"),
    "pages": ("pages", "article-number", "eid"),
    "doi": ("doi",),
    "pmid": ("pmid", "pubmedid", "pubmed-id"),
    "url": ("url", "howpublished", "link"),
    "language": ("language", "langid"),
    "hints": ("note", "annote", "eprint"),
}
_NOT_INHERITED = {"abstract", "doi", "url", "pmid", "pages", "note", "keywords", "file", "eprint"}
_KEYWORDS = ("keywords", "keyword", "author_keywords", "keywords-plus")

# What it reports about a broken entry is reported here, with the line in the file.
logging.getLogger("bibtexparser.splitter").setLevel(logging.CRITICAL)


def sniff(data):
    return bool(_HEAD.search(head(data)))


def parse(data):
    source = decode(data)
    collector = Collector(source.problems)
    macros = {}
    entries = []
    for block in _blocks(source.text):
        if block.type == "string":
            _define(macros, block)
        elif block.type not in _NO_RECORD:
            entries.append((block, *_texts(block, macros)))
    parents = {_key(block): texts for block, texts, _ in entries}
    for block, texts, notes in entries:
        texts = _inherit(texts, parents)
        collector.add(block.line, block.raw, _draft(block.type, texts), notes)
    return collector.parsed(KEY, LABEL)


@dataclass(frozen=True, slots=True)
class _Block:
    line: int
    type: str
    raw: str
    model: object  # what bibtexparser made of it


def _blocks(text):
    """Each @-block in turn. A block begins at the start of a line or right after another one;
    an @ anywhere else, as in a commented-out entry, begins nothing."""
    heads = list(_HEAD.finditer(text))
    line, counted = 1, 0
    for found, following in zip_longest(heads, heads[1:]):
        end = following.start() if following else len(text)
        start = text.index("@", found.start())
        line += text.count("\n", counted, start)
        counted = start
        name = found[1].lower()
        # Under its own name bibtexparser would take @commentary for a comment.
        alias = "@string" if name == "string" else "@x"
        first, *others = Splitter(alias + text[found.end() - 1 : end]).split().blocks
        if not isinstance(first, _WHOLE):
            yield _Block(line, name, text[start:end].rstrip(), first)
            continue
        close = found.end() - 1 + len(first.raw) - len(alias)
        yield _Block(line, name, text[start:close], first)
        others = [block for block in others if getattr(block, "comment", "") != ","]
        for block in takewhile(lambda block: isinstance(block, _WHOLE), others):
            yield _Block(line + block.start_line, _type(block), block.raw, block)


def _type(block):
    block = getattr(block, "ignore_error_block", block)
    return getattr(block, "entry_type", "string")


def _define(macros, block):
    """Remember an @string; one that grows too long is remembered as unusable (None)."""
    if isinstance(block.model, String):
        value = _value(block.model.value, macros)
        too_long = value is None or len(value) > MAX_MACRO
        macros[block.model.key.lower()] = None if too_long else value


def _texts(block, macros):
    """({field name: text}, warnings) of an entry."""
    line = block.line
    fields, warning = _fields(block)
    notes = [(line, f"Line {line}: {warning}")] if warning else []
    texts = {}
    for key, given in fields:
        text = _value(given, macros)
        if text is None:
            notes.append((line, f"Line {line}: the @string behind “{key}” is too long; not used."))
        text = given if text is None else text
        if key in _KEYWORDS and key in texts:
            texts[key] += f"; {text}"
        texts.setdefault(key, text)
    return texts, notes


def _key(block):
    return getattr(block.model, "key", "").lower()


def _inherit(texts, parents):
    """What a chapter or paper takes from the book its ``crossref`` names."""
    parent = parents.get(texts.get("crossref", "").lower())
    if not parent or "crossref" not in texts:
        return texts
    taken = {key: text for key, text in parent.items() if key not in _NOT_INHERITED}
    taken.setdefault("booktitle", parent.get("title", ""))
    return taken | texts


def _fields(block):
    """([(field name, value as written)], warning)."""
    model, warning = block.model, ""
    if isinstance(model, DuplicateBlockKeyBlock):
        model = model.ignore_error_block
    if isinstance(model, DuplicateFieldKeyBlock):
        names = ", ".join(sorted(set(model.duplicate_keys) - set(_KEYWORDS)))
        warning = f"{names} is given more than once; the first was kept." if names else ""
        model = model.ignore_error_block
    if isinstance(model, Entry):
        fields = [(field.key.lower(), field.value) for field in model.fields]
        if not any(_NO_COMMA.search(value) for _, value in fields):
            return fields, warning
    return list(_loose_fields(block.raw)), (
        "the braces, quotation marks or commas of this entry do not match; check what was read."
    )


def _loose_fields(raw):
    """Fields of a broken entry: each runs from ``name =`` at a line start to the next one."""
    starts = list(_FIELD.finditer(raw))
    for found, following in zip_longest(starts, starts[1:]):
        end = following.start() if following else len(raw)
        value = raw[found.end() : end].strip(" \t\n,")
        if value.count("}") > value.count("{"):
            value = value.removesuffix("}").strip(" \t\n,")
        yield found[1].lower(), value.removeprefix('"').removesuffix('"')


def _value(text, macros):
    """A value without its braces or quotes, its @strings filled in; None for an unusable one."""
    pieces = _pieces(text) if _JOINED.search(text) else [text]
    read = []
    for piece in map(str.strip, pieces):
        if piece[:1] + piece[-1:] in ("{}", '""') and len(piece) > 1:
            read.append(piece[1:-1])
        else:
            read.append(macros.get(piece.lower(), piece))
    return None if None in read else "".join(read)


def _pieces(text):
    """The parts of ``a # "b" # {c}``."""
    pieces, depth, quoted, begin = [], 0, False, 0
    for place, char in enumerate(text):
        if char in "{}":
            depth += 1 if char == "{" else -1
        elif char == '"' and depth == 0:
            quoted = not quoted
        elif char == "#" and depth == 0 and not quoted:
            pieces.append(text[begin:place])
            begin = place + 1
    return [*pieces, text[begin:]]


def _draft(entry_type, texts):
    read = {
        key: _BARE_ESCAPE.sub("", text) if key in _VERBATIM else plain(text)
        for key, text in texts.items()
    }
    draft = {name: [read[key] for key in keys if key in read] for name, keys in _FIELDS.items()}
    # A line end is a space in BibTeX; a blank line parts paragraphs.
    draft["abstract"] = [
        "\n".join(map(clean, _PARAGRAPH.split(text))) for text in draft["abstract"]
    ]
    draft["authors"] = _names(texts.get("author", ""))
    draft["editors"] = _names(texts.get("editor", ""))
    draft["keywords"] = [word for key in _KEYWORDS for word in values.keywords(read.get(key, ""))]
    draft["kind"] = [entry_type]
    return draft


def _names(text):
    """Authors as ``Last, First``; a name wholly in braces is an organisation's."""
    text = clean(text)
    if ";" in text and " and " not in text:
        return people.split(plain(text))
    several = [name for name in split_multiple_persons_names(text) if name != "others"]
    return tuple(
        read
        for name in several
        for read in (
            people.split(plain(name)) if name.count(",") > 2 else people.tidy([_name(name)])
        )
    )


def _name(name):
    if "," in name or " " not in name or name.startswith("{"):
        return plain(name)
    try:
        return plain(parse_single_name_into_parts(name, strict=False).merge_last_name_first)
    except InvalidNameError:
        return plain(name)
