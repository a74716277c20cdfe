"""Whether what a file holds has the shape of a form, before anything is made of it. Pure."""

from .. import checks, variables
from .. import schema as forms

WORDS, FLAG, NUMBER, COUNT, TEXTS = "text", "true or false", "a number", "a whole number", "texts"
CODED, KEYED, CONDITION = "answers with code and label", "columns with key and label", "a condition"
FIELD = {
    **dict.fromkeys(("key", "label", "kind", "level", "unit", "scale", "n"), WORDS),
    **dict.fromkeys(("help", "manual"), WORDS),
    **dict.fromkeys(("by_arm", "open", "required", "evidence"), FLAG),
    **dict.fromkeys(forms.LIMITS, NUMBER),
    "decimals": COUNT,
    "options": CODED,
    "columns": KEYED,
    "terms": TEXTS,
    "required_when": CONDITION,
    "shown_when": CONDITION,
}
VARIABLE = {
    **dict.fromkeys(("key", "label", "kind", "level", "field", "op", "yes", "no"), WORDS),
    **dict.fromkeys(("than", "to"), NUMBER),
    "otherwise": WORDS,
    "by_arm": FLAG,
    "of": TEXTS,
    "map": "groups with from and to",
    "bands": "bands with from and label",
}
NEEDED = ("key", "label", "kind", "level")
LIMIT = 2_000  # fields or variables


def problems(schema):
    """Return what keeps parsed JSON from being a schema, one sentence each, naming the place.

    A schema without problems here can be judged by ``extraction.formbuilder.problems``.
    """
    if not isinstance(schema, dict) or not _all(schema.get("sections"), dict):
        return ["The file holds no form: a form has a list of sections."]
    wrong = [f"The form has a part “{name}”, which no form has." for name in
             sorted(set(schema) - {"sections", "checks", "derived"})]  # fmt: skip
    for number, section in enumerate(schema["sections"], start=1):
        if not isinstance(section.get("title"), str) or not _all(section.get("fields"), dict):
            wrong.append(f"Section {number}: it needs a title and a list of fields.")
            continue
        for place, field in enumerate(section["fields"], start=1):
            wrong += of_parts(field, FIELD, f"Section {number}, field {place}")
    for name in ("checks", "derived"):
        if not _all(schema.get(name, []), dict):
            return [*wrong, f"“{name}” must be a list."]
    for place, check in enumerate(schema.get("checks", []), start=1):
        wrong += _check(check, f"Check {place}")
    for place, one in enumerate(schema.get("derived", []), start=1):
        wrong += of_parts(one, VARIABLE, f"Computed variable {place}") or _made_from(one, place)
    return wrong


def of_parts(found, known, where):
    """What is wrong with the parts of one field or variable, each sentence beginning ``where``."""
    wrong = [f"{where}: it has no {name}." for name in NEEDED if name not in found]
    for name, part in found.items():
        if name not in known:
            wrong.append(f"{where}: “{name}” is nothing a form knows.")
        elif not FITS[known[name]](part):
            wrong.append(f"{where}, {name}: it must be {known[name]}.")
    return wrong


def _check(check, where):
    rule = checks.RULES.get(check.get("rule")) if isinstance(check.get("rule"), str) else None
    if rule is None:
        return [f"{where}: there is no rule called “{check.get('rule')}”."]
    wrong = []
    for name in rule.params:
        fits = _all(check.get(name), str) if name in rule.several else _said(check.get(name))
        if not fits:
            wrong.append(f"{where}, {name}: it names no field and gives no value.")
    return wrong


def _made_from(one, place):
    """What a variable of its kind must have, so that its definition can be judged."""
    needed = {"difference": ("of",), "percent_of": ("of",)}.get(one["kind"], ("field",))
    needed += {"recode": ("map",), "bands": ("bands",),
               "threshold": ("op", "than", "yes", "no")}.get(one["kind"], ())  # fmt: skip
    if one["kind"] not in variables.KINDS:
        return [f"Computed variable {place}: there is no kind “{one['kind']}”."]
    return [f"Computed variable {place}: it has no {name}." for name in needed if name not in one]


def _all(found, kind):
    return (
        isinstance(found, list) and len(found) <= LIMIT and all(isinstance(x, kind) for x in found)
    )


def _said(found):
    return isinstance(found, str) and bool(found)


def _pairs(first, second):
    """Whether a list holds objects of two texts and nothing else."""

    def fits(found):
        return _all(found, dict) and all(
            set(one) == {first, second} and all(isinstance(x, str) for x in one.values())
            for one in found
        )

    return fits


def _condition(found):
    return (
        isinstance(found, dict) and set(found) == {"field", "is"} and _said(found["field"])
        and _all(found["is"], str)
    )  # fmt: skip


def _groups(found):
    return _all(found, dict) and all(
        set(one) == {"from", "to"} and _all(one["from"], str) and _said(one["to"]) for one in found
    )


FITS = {
    WORDS: lambda found: isinstance(found, str) and len(found) <= forms.LONGEST_TEXT,
    FLAG: lambda found: isinstance(found, bool),
    NUMBER: lambda found: found == "" or bool(
        isinstance(found, str) and forms.PLAIN_NUMBER.fullmatch(found)
    ),
    COUNT: lambda found: isinstance(found, int) and not isinstance(found, bool),
    TEXTS: lambda found: _all(found, str),
    CODED: _pairs("code", "label"),
    KEYED: _pairs("key", "label"),
    CONDITION: _condition,
    VARIABLE["map"]: _groups,
    VARIABLE["bands"]: _pairs("from", "label"),
}  # fmt: skip
