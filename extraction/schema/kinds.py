"""The kinds of answer and the levels of a field, and a field in words. Pure."""

import re

KINDS = {
    "text": "Text",
    "integer": "Whole number",
    "decimal": "Decimal number",
    "percent": "Per cent",
    "mean_sd": "Mean with SD",
    "events": "Events",
    "estimate": "Estimate with its interval",
    "choice": "One of several",
    "multichoice": "Any of several",
    "vocabulary": "Term of a list",
    "date": "Date",
    "table": "Table",
}
LEVELS = {
    "study": "Once for the study",
    "arm": "For each arm",
    "outcome": "For each outcome and time",
    "result": "For each outcome and comparison of two arms",
    "participant": "For each participant",
}
SUMMARIES = ("mean_sd", "events", "estimate")
SCALES = {"plain": "Difference (plain scale)", "log": "Ratio (log scale)"}
NUMERIC = ("integer", "decimal", "percent", "mean_sd")
CHOICES = ("choice", "multichoice")
TEXTS = ("text", "vocabulary")
VALUE = "value"
LIMITS = ("min", "max", "soft_min", "soft_max")
KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def fields(schema):
    """Return ``{key: field}`` in the order of the form."""
    return {
        field["key"]: field
        for section in schema.get("sections", [])
        for field in section.get("fields", [])
    }


def unit(field):
    """The unit a number of the field is shown with; "" without one."""
    return "%" if field["kind"] == "percent" else field.get("unit", "")


def describe(field):
    """A field in words: what it takes, how often it is asked, its unit and its limits."""
    words = [KINDS[field["kind"]], LEVELS[field["level"]].lower()]
    if field.get("by_arm"):
        words.append("and each arm")
    if field.get("unit"):
        words.append(f"in {field['unit']}")
    words += [_range(field, "min", "max", ("{} to {}", "from {}", "up to {}"))]
    soft = ("warns outside {} to {}", "warns below {}", "warns above {}")
    words += [_range(field, "soft_min", "soft_max", soft)]
    return ", ".join(filter(None, words))


def _range(field, low, high, words):
    """Two limits in words (both, only low, only high), or "" without any."""
    both, only_low, only_high = words
    low, high = field.get(low, ""), field.get(high, "")
    if low != "" and high != "":
        return both.format(low, high)
    return only_low.format(low) if low != "" else only_high.format(high) if high != "" else ""
