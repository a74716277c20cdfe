"""A form as a manual: every field in words, with its answers, conditions and advice. Pure."""

from dataclasses import dataclass

from . import schema as forms
from . import variables


@dataclass(frozen=True, slots=True)
class Line:
    """One field. ``answers`` are (code, label) of a choice, or terms, or columns of a table, the
    code "" where there is none; ``when`` says when it is asked and what it needs, ``conditions``
    only the former."""

    field: dict
    takes: str
    answers: list
    when: list
    conditions: list


def sections(schema):
    """Return ``(title, lines)`` for each section of a form."""
    asked = forms.fields(schema)
    return [
        (section["title"], [_line(field, asked) for field in section["fields"]])
        for section in schema.get("sections", [])
    ]


def derived(schema):
    """Return ``(definition, level in words, formula)`` of each variable."""
    asked = variables.everything(schema)
    return [
        (one, forms.LEVELS[one["level"]].lower(), variables.formula(one, asked))
        for one in schema.get("derived", [])
    ]


def _conditions(field, asked):
    """The conditions of a field in words, each a sentence."""
    return [
        f"{words} {forms.in_words(field[name], asked)}."
        for name, words in forms.CONDITIONS.items()
        if name in field and field[name].get("field") in asked
    ]


def _line(field, asked):
    listed = field.get("options") or field.get("columns") or []
    answers = [(one.get("code", ""), one["label"]) for one in listed]
    answers += [("", term) for term in field.get("terms", [])]
    conditions = _conditions(field, asked)
    when = list(conditions)
    if field.get("required"):
        when.append("It must be answered before submission.")
    if field.get("evidence"):
        when.append("A value needs its quote or its page.")
    return Line(field, forms.describe(field), answers, when, conditions)
