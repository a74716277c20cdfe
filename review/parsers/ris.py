"""RIS: the format every reference manager and most databases can export.

The tag reader is our own: rispy loses a last record without ``ER``, the second value of a
repeated tag and every record after a byte order mark in mid-file, and gives no line numbers.
"""

import re

from . import people
from .assemble import Collector
from .text import decode, head

KEY = "ris"
LABEL = "RIS"

# Two spaces before the hyphen make a tag of any two characters. With one space only a known
# tag is believed: an abstract line may well begin with "OR - ".
_TAG = re.compile(r"[ \t]{0,3}([A-Z][A-Z0-9])(?:(\s{2,})[-–]\s?|\s[-–](?:\s|$))(.*)", re.DOTALL)
_FIELDS = {
    "title": ("TI", "T1", "CT", "BT", "ST", "TT"),
    "abstract": ("AB", "N2"),
    "authors": ("AU", "A1"),
    "editors": ("ED", "A2", "A3"),
    "year": ("PY", "Y1", "YR", "DA"),
    "journal": ("JF", "T2", "JO", "JA", "J2", "J1", "BT", "J9", "JI"),
    "volume": ("VL", "VO"),
    "issue": ("IS", "CP"),
    "pages": ("PG",),
    "first_page": ("SP", "C7"),
    "last_page": ("EP",),
    "doi": ("DO", "DI"),
    "pmid": ("PM",),
    "url": ("UR", "LK", "L2", "L3", "L1"),
    "keywords": ("KW",),
    "language": ("LA",),
    "kind": ("TY",),
    "hints": ("AN", "M3", "C3", "N1"),
}
_KNOWN = {tag for tags in _FIELDS.values() for tag in tags} | set(
    "ER ID A4 AD C1 C2 C4 C5 C6 C8 CA CN CR CY DB DP ET J3 L4 LB M1 M2 NV OP PB PP RI RN RP SE "
    "SN T3 TA U1 U2 U3 U4 U5 Y2".split()
)
_SINGLE = ("TI", "T1", "PY")
_DIGIT = re.compile(r"\d")
_MEDLINE = re.compile("pubmed|medline|nlm", re.IGNORECASE)
# Where some databases put the PubMed number.
_PMID_OF = (
    ("AN", _MEDLINE),
    ("ID", _MEDLINE),
    ("C5", re.compile("Embase")),
    ("C2", re.compile("Scopus")),
)


def sniff(data):
    tags = {_tag_of(line) for line in head(data).split("\n")}
    return "TY" in tags or ("ER" in tags and bool(tags & {"TI", "T1"}))


def parse(data):
    source = decode(data)
    collector = Collector(source.problems)
    lines = source.text.split("\n")
    noise = []
    for start, end in _records(lines, noise):
        _add(collector, lines, start, end)
    collector.pass_over(noise, lines)
    return collector.parsed(KEY, LABEL)


def _match(line):
    found = _TAG.match(line)
    if found and (found[2] or found[1] in _KNOWN):
        return found
    return None


def _tag_of(line):
    found = _match(line)
    return found[1] if found else None


def _records(lines, noise):
    """(start, end) of each record: from its TY line to its ER line, the next TY, or the end.

    Tagged lines with a title but without TY are a record too: its first line was lost.
    """
    start, stray = None, None
    for index, line in enumerate(lines):
        # Inside a record only these two matter: a test that spares the pattern most lines.
        outside = start is None and stray is None
        tag = _tag_of(line) if outside or "TY" in line[:6] or "ER" in line[:6] else None
        if tag == "TY":
            if start is not None:
                yield start, index
            elif stray is not None:
                noise.extend(_filled(lines, stray, index))
            start, stray = index, None
        elif tag == "ER":
            if start is not None:
                yield start, index + 1
            elif stray is not None and _has_title(lines, stray, index):
                yield stray, index + 1
            else:
                noise.extend(_filled(lines, index if stray is None else stray, index + 1))
            start, stray = None, None
        elif outside:
            if tag:
                stray = index
            elif line.strip():
                noise.append(index + 1)
    if start is not None:
        yield start, len(lines)
    elif stray is not None and _has_title(lines, stray, len(lines)):
        yield stray, len(lines)
    elif stray is not None:
        noise.extend(_filled(lines, stray, len(lines)))


def _has_title(lines, start, end):
    return any(_tag_of(line) in ("TI", "T1") for line in lines[start:end])


def _filled(lines, start, end):
    return [number for number in range(start + 1, end + 1) if lines[number - 1].strip()]


def _add(collector, lines, start, end):
    while not lines[end - 1].strip():
        end -= 1
    fields = _tags(lines[start:end])
    tags = dict(fields)
    notes = []
    number = start + 1
    if "TY" not in tags:
        notes.append((number, f"Line {number}: the record has no TY line; read from here."))
    if "ER" not in tags:
        notes.append(
            (end, f"Line {end}: the record from line {number} ends without an ER line; check it.")
        )
    notes.extend(_repeats(fields, number))
    collector.add(number, "\n".join(lines[start:end]), _draft(fields), notes)


def _tags(lines):
    """[(tag, text)] in file order; untagged lines continue the one above."""
    fields = []
    for line in lines:
        if found := _match(line):
            fields.append((found[1], [found[3]]))
        elif fields:
            fields[-1][1].append(line.strip())
    return [(tag, "\n".join(texts)) for tag, texts in fields]


def _repeats(fields, number):
    """Warnings for a second, different value of a tag that can have one."""
    for tag in _SINGLE:
        given = list(dict.fromkeys(text.strip() for name, text in fields if name == tag))
        if len(given) > 1:
            yield number, f"Line {number}: {tag} is given {len(given)} times; the first was kept."


def _draft(fields):
    by_tag = {}
    for tag, text in fields:
        by_tag.setdefault(tag, []).append(text)
    draft = {
        name: [text for tag in tags for text in by_tag.get(tag, ())]
        for name, tags in _FIELDS.items()
    }
    # In file order: AU and A1 are mixed in real files.
    for role in ("authors", "editors"):
        draft[role] = people.of_lines(text for tag, text in fields if tag in _FIELDS[role])
    if not any(tag in by_tag for tag in ("TI", "T1")):
        draft["journal"] = [text for text in draft["journal"] if text not in by_tag.get("BT", ())]
    source = " ".join(by_tag.get("DB", []) + by_tag.get("DP", []))
    for tag, database in _PMID_OF:
        if database.search(source):
            draft["hints"] += [f"PMID: {text}" for text in by_tag.get(tag, ())]
    draft["kind"] = _kind(by_tag.get("TY", [""])[0].strip(), by_tag.get("M3", [""])[0])
    return draft


def _kind(code, work):
    """M3 says more than the code in most exports; in some it holds a DOI or a class number."""
    if work and (code in ("GEN", "") or (code == "JOUR" and not _DIGIT.search(work))):
        return [work]
    return [code]
