"""Whether a JSON value has the shape that ``instrument.schema.json`` describes.

Only the keywords of JSON Schema 2020-12 which that file uses; a keyword that is not
known raises KeyError, so that an edit of the schema cannot go unchecked. The tests
hold it against the ``jsonschema`` package.
"""

import re

ANNOTATIONS = {"$schema", "$id", "$defs", "title", "description", "then"}
TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
}


def faults(value, schema, root, at=""):
    """Every fault as (place, sentence). ``root`` is the whole schema, for ``$ref``."""
    for keyword, rule in schema.items():
        if keyword not in ANNOTATIONS:
            yield from CHECKS[keyword](value, rule, schema, root, at)


def _ref(value, rule, schema, root, at):
    target = root
    for step in rule.removeprefix("#/").split("/"):
        target = target[step]
    yield from faults(value, target, root, at)


def _type(value, rule, schema, root, at):
    names = [rule] if isinstance(rule, str) else rule
    if not any(_is(value, name) for name in names):
        yield at, f"must be {' or '.join(names)}"


def _is(value, name):
    if name in ("number", "integer"):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and (name == "number" or float(value).is_integer())
    return isinstance(value, TYPES[name])


def _const(value, rule, schema, root, at):
    # type() as well, because in Python 1 == True.
    if type(value) is not type(rule) or value != rule:
        yield at, f"must be {rule!r}"


def _enum(value, rule, schema, root, at):
    if not isinstance(value, str) or value not in rule:
        yield at, f"must be one of {', '.join(map(str, rule))}"


def _pattern(value, rule, schema, root, at):
    if isinstance(value, str) and not re.search(rule, value):
        yield at, f"{value[:40]!r} is not written as allowed ({rule})"


def _max_length(value, rule, schema, root, at):
    if isinstance(value, str) and len(value) > rule:
        yield at, f"is longer than {rule} characters"


def _minimum(value, rule, schema, root, at):
    if _is(value, "number") and value < rule:
        yield at, f"must be {rule} or more"


def _min_items(value, rule, schema, root, at):
    if isinstance(value, list) and len(value) < rule:
        yield at, f"needs {rule} or more entries"


def _items(value, rule, schema, root, at):
    if isinstance(value, list):
        for number, item in enumerate(value, 1):
            yield from faults(item, rule, root, f"{at}[{number}]")


def _required(value, rule, schema, root, at):
    if isinstance(value, dict):
        for key in rule:
            if key not in value:
                yield at, f"lacks “{key}”"


def _properties(value, rule, schema, root, at):
    if isinstance(value, dict):
        for key in rule.keys() & value.keys():
            yield from faults(value[key], rule[key], root, f"{at}.{key}")


def _additional(value, rule, schema, root, at):
    if isinstance(value, dict):
        for key in value.keys() - schema.get("properties", {}).keys():
            if rule is False:
                yield at, f"“{str(key)[:40]}” is not a known entry"
            else:
                yield from faults(value[key], rule, root, f"{at}.{key}")


def _one_of(value, rule, schema, root, at):
    tried = [list(faults(value, branch, root, at)) for branch in rule]
    fits = tried.count([])
    if fits == 0:
        yield from min(tried, key=len)
    elif fits > 1:
        yield at, "can be read in two ways"


def _any_of(value, rule, schema, root, at):
    tried = [list(faults(value, branch, root, at)) for branch in rule]
    if [] not in tried:
        yield from min(tried, key=len)


def _all_of(value, rule, schema, root, at):
    for branch in rule:
        yield from faults(value, branch, root, at)


def _if(value, rule, schema, root, at):
    if not any(faults(value, rule, root, at)):
        yield from faults(value, schema["then"], root, at)


CHECKS = {
    "$ref": _ref,
    "type": _type,
    "const": _const,
    "enum": _enum,
    "pattern": _pattern,
    "maxLength": _max_length,
    "minimum": _minimum,
    "minItems": _min_items,
    "items": _items,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "oneOf": _one_of,
    "anyOf": _any_of,
    "allOf": _all_of,
    "if": _if,
}
