"""What the name of an arm or outcome tells: words, role, dose and time. Pure."""

import re
import unicodedata
from decimal import Decimal

from rapidfuzz import fuzz

TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[<>≤≥=+±%]|(?<![\w)])-(?=\d)")
SHORT_TAIL = re.compile(r"(?<=[a-z])-(?=[a-z]\b)")
FILLERS = frozenset(
    "a an and any arm at by for from group groups in of on patients the to with".split()
)
SYNONYMS = (
    (r"(treatment|care|therapy) as usual|(usual|standard|routine) (of )?(care|treatment|therapy)"
     r"|standard of care|tau|cau", "usualcare"),
    (r"wait(ing|ed)? ?list(ed)?|wlc?", "waitlist"),
    (r"pbo|plc|plcb", "placebo"),
    (r"\+|plus|added to|in addition to", "plus"),
    (r"versus|vs", "vs"),
)  # fmt: skip
CONTROL = frozenset(
    "comparator control controls off placebo sham untreated usualcare waitlist".split()
)
ACTIVE = frozenset("active experimental intervention on treated treatment verum".split())
OPPOSITES = tuple(
    (frozenset(one.split()), frozenset(other.split()))
    for one, other in (
        ("men man male males boys", "women woman female females girls"),
        ("left", "right"),
        ("high higher", "low lower"),
        ("with", "without"),
        ("early", "late"),
        ("young younger", "old older elderly"),
        ("adult adults", "child children adolescents"),
        ("responders responder", "nonresponders nonresponder"),
        ("total overall", "subscale"),
    )
)  # fmt: skip
AMOUNT = re.compile(
    r"(\d+(?:\.\d+)?)\s?(mg|milligrams?|g|grams?|[uµμ]g|mcg|ml|iu|units?|hz|ma|v|%)(/kg)?(?![a-z])"
)
GRAMS = {"g": "1000", "gram": "1000", "grams": "1000"} | dict.fromkeys(
    ("ug", "µg", "μg", "mcg"), "0.001"
)
DAYS = {"h": "0.0416667", "d": "1", "w": "7", "m": "30.4375", "y": "365.25"}
UNIT_OF_TIME = r"(h(?:ours?|rs?)?|d(?:ays?)?|w(?:eeks?|ks?)?|mo(?:nths?)?|y(?:ears?|rs?)?)"
LASTING = re.compile(rf"(?<![\d.])(\d+(?:\.\d+)?)[\s-]?{UNIT_OF_TIME}(?![a-z])")
NAMED_TIME = re.compile(r"(hour|day|week|month|year)s?\s(\d+(?:\.\d+)?)(?![\d.])")
START = re.compile(r"\bbaseline\b|\bpre-?treatment\b|\bbefore treatment\b")
END = re.compile(r"\bpost-?(treatment|intervention|test)\b|\bend ?(of|point)\b|\bafter treatment\b")
CHANGE = re.compile(r"\bchanges?\b(?:.{0,12}?\bbaseline\b)?|\bfrom baseline\b")


def plain(text):
    """Without case and accents, with plain spaces, and a comma within a number as a point."""
    apart = unicodedata.normalize("NFKD", text).casefold().replace("−", "-").replace("–", "-")
    bare = " ".join("".join(c for c in apart if not unicodedata.combining(c)).split())
    return re.sub(r"(?<=\d),(?=\d{1,2}(?!\d))", ".", bare)


def key(text):
    """What two names share that say the same in the same order; numbers and signs count."""
    return re.sub(r"(?<=[^\W\d]) (?=[^\W\d])", "", " ".join(TOKEN.findall(plain(text))))


def words(text):
    """The words of a name with one word for each synonym, fillers and amounts left out."""
    bare = SHORT_TAIL.sub("", plain(text))
    for pattern in (AMOUNT, LASTING, NAMED_TIME, END):
        bare = pattern.sub(" ", bare)
    flat = " ".join(TOKEN.findall(bare))
    for pattern, word in SYNONYMS:
        flat = re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", word, flat)
    return [word for word in flat.split() if word not in FILLERS]


def likeness(first, second):
    """How alike two lists of ``words`` are, 0 to 1; an acronym is as good as its words."""
    if not first or not second:
        return 0.0
    first, second = _shortened(first, second), _shortened(second, first)
    one, other = " ".join(first), " ".join(second)
    return max(fuzz.token_sort_ratio(one, other), 0.9 * fuzz.token_set_ratio(one, other)) / 100


def role(label, detail=""):
    """``control`` or ``active`` where the words say so, else ``""``; what is added to usual
    care is active."""
    for text in (detail, label):
        found = set(words(text)) | set(TOKEN.findall(plain(text)))
        if "plus" in found:
            return "active"
        if found & CONTROL:
            return "control"
        if set(words(text)) & ACTIVE or "on" in found:
            return "active"
    return ""


def doses(text):
    """The amounts in a name, as ``{(number, unit)}``; grams and micrograms as milligrams."""
    found = set()
    for number, unit, per in AMOUNT.findall(plain(text)):
        mass = unit in GRAMS or unit.startswith(("mg", "milli"))
        factor = Decimal(GRAMS.get(unit, "1"))
        found.add(((Decimal(number) * factor).normalize(), ("mg" if mass else unit) + per))
    return found


def days(text):
    """The times in a name in days, 0 for the baseline; ``"end"`` for the end of treatment."""
    bare = CHANGE.sub(" ", plain(text))
    found = [Decimal(number) * Decimal(DAYS[unit[0]]) for number, unit in LASTING.findall(bare)]
    found += [Decimal(number) * Decimal(DAYS[unit[0]]) for unit, number in NAMED_TIME.findall(bare)]
    found += [Decimal(0)] if START.search(bare) else []
    return found or (["end"] if END.search(bare) else [])


def opposed(first, second):
    """The two words that keep two names apart (*women*, *men*), or None."""
    one, other = (set(TOKEN.findall(plain(text))) for text in (first, second))
    for left, right in OPPOSITES:
        for here, there in ((left, right), (right, left)):
            if one & here and other & there and not (one & there or other & here):
                return sorted(one & here)[0], sorted(other & there)[0]
    return None


def tells_change(text):
    """Whether a name speaks of a change and not of a value."""
    return bool(CHANGE.search(plain(text)))


def _shortened(these, others):
    """``these`` with words put together wherever their initials are a word of ``others``."""
    for short in others:
        size = len(short)
        if not 2 <= size <= 6 or short in these:
            continue
        for i in range(len(these) - size + 1):
            if "".join(word[0] for word in these[i : i + size]) == short:
                these = [*these[:i], short, *these[i + size :]]
                break
    return these
