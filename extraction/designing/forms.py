"""Forms of the pages that build an extraction form; they never save."""

import re
import unicodedata
from dataclasses import replace

from django import forms
from django.core.exceptions import ValidationError

from review import files
from review.forms import Lines

from .. import checks, formbuilder, printed, schema
from ..models import Form, FormVersion
from . import exchange, workbook
from .exchange import Read

FILE = "form"

LIMIT_WORDS = {
    "min": "Lowest value allowed",
    "max": "Highest value allowed",
    "soft_min": "Warn below",
    "soft_max": "Warn above",
}
CONDITION_HELP = "Answers of one other field; hold Ctrl to choose several."


def key_of(text):
    """A key made of a label: small letters, digits and _, a letter first."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    key = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    return (f"f_{key}" if key[:1].isdigit() else key)[:60]


class FormForm(forms.ModelForm):
    """A new extraction form and what it starts from: nothing, a ready-made form, one of a review
    this person belongs to, or a file. ``schema`` is what it starts with."""

    starter = forms.ChoiceField(
        label="Start from", required=False, widget=forms.RadioSelect, initial=""
    )
    file = forms.FileField(
        label="Or from a file",
        required=False,
        allow_empty_file=True,  # review.files refuses it in words that say what to do
        help_text="A form exported as JSON or Excel (.xlsx), also from another server.",
    )

    class Meta:
        model = Form
        fields = ["name", "purpose", "scope"]
        widgets = {"purpose": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args, user, **more):
        super().__init__(*args, **more)
        self.fields["name"].required = False
        self.fields["name"].help_text = "Left empty, the one of what it starts from."
        versions = FormVersion.objects.filter(
            form__review__memberships__user=user, status=FormVersion.Status.PUBLISHED
        )
        versions = versions.select_related("form__review").distinct()
        self.copied = {str(v.pk): v for v in versions.order_by("form__review__title", "form_id")}
        ready = [(key, starter["title"]) for key, starter in formbuilder.STARTERS.items()]
        copies = [(pk, f"{v} of {v.form.review}") for pk, v in self.copied.items()]
        self.fields["starter"].choices = [("", "An empty form"), ("Ready-made", ready)] + (
            [("Copied from", copies)] if copies else []
        )

    def clean(self):
        data = super().clean()
        if data.get("file") is not None:
            found = self._read(data["file"])
        else:
            found = self._chosen(data.get("starter", ""))
        for problem in found.problems:
            self.add_error("file", problem)
        self.schema = found.schema
        data["name"] = data.get("name") or found.name[:120]
        data["purpose"] = data.get("purpose") or found.purpose
        if not data["name"] and not found.problems:
            self.add_error("name", "Give the form a name.")
        return data

    def _chosen(self, starter):
        if version := self.copied.get(starter):
            return Read(version.form.name, version.form.purpose, version.schema)
        ready = formbuilder.STARTERS.get(starter, {"title": "", "purpose": "", "schema": {}})
        return Read(ready["title"], ready["purpose"], ready["schema"])

    def _read(self, upload):
        try:
            data = files.contents(upload, FILE)
        except files.RefusedFile as refusal:
            return Read(problems=[str(refusal)])
        found = workbook.from_xlsx(data) if data.startswith(b"PK") else exchange.from_json(data)
        wrong = found.problems or formbuilder.problems(found.schema)
        return replace(found, problems=wrong)


class SectionForm(forms.Form):
    """The title of a section."""

    title = forms.CharField(label="Title of the section", max_length=120)


class FieldForm(forms.Form):
    """One field of a draft. ``field`` is the cleaned field of the schema."""

    label = forms.CharField(max_length=120, help_text="What the extractor reads beside the cell.")
    section = forms.TypedChoiceField(coerce=int)
    kind = forms.ChoiceField(label="Kind of answer", choices=list(schema.KINDS.items()))
    level = forms.ChoiceField(label="Asked", choices=list(schema.LEVELS.items()))
    by_arm = forms.BooleanField(
        label="For each arm as well",
        required=False,
        help_text="Only for a field of an outcome: one cell for each arm.",
    )
    unit = forms.CharField(max_length=40, required=False, help_text="For a number: years, mm.")
    min = forms.CharField(label=LIMIT_WORDS["min"], required=False, max_length=20)
    max = forms.CharField(label=LIMIT_WORDS["max"], required=False, max_length=20)
    soft_min = forms.CharField(label=LIMIT_WORDS["soft_min"], required=False, max_length=20)
    soft_max = forms.CharField(label=LIMIT_WORDS["soft_max"], required=False, max_length=20)
    decimals = forms.IntegerField(
        label="Decimals at most", required=False, min_value=0, max_value=10
    )
    scale = forms.ChoiceField(
        label="The estimate is a", required=False, choices=[("", "–"), *schema.SCALES.items()]
    )
    n = forms.ChoiceField(
        label="Its number of patients",
        required=False,
        help_text="The field that says how many patients are behind it.",
    )
    options = Lines(
        label="Answers",
        help_text="For a choice: one a line. “code = label” sets the code that is stored.",
    )
    terms = Lines(help_text="One a line. They are suggested while somebody types.")
    open = forms.BooleanField(label="Other terms may be typed too", required=False)
    columns = Lines(help_text="Of a table: one a line, “key = label” or the label alone.")
    shown_when = forms.MultipleChoiceField(
        label="Shown only when", required=False, help_text=CONDITION_HELP
    )
    required = forms.BooleanField(label="Must be answered before submission", required=False)
    required_when = forms.MultipleChoiceField(
        label="Must be answered when", required=False, help_text=CONDITION_HELP
    )
    evidence = forms.BooleanField(label="A value needs its quote or page", required=False)
    help = forms.CharField(
        label="Advice for extractors",
        required=False,
        help_text="Short: it stands beside the cell.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    manual = forms.CharField(
        label="Coding manual",
        required=False,
        max_length=10_000,
        help_text="As long as it needs to be: rules, examples, what to do in doubt.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args, draft, field=None, section=0, **more):
        """``draft`` is the schema being built; ``field`` is the one of it to change, if any."""
        known = dict(field or {}, section=section)
        for name in ("options", "columns"):
            known[name] = [_line(one) for one in known.get(name, [])]
        for name in schema.CONDITIONS:
            condition = known.get(name, {"is": []})
            known[name] = [f"{condition['field']}:{code}" for code in condition["is"]]
        super().__init__(*args, initial=known, **more)
        self.key = (field or {}).get("key")
        self._offer(draft)

    def _offer(self, draft):
        """Offer the sections, the choices that conditions may hang on, and the whole numbers."""
        titles = [section["title"] for section in draft.get("sections", [])]
        others = [one for one in schema.fields(draft).values() if one["key"] != self.key]
        self.fields["section"].choices = list(enumerate(titles))
        counts = [(one["key"], one["label"]) for one in others if one["kind"] == "integer"]
        self.fields["n"].choices = [("", "found by its name"), *counts]
        groups = [
            (one["label"], [(f"{one['key']}:{o['code']}", o["label"]) for o in one["options"]])
            for one in others
            if one["kind"] in schema.CHOICES and one.get("options")
        ]
        for name in schema.CONDITIONS:
            self.fields[name].choices = groups

    def clean(self):
        data = super().clean()
        for name in schema.LIMITS:
            if data.get(name):
                self._clean_limit(data, name)
        for name in schema.CONDITIONS:
            if len({answer.partition(":")[0] for answer in data.get(name, [])}) > 1:
                self.add_error(name, "Choose answers of one field only.")
        if not self.errors and (wrong := schema.field_problems(self.field)):
            raise ValidationError([problem.partition(": ")[2].capitalize() for problem in wrong])
        return data

    def _clean_limit(self, data, name):
        try:
            data[name] = printed.number(data[name])
        except printed.Unreadable as problem:
            self.add_error(name, str(problem))

    @property
    def field(self):
        """The field as the schema holds it; what is left empty is left out."""
        data = self.cleaned_data
        made = {"key": self.key or key_of(data["label"])}
        made |= {name: data[name] for name in ("label", "kind", "level")}
        plain = ("unit", *schema.LIMITS, "help", "manual", "by_arm", "required", "evidence")
        for name in (*plain, "terms", "open", "scale", "n"):
            if data.get(name):
                made[name] = data[name]
        if data.get("decimals") is not None:
            made["decimals"] = data["decimals"]
        for name, code in (("options", "code"), ("columns", "key")):
            if data.get(name):
                made[name] = [_coded(line, code) for line in data[name]]
        for name in schema.CONDITIONS:
            if data.get(name):
                made[name] = _condition(data[name])
        return made


def _line(one):
    """An answer or a column as a line of its text area."""
    return f"{one.get('code') or one.get('key')} = {one['label']}"


def _coded(line, name):
    code, sign, label = (part.strip() for part in line.partition("="))
    return {name: code, "label": label} if sign else {name: key_of(line), "label": line}


def _condition(answers):
    parts = [answer.partition(":") for answer in answers]
    return {"field": parts[0][0], "is": [code for _, _, code in parts]}


class CheckForm(forms.Form):
    """The parameters of one rule, chosen among the fields that can take part."""

    def __init__(self, *args, rule, asked, **more):
        """``asked`` are the fields of the draft by key."""
        super().__init__(*args, **more)
        self.rule = rule
        for name, takes in checks.RULES[rule].params.items():
            self.fields[name] = self._parameter(name, takes, asked)

    def _parameter(self, name, takes, asked):
        label = PARAMETER_WORDS.get(name, name.capitalize())
        if takes in (checks.LIMIT, checks.CODE):
            return forms.CharField(label=label, max_length=20 if takes == checks.LIMIT else 300)
        choices = [(key, field["label"]) for key, field in asked.items() if field["kind"] in takes]
        if name in checks.RULES[self.rule].several:
            widget = forms.CheckboxSelectMultiple
            return forms.MultipleChoiceField(label=label, choices=choices, widget=widget)
        return forms.ChoiceField(label=label, choices=choices)

    @property
    def check(self):
        return {"rule": self.rule} | self.cleaned_data


PARAMETER_WORDS = {
    "of": "The parts",
    "equals": "Their sum",
    "field": "The field checked",
    "limit": "The whole it is part of",
    "percent": "The percentage",
    "n": "Number of patients",
    "min": "Lowest value of the scale",
    "max": "Highest value of the scale",
    "marks": "The items",
    "code": "Code of the answer that counts",
    "score": "The score",
    "total": "Their total",
    "part": "The part",
    "whole": "The whole",
    "missing": "Patients with missing data",
    "items": "Items averaged in each score (1 for a sum)",
    "band": "The band given",
    "bands": "The bands, such as high=10-12; low=0-9",
    "codes": "The codes of the legend, such as 1-14",
    "estimate": "The estimate",
    "p": "Its p-value",
    "first": "The earlier date",
    "then": "The later date",
    "mean": "The mean",
    "over": "The threshold",
    "before": "The mean before",
    "after": "The mean after",
    "change": "The change in per cent",
    "within": "Difference allowed, in points of per cent",
}
