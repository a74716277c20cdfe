"""Changes to the schema of a draft form, each a function from the old schema to a new one. Pure.

A step that cannot be taken raises ``BadStep`` with a sentence for the person at the form.
"""

from copy import deepcopy

from . import checks, variables
from . import schema as forms


class BadStep(ValueError):
    """A change that the form as it stands now does not allow."""


def add_section(schema, *, title):
    """Add an empty section at the end."""
    return _with(schema, sections=[*_sections(schema), {"title": title, "fields": []}])


def rename_section(schema, *, section, title):
    """Give a section, counted from 0, another title."""
    changed = _sections(schema)
    _at(changed, section)["title"] = title
    return _with(schema, sections=changed)


def move_section(schema, *, section, by):
    """Move a section up (``by=-1``) or down (``by=1``); at the edge it stays."""
    changed = _sections(schema)
    _at(changed, section)
    return _with(schema, sections=_moved(changed, section, by))


def remove_section(schema, *, section):
    """Take an empty section away."""
    changed = _sections(schema)
    if _at(changed, section)["fields"]:
        raise BadStep("The section still has fields. Move or remove them first.")
    del changed[section]
    return _with(schema, sections=changed)


def add_field(schema, *, section, field):
    """Add a field at the end of a section."""
    if field["key"] in forms.fields(schema):
        raise BadStep(f"The form has a field with the key “{field['key']}” already.")
    changed = _sections(schema)
    _at(changed, section)["fields"].append(field)
    return _with(schema, sections=changed)


def change_field(schema, *, field_key, section, field):
    """Replace a field; in another section it goes to the end. Its key stays as it is."""
    changed = _sections(schema)
    home, place = _find(changed, field_key)
    field = field | {"key": field_key}
    if home == section:
        changed[home]["fields"][place] = field
    else:
        del changed[home]["fields"][place]
        _at(changed, section)["fields"].append(field)
    return _with(schema, sections=changed)


def move_field(schema, *, field_key, by):
    """Move a field up or down; at the edge of its section it goes to the next one."""
    changed = _sections(schema)
    home, place = _find(changed, field_key)
    if 0 <= place + by < len(changed[home]["fields"]):
        changed[home]["fields"] = _moved(changed[home]["fields"], place, by)
    elif 0 <= home + by < len(changed):
        field = changed[home]["fields"].pop(place)
        target = changed[home + by]["fields"]
        target.insert(0 if by > 0 else len(target), field)
    return _with(schema, sections=changed)


def remove_field(schema, *, field_key):
    """Take a field away, unless something else of the form needs it."""
    changed = _sections(schema)
    home, place = _find(changed, field_key)
    for check in schema.get("checks", []):
        if field_key in _named(check):
            raise BadStep(f"The check “{checks.RULES[check['rule']].says}” needs this field.")
    for field in forms.fields(schema).values():
        if any(field_key == field.get(name, {}).get("field") for name in forms.CONDITIONS):
            raise BadStep(f"A condition of “{field['label']}” needs this field.")
    _check_unused(schema, field_key)
    del changed[home]["fields"][place]
    return _with(schema, sections=changed)


def add_check(schema, *, check):
    """Declare a check, unless it is unsound or stands there already."""
    declared = schema.get("checks", [])
    if check in declared:
        raise BadStep("The form has this check already.")
    changed = _with(schema, checks=[*declared, check])
    if wrong := checks.problems(_with(schema, checks=[check])):
        raise BadStep(" ".join(wrong))
    return changed


def remove_check(schema, *, check):
    """Take back the check, counted from 0."""
    declared = list(schema.get("checks", []))
    if not 0 <= check < len(declared):
        raise BadStep("This check is no longer there. Load the page again.")
    del declared[check]
    return _with(schema, checks=declared)


def add_variable(schema, *, variable):
    """Add a computed variable after the others."""
    return _with_variables(schema, [*schema.get("derived", []), variable])


def change_variable(schema, *, variable_key, variable):
    """Replace a computed variable. Its key stays as it is."""
    _variable(schema, variable_key)
    changed = variable | {"key": variable_key}
    derived = [changed if one["key"] == variable_key else one for one in schema["derived"]]
    return _with_variables(schema, derived)


def remove_variable(schema, *, variable_key):
    """Take a computed variable away, unless another one is made from it."""
    _variable(schema, variable_key)
    _check_unused(schema, variable_key)
    return _with(schema, derived=[o for o in schema["derived"] if o["key"] != variable_key])


def _variable(schema, key):
    if key not in variables.defined(schema):
        raise BadStep("This variable is no longer there. Load the page again.")


def _with_variables(schema, derived):
    changed = _with(schema, derived=derived)
    if wrong := variables.problems(changed):
        raise BadStep(" ".join(wrong))
    return changed


def _check_unused(schema, key):
    """Refuse to take away what a variable is made from."""
    for variable in schema.get("derived", []):
        if key in variables.sources(variable):
            raise BadStep(f"“{variable['label']}” is computed from this.")


def _with(schema, **parts):
    kept = {"sections": _sections(schema), "checks": schema.get("checks", [])}
    if "derived" in schema:
        kept["derived"] = schema["derived"]
    return kept | parts


def _sections(schema):
    return deepcopy(schema.get("sections", []))


def _at(sections, index):
    if not 0 <= index < len(sections):
        raise BadStep("This section is no longer there. Load the page again.")
    return sections[index]


def _find(sections, key):
    for i, section in enumerate(sections):
        for j, field in enumerate(section["fields"]):
            if field["key"] == key:
                return i, j
    raise BadStep("This field is no longer there. Load the page again.")


def _moved(items, index, by):
    """The list with one item moved; at the edge it is as it was."""
    target = min(max(index + by, 0), len(items) - 1)
    rest = items[:index] + items[index + 1 :]
    return [*rest[:target], items[index], *rest[target:]]


def _named(check):
    """The keys of the fields a check names."""
    rule = checks.RULES[check["rule"]]
    for name, takes in rule.params.items():
        if isinstance(takes, tuple):
            yield from check[name] if name in rule.several else [check[name]]
