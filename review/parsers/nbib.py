"""PubMed text (nbib, MEDLINE): four-letter tags, records apart by a blank line.

The tag reader is our own: nbib gives up the whole file at one line it does not know, keeps one
of several TI or AB lines, and gives no line numbers.
"""

import re

from . import people
from .assemble import Collector
from .text import clean, decode, head

KEY = "nbib"
LABEL = "PubMed text (nbib, MEDLINE)"

_TAG = re.compile(r"([A-Z][A-Z0-9 ]{3})-(.*)|([A-Z]{2,4}) ?-(\s.*)?$", re.DOTALL)
_NUMBER = re.compile(r"PMID ?- ?\d", re.MULTILINE)
_NO_ABSTRACT = re.compile(r"Publisher:\s*Abstract available", re.IGNORECASE)
# Tags that RIS does not have, or that records of other sources in this format begin with.
_OWN = set("OWN STAT FAU DCOM PT JT MH PST DEP LID AID OT VI IP DP TA PMC PMCR BTI CTI".split())
MOST_OF_A_KIND = 60  # characters: the telling publication types, not every one
_STARTERS = {"PMID", "PMC", "PMCR", "OWN", "STAT", "PUBM"}
_FIELDS = {
    "editors": ("FED", "ED"),
    "year": ("DP", "DEP"),
    "journal": ("JT", "TA", "BTI", "CTI"),
    "volume": ("VI",),
    "issue": ("IP",),
    "pages": ("PG",),
    "pmid": ("PMID",),
    "keywords": ("OT", "MH"),
    "language": ("LA",),
}


def sniff(data):
    text = head(data)
    if _NUMBER.search(text):
        return True
    tags = {_split(line)[0] for line in text.split("\n")}
    return len(tags & _OWN) >= 2


def parse(data):
    source = decode(data)
    collector = Collector(source.problems)
    lines = source.text.split("\n")
    noise = []
    for start, end in _records(lines, bool(_NUMBER.search(source.text)), noise):
        _add(collector, lines, start, end)
    collector.pass_over(noise, lines)
    return collector.parsed(KEY, LABEL)


def _split(line):
    """(tag, text), or (None, line) for a line that continues the one above."""
    found = _TAG.match(line)
    if not found:
        return None, line
    return (found[1] or found[3]).strip(), (found[2] or found[4] or "").strip()


def _records(lines, numbered, noise):
    """(start, end) of each record.

    A blank line ends a record, unless what follows looks like the rest of it: in a file with
    PMIDs a record begins with a tag that can be first, or comes after the closing SO.
    """
    start, blank, seen = None, True, set()
    for index, line in enumerate(lines):
        if not line.strip():
            blank = True
            continue
        tag = _split(line)[0]
        if tag and _begins(tag, blank, seen, numbered, start is None):
            if start is not None:
                yield start, index
            start, seen = index, set()
        elif start is None or (tag is None and blank and not line.startswith(" ")):
            noise.append(index + 1)
        blank = False
        seen.add(tag)
    if start is not None:
        yield start, len(lines)


def _begins(tag, blank, seen, numbered, first):
    if tag == "PMID" and "PMID" in seen:
        return True
    return first or (blank and (not numbered or tag in _STARTERS or "SO" in seen))


def _add(collector, lines, start, end):
    while not lines[end - 1].strip():
        end -= 1
    by_tag = {}
    for line in lines[start:end]:
        tag, text = _split(line)
        if tag:
            by_tag.setdefault(tag, []).append([text])
            last = by_tag[tag][-1]
        else:
            last.append(text.strip())
    by_tag = {tag: ["\n".join(texts) for texts in found] for tag, found in by_tag.items()}
    number = start + 1
    notes = []
    if len(by_tag.get("TI", ())) > 1:
        notes.append((number, f"Line {number}: the title stands on several TI lines; joined."))
    collector.add(number, "\n".join(lines[start:end]), _draft(by_tag), notes)


def _draft(by_tag):
    by_tag["OAB"] = [text for text in by_tag.get("OAB", ()) if not _NO_ABSTRACT.match(text)]
    draft = {
        name: [text for tag in tags for text in by_tag.get(tag, ())]
        for name, tags in _FIELDS.items()
    }
    locators = by_tag.get("LID", []) + by_tag.get("AID", [])
    full, short = by_tag.get("FAU", []), by_tag.get("AU", [])
    authors = full if len(full) >= len(short) else short
    draft["title"] = [
        " ".join(by_tag.get(tag, ())) for tag in ("TI", "BTI", "CTI", "TT") if tag in by_tag
    ]
    draft["abstract"] = ["\n".join(map(clean, by_tag.get(tag, ()))) for tag in ("AB", "OAB")]
    draft["authors"] = people.of_lines(authors + by_tag.get("CN", []))
    draft["editors"] = people.of_lines(draft["editors"])
    draft["doi"] = [text for text in locators if "[doi]" in text]
    draft["hints"] = locators
    draft["url"] = [text for text in locators if text.startswith("http")]
    draft["kind"] = [_kind(by_tag.get("PT", []))]
    return draft


def _kind(types):
    """The publication types that tell something, as many as fit."""
    telling = [name for name in types if not name.startswith("Research Support")]
    telling = [name for name in telling if name != "Journal Article"] or telling
    while len("; ".join(telling)) > MOST_OF_A_KIND:
        telling.pop()
    return "; ".join(telling)
