"""The form for one computed variable of a draft, by its kind; it never saves."""

from django import forms
from django.core.exceptions import ValidationError

from review.forms import Lines

from .. import printed, variables
from .. import schema as schemas
from .forms import key_of

MADE_FROM = {
    "difference": (("first", "From"), ("second", "Take away")),
    "percent_of": (("first", "The part"), ("second", "Of the whole")),
}
PARTS = {
    "recode": ("map", "otherwise"),
    "bands": ("bands", "to"),
    "threshold": ("op", "than", "yes", "no"),
    "difference": (),
    "percent_of": (),
}
NUMBERS = ("to", "than")


class VariableForm(forms.Form):
    """One variable. ``variable`` is the cleaned definition as the schema holds it."""

    label = forms.CharField(max_length=120, help_text="What it is called in tables.")
    map = Lines(
        label="Table",
        help_text="One line each: “answer = group”. Several answers of a group: “a; b = group”.",
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    otherwise = forms.CharField(
        label="Group of all other answers",
        max_length=120,
        required=False,
        help_text="Left empty, an answer outside the table has no group.",
    )
    bands = Lines(
        help_text="One line each: “lowest value = name”. “below = name” takes all that is lower.",
    )
    to = forms.CharField(label="Highest value there is", max_length=20, required=False)
    op = forms.ChoiceField(
        label="Counts when it is", choices=[(op, words[0]) for op, words in variables.OPS.items()]
    )
    than = forms.CharField(label="Threshold", max_length=20)
    yes = forms.CharField(label="Then it is called", max_length=120)
    no = forms.CharField(label="Otherwise", max_length=120)

    def __init__(self, *args, kind, draft, known=None, **more):
        """``known`` is the definition to change, if any; it is made from what stands before."""
        super().__init__(*args, initial=_initial(known), **more)
        self.kind, self.known = kind, known
        self.asked = _before(draft, known)
        for name in set(self.fields) - {"label", *PARTS[kind]}:
            del self.fields[name]
        for name, label in MADE_FROM.get(kind, (("field", "Made from"),)):
            self.fields[name] = forms.ChoiceField(label=label, choices=self._sources())
        self.order_fields(["label", "field", "first", "second"])

    def _sources(self):
        fits = variables.TAKES[self.kind]
        return [
            (key, one["label"])
            for key, one in self.asked.items()
            if (one if one["kind"] in schemas.KINDS else variables.as_field(one))["kind"] in fits
        ]

    def clean(self):
        data = super().clean()
        for name in NUMBERS:
            if data.get(name):
                data[name] = self._number(name, data[name])
        if not self.errors:
            made = {"derived": [self.variable]}
            if wrong := variables.problems(made, before=self.asked):
                raise ValidationError([words.partition(": ")[2].capitalize() for words in wrong])
        return data

    def _number(self, name, typed):
        try:
            return printed.number(typed)
        except printed.Unreadable as problem:
            self.add_error(name, str(problem))
            return typed

    @property
    def variable(self):
        """The definition, at the level of what it is made from."""
        data = self.cleaned_data
        key = self.known["key"] if self.known else key_of(data["label"])
        made = {"key": key, "label": data["label"], "kind": self.kind}
        if self.kind in MADE_FROM:
            made["of"] = [data["first"], data["second"]]
        else:
            made["field"] = data["field"]
        for name in PARTS[self.kind]:
            if data.get(name):
                made[name] = data[name]
        if self.kind == "recode":
            made["map"] = _map(data["map"], self.asked[data["field"]])
        if self.kind == "bands":
            made["bands"] = [_band(line) for line in data["bands"]]
        return variables.placed(made, self.asked)


def _before(draft, known):
    """All that a variable can be made from: fields, and the variables before it."""
    before = dict(schemas.fields(draft))
    for one in draft.get("derived", []):
        if known and one["key"] == known["key"]:
            break
        before[one["key"]] = one
    return before


def _initial(known):
    if not known:
        return {}
    start = dict(known)
    start["first"], start["second"] = known.get("of", ("", ""))
    start["map"] = [f"{'; '.join(row['from'])} = {row['to']}" for row in known.get("map", [])]
    start["bands"] = [
        f"{band['from'] or 'below'} = {band['label']}" for band in known.get("bands", [])
    ]
    return start


def _map(lines, source):
    """Rows of the table, one a group; answers of a choice by their code."""
    codes = {o["label"].casefold(): o["code"] for o in source.get("options", [])}
    groups = {}
    for line in lines:
        answers, _, group = (part.strip() for part in line.rpartition("="))
        answers = [one.strip() for one in answers.split(";") if one.strip()]
        groups.setdefault(group, []).extend(codes.get(one.casefold(), one) for one in answers)
    return [{"from": answers, "to": group} for group, answers in groups.items()]


def _band(line):
    low, _, label = (part.strip() for part in line.partition("="))
    if low.casefold() == "below":
        return {"from": "", "label": label}
    try:
        return {"from": printed.number(low), "label": label}
    except printed.Unreadable:
        return {"from": low, "label": label}
