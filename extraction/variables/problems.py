"""The definitions of a schema, and what is wrong with them. Pure."""

from .. import schema as forms
from .evaluating import NUMBERS, OPS, sources
from .words import formula

KINDS = {
    "recode": "Groups by a table",
    "bands": "Bands of a number",
    "threshold": "Above or below a threshold",
    "difference": "Difference of two",
    "percent_of": "Per cent of another",
}
TAKES = {
    "recode": ("choice", "multichoice", "vocabulary", "text"),
    "bands": forms.NUMERIC,
    "threshold": forms.NUMERIC,
    "difference": (*forms.NUMERIC, "date"),
    "percent_of": forms.NUMERIC,
}


def defined(schema):
    """Return ``{key: definition}`` of a schema, in order; each may use those before it."""
    return {definition["key"]: definition for definition in schema.get("derived", [])}


def everything(schema):
    """Return ``{key: field or definition}`` of all that a variable can be made from."""
    return forms.fields(schema) | defined(schema)


def as_field(definition):
    """The variable as ``extraction.schema`` would describe a field that holds its value."""
    named = ("key", "label", "level", "by_arm")
    made = {name: definition[name] for name in named if name in definition}
    if definition["kind"] in NUMBERS:
        unit = {"unit": "%"} if definition["kind"] == "percent_of" else {}
        return made | {"kind": "decimal"} | unit
    groups = [{"code": label, "label": label} for label in _groups(definition)]
    return made | {"kind": "choice", "options": groups}


def asked(schema):
    """Return ``{key: field}`` of a form's fields and then of its variables, each as a field whose
    help is its formula."""
    known = everything(schema)
    computed = {
        key: as_field(one) | {"help": f"Computed: {formula(one, known)}"}
        for key, one in defined(schema).items()
    }
    return forms.fields(schema) | computed


def _groups(definition):
    """The groups a variable can come to, in the order of its definition."""
    found = [row.get("to") for row in definition.get("map", [])]
    found += [band.get("label") for band in definition.get("bands", [])]
    found += [definition.get(name) for name in ("yes", "no", "otherwise")]
    return list(dict.fromkeys(filter(None, found)))


def placed(definition, asked):
    """The definition with the level of the finest field it is made from."""
    made_from = [asked[key] for key in sources(definition) if key in asked]
    finest = next((one for one in made_from if all(forms.is_coarser(o, one) for o in made_from)),
                  None)  # fmt: skip
    rest = {k: v for k, v in definition.items() if k not in ("level", "by_arm")}
    if finest is None:
        return rest | {"level": "study"}
    by_arm = {"by_arm": True} if finest.get("by_arm") else {}
    return rest | {"level": finest["level"]} | by_arm


def problems(schema, before=None):
    """Return what is wrong with the variables of a schema, one sentence each. ``before`` takes
    the place of its fields: all that the first of them can be made from, by key."""
    known, wrong = dict(forms.fields(schema) if before is None else before), []
    for definition in schema.get("derived", []):
        name = definition.get("label") or definition.get("key") or "A variable without a name"
        wrong += [f"{name}: {words}" for words in _problems(definition, known)]
        known[definition.get("key")] = definition
    return wrong


def _problems(definition, known):
    """What is wrong with one variable; ``known`` are the fields and the variables before it."""
    if definition.get("kind") not in KINDS:
        return ["choose how it is derived."]
    wrong = []
    if not definition.get("label"):
        wrong.append("it has no label.")
    if not forms.KEY.fullmatch(definition.get("key") or ""):
        wrong.append("its key may hold small letters, digits and _ only, and begins with a letter.")
    if definition.get("key") in known:
        wrong.append(f"the key “{definition['key']}” is taken. Give it another name.")
    keys = definition.get("of") if definition["kind"] in NUMBERS else [definition.get("field")]
    if not isinstance(keys, list) or len(keys) != (2 if definition["kind"] in NUMBERS else 1):
        return [*wrong, "choose what it is made from."]
    misfits = [words for key in keys if (words := _misfit(known.get(key), definition))]
    return wrong + (misfits or _apart(definition, keys, known) + DETAILS[definition["kind"]](
        definition
    ))  # fmt: skip


def _misfit(source, definition):
    if source is None:
        return "it is made from something that the form does not have, or has only after it."
    kind = source["kind"] if source["kind"] in forms.KINDS else as_field(source)["kind"]
    if kind not in TAKES[definition["kind"]]:
        allowed = " or ".join(forms.KINDS[one].lower() for one in TAKES[definition["kind"]])
        return f"“{source['label']}” is not a {allowed}."
    return None


def _apart(definition, keys, known):
    """Sources that do not belong to one place, or a level that is not theirs."""
    made_from = [known[key] for key in keys]
    together = any(all(forms.is_coarser(o, one) for o in made_from) for one in made_from)
    if not together:
        return ["what it is made from is not asked at the same places."]
    if not all(forms.is_coarser(one, definition) for one in made_from):
        return ["it is asked less often than what it is made from."]
    dates = [one["kind"] == "date" for one in made_from]
    return ["one is a date and the other is not."] if any(dates) and not all(dates) else []


def _recode(definition):
    rows = definition.get("map") or []
    if not rows or not all(row.get("from") and row.get("to") for row in rows):
        return ["its table needs rows like “answer = group”."]
    used = [" ".join(one.split()).casefold() for row in rows for one in row["from"]]
    twice = sorted({one for one in used if used.count(one) > 1})
    return [f"“{twice[0]}” stands twice in its table."] if twice else []


def _bands(definition):
    bands = definition.get("bands") or []
    if len(bands) < 2 or not all(band.get("label") for band in bands):
        return ["it needs two bands or more, each with a name."]
    limits = [str(band.get("from", "")) for band in bands]
    upper = str(definition.get("to") or "")
    if not all(limit == "" or forms.PLAIN_NUMBER.fullmatch(limit) for limit in [*limits, upper]):
        return ["type the limits of its bands as plain numbers, like 40 or 12.5."]
    numbers = [float("-inf") if limit == "" else float(limit) for limit in limits]
    if len(set(numbers)) < len(numbers):
        return ["two of its bands begin at the same value."]
    if upper and float(upper) < max(numbers):
        return ["its highest band begins above the end of the bands."]
    return []


def _threshold(definition):
    if definition.get("op") not in OPS or not forms.PLAIN_NUMBER.fullmatch(
        str(definition.get("than"))
    ):
        return ["give its threshold as a plain number."]
    names = definition.get("yes"), definition.get("no")
    return [] if all(names) and names[0] != names[1] else ["name its two groups differently."]


def _pair(definition):
    same = definition["of"][0] == definition["of"][1]
    return ["it is made from the same field twice."] if same else []


DETAILS = {
    "recode": _recode,
    "bands": _bands,
    "threshold": _threshold,
    "difference": _pair,
    "percent_of": _pair,
}
