"""What differs between two versions of a form, and what becomes of an old answer. Pure.

A mapping says how answers of the old version become answers of the new one:
``{"renamed": {old key: new key}, "codes": {new key: {old code: new code}}, "again": [new key]}``.
``again`` are the fields to be read again; what is neither kept under its key nor renamed does
not move.
"""

from dataclasses import dataclass, field

from .. import schema as forms

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
WEIGHTY = {
    "kind": "kind of answer",
    "level": "how often it is asked",
    "by_arm": "whether it is asked for each arm",
    "unit": "unit",
    "scale": "scale",
    "columns": "columns",
    "options": "answers",
}
LIGHT = {
    "label": "label",
    "min": "lowest value",
    "max": "highest value",
    "soft_min": "lower warning",
    "soft_max": "upper warning",
    "decimals": "decimals",
    "terms": "terms",
    "open": "whether other terms are taken",
    "n": "its number of patients",
    "required": "whether it must be answered",
    "required_when": "when it must be answered",
    "shown_when": "when it is shown",
    "evidence": "whether it needs a quote or page",
    "help": "advice",
    "manual": "manual",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs. ``key`` is its key in the new version, in the old one when it was
    removed. ``words`` name what differs; ``weighty`` is whether an old answer may mean something
    else now; ``lost`` are the old answers of a choice that are gone, as options."""

    what: str
    key: str
    label: str
    words: list = field(default_factory=list)
    weighty: bool = False
    lost: list = field(default_factory=list)


def compare(old, new, renamed=None):
    """Return each ``Change`` between two schemas, in the order of the new form and then of what
    was removed. renamed: ``{old key: new key}``, fields that are one and the same."""
    before, after = forms.fields(old), forms.fields(new)
    was = {new_key: old_key for old_key, new_key in (renamed or {}).items()}
    changes = []
    for key, now in after.items():
        earlier = before.get(was.get(key, key))
        if earlier is None:
            changes.append(Change(ADDED, key, now["label"], weighty=True))
        elif change := _changed(earlier, now):
            changes.append(change)
    gone = [key for key in before if key not in after and key not in (renamed or {})]
    return changes + [Change(REMOVED, key, before[key]["label"]) for key in gone]


def proposed(old, new, renamed=None):
    """The mapping that stands unless the lead says otherwise: every weighty change read again."""
    again = [c.key for c in compare(old, new, renamed) if c.weighty]
    columns = {key for key, one in forms.fields(new).items() if forms.is_column(one)}
    again = [key for key in again if key not in columns]
    return {"renamed": renamed or {}, "codes": {}, "again": again}


def problems(old, new, mapping):
    """Return what is wrong with a mapping, one sentence each."""
    before, after, wrong = forms.fields(old), forms.fields(new), []
    renamed = mapping.get("renamed", {})
    for old_key, new_key in renamed.items():
        if old_key not in before or old_key in after or new_key not in after or new_key in before:
            wrong.append(f"“{old_key}” cannot become “{new_key}”: one was removed, one is new.")
    if len(set(renamed.values())) < len(renamed):
        wrong.append("Two old fields cannot become the same new one.")
    for key, codes in mapping.get("codes", {}).items():
        known = {option["code"] for option in after.get(key, {}).get("options", [])}
        if unknown := sorted(set(codes.values()) - known):
            wrong.append(f"“{key}” has no answer “{unknown[0]}”.")
    if unknown := sorted(set(mapping.get("again", [])) - set(after)):
        wrong.append(f"The form has no field “{unknown[0]}” to read again.")
    return wrong


def becomes(old_key, new, mapping):
    """The field that an old one became, or None when its answers do not move."""
    return forms.fields(new).get(mapping.get("renamed", {}).get(old_key, old_key))


def carried(earlier, now, mapping, value):
    """Return an old value as the new field holds it, or None when it cannot.

    earlier, now: the fields. A choice goes by its code, or the code it was mapped to; another
    kind of answer is read again from the text that was typed.
    """
    if forms.unit_kinds(earlier) != forms.unit_kinds(now) or forms.is_column(now):
        return None
    codes = mapping.get("codes", {}).get(now["key"], {})
    if earlier["kind"] in forms.CHOICES:
        value = _recoded(value, codes)
    if earlier["kind"] == now["kind"]:
        return value if _holds(now, value) else None
    given = value.get("codes") or [value["code"]] if earlier["kind"] in forms.CHOICES else ""
    if not given or now["kind"] not in forms.CHOICES:
        given = value.get("printed") or forms.show(earlier, value)
    try:
        return forms.read(now, given)
    except forms.BadValue:
        return None


def _changed(earlier, now):
    words = [
        name
        for part, name in (WEIGHTY | LIGHT).items()
        if earlier.get(part) != now.get(part) and (part != "by_arm" or now["level"] == "outcome")
    ]
    if earlier["key"] != now["key"]:
        words.insert(0, f"key, which was {earlier['key']}")
    codes = {option["code"] for option in now.get("options", [])}
    lost = [option for option in earlier.get("options", []) if option["code"] not in codes]
    weighty = any(earlier.get(part) != now.get(part) for part in WEIGHTY)
    return Change(CHANGED, now["key"], now["label"], words, weighty, lost) if words else None


def _recoded(value, codes):
    if "code" in value:
        return value | {"code": codes.get(value["code"], value["code"])}
    return value | {"codes": list(dict.fromkeys(codes.get(c, c) for c in value["codes"]))}


def _holds(field, value):
    try:
        return forms.same(field, forms.read(field, value), value)
    except (forms.BadValue, KeyError):
        return False
