"""Which field holds the number of patients behind another: declared, or plain. Pure."""

import re

from .kinds import fields
from .places import is_coarser

NAMED = re.compile(
    r"(^|_|\b)(n|analy[sz]ed|randomi[sz]ed|patients?|participants?|people|subjects?|assessed"
    r"|sample_size|enrolled|described|total)(\b|_|$)",
    re.IGNORECASE,
)
PART = re.compile(
    r"(^|_|\b)(wom[ae]n|m[ae]n|males?|females?|missing|withdr\w*|drop\w*|lost|died|deaths?|events?"
    r"|responders?|excluded|completed|adverse|complications?|cases)(\b|_|$)",
    re.IGNORECASE,
)
PREFERRED = ("analysed", "analyzed", "assessed")


def is_part(field):
    """Whether a whole number counts some of the patients, judged by what it is called."""
    return field["kind"] == "integer" and bool(_called(PART, field))


def is_size(field):
    """Whether a whole number counts all patients of a group, judged by what it is called."""
    return field["kind"] == "integer" and bool(_called(NAMED, field)) and not is_part(field)


def size_field(schema, field):
    """The key of the field that holds the number of patients behind ``field``, or None.

    ``field["n"]`` names it. Without that it is the one whole number, asked as often or less
    often, that is called n, analysed, randomised, patients and the like: the one asked most
    often wins, then one of those analysed; where two are left, none is taken.
    """
    asked = fields(schema)
    if field.get("n"):
        return field["n"] if field["n"] in asked else None
    found = [
        other
        for key, other in asked.items()
        if key != field["key"] and is_size(other) and is_coarser(other, field)
    ]
    nearest = [one for one in found if all(is_coarser(other, one) for other in found)]
    best = [one for one in nearest if any(word in one["key"] for word in PREFERRED)] or nearest
    return best[0]["key"] if len(best) == 1 else None


def size_problems(schema):
    """What is wrong with the fields named as numbers of patients, one sentence each."""
    asked, wrong = fields(schema), []
    for field in asked.values():
        if not field.get("n"):
            continue
        other = asked.get(field["n"])
        if other is None or other["kind"] != "integer":
            wrong.append(f"{field['label']}: its number of patients is no whole number here.")
        elif not is_coarser(other, field):
            wrong.append(
                f"{field['label']}: its number of patients, “{other['label']}”, is asked more often"
                " than it is."
            )
    return wrong


def _called(words, field):
    """What a field is called matches: its key, its label, but not its unit."""
    return words.search(field["key"]) or words.search(field["label"])
