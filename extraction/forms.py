"""Forms that clean and convert what is typed on the pages of extraction; they never save."""

import re
import unicodedata

from django import forms
from django.core.exceptions import ValidationError

from review.forms import Lines
from review.models import StoredFile

from . import checks, formbuilder, printed, schema
from .evidence import anchors
from .models import CellState, Form, UnitKind

KEY = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
LIMIT_WORDS = {
    "min": "Lowest value allowed",
    "max": "Highest value allowed",
    "soft_min": "Warn below",
    "soft_max": "Warn above",
}


def key_of(text):
    """A key made of a label: small letters, digits and _."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:60]


class FormForm(forms.ModelForm):
    """A new extraction form and what it starts from."""

    starter = forms.ChoiceField(
        label="Start from",
        required=False,
        choices=[("", "An empty form")]
        + [(key, starter["title"]) for key, starter in formbuilder.STARTERS.items()],
        widget=forms.RadioSelect,
        initial="",
    )

    class Meta:
        model = Form
        fields = ["name", "purpose", "scope"]
        widgets = {"purpose": forms.Textarea(attrs={"rows": 2})}

    def clean_starter(self):
        starter = self.cleaned_data["starter"]
        return formbuilder.STARTERS[starter]["schema"] if starter else {}


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
    unit = forms.CharField(max_length=40, required=False, help_text="For a number: years, %, mm.")
    min = forms.CharField(label=LIMIT_WORDS["min"], required=False, max_length=20)
    max = forms.CharField(label=LIMIT_WORDS["max"], required=False, max_length=20)
    soft_min = forms.CharField(label=LIMIT_WORDS["soft_min"], required=False, max_length=20)
    soft_max = forms.CharField(label=LIMIT_WORDS["soft_max"], required=False, max_length=20)
    decimals = forms.IntegerField(
        label="Decimals at most", required=False, min_value=0, max_value=10
    )
    options = Lines(
        label="Answers",
        help_text="For a choice: one a line. “code = label” sets the code that is stored.",
    )
    required = forms.BooleanField(label="Must be answered before submission", required=False)
    evidence = forms.BooleanField(label="A value needs its quote or page", required=False)
    help = forms.CharField(
        label="Advice for extractors", required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args, sections, field=None, section=0, **more):
        """``sections`` are the titles of the draft's; ``field`` is the one to change, if any."""
        known = dict(field or {}, section=section)
        known["options"] = [
            f"{option['code']} = {option['label']}" for option in known.get("options", [])
        ]
        super().__init__(*args, initial=known, **more)
        self.fields["section"].choices = list(enumerate(sections))
        self.key = (field or {}).get("key")

    def clean(self):
        data = super().clean()
        for name in schema.LIMITS:
            if data.get(name):
                self._clean_limit(data, name)
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
        for name in ("unit", *schema.LIMITS, "help", "by_arm", "required", "evidence"):
            if data.get(name):
                made[name] = data[name]
        if data.get("decimals") is not None:
            made["decimals"] = data["decimals"]
        if data.get("options"):
            made["options"] = [_option(line) for line in data["options"]]
        return made


def _option(line):
    code, sign, label = (part.strip() for part in line.partition("="))
    return {"code": code, "label": label} if sign else {"code": key_of(line), "label": line}


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
            return forms.CharField(label=label, max_length=20)
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
}


class SourceForm(forms.Form):
    """A study that did not come through the flow."""

    label = forms.CharField(max_length=200, help_text="Author and year, as others will read it.")
    citation = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The full source. It is extracted and analysed, and never counted in the flow.",
    )


class RenameForm(forms.Form):
    """Another name for a study."""

    label = forms.CharField(label="Name", max_length=200)


class UnitForm(forms.Form):
    """The name of an arm, or of an outcome with its time; or two arms that are compared."""

    kind = forms.ChoiceField(choices=UnitKind, widget=forms.HiddenInput)
    label = forms.CharField(label="Name", max_length=200, required=False)
    detail = forms.CharField(label="Time or role", max_length=200, required=False)
    first_arm = forms.IntegerField(required=False, widget=forms.HiddenInput)
    second_arm = forms.IntegerField(required=False, widget=forms.HiddenInput)
    key = KEY

    def clean(self):
        data = super().clean()
        if data.get("kind") != UnitKind.COMPARISON and not data.get("label"):
            self.add_error("label", "Type a name.")
        return data


class CellForm(forms.Form):
    """One cell of an entry. ``typed`` holds the arguments of ``extract.save_cell``."""

    path = forms.CharField(max_length=120, widget=forms.HiddenInput)
    given = forms.CharField(label="Value", required=False, max_length=schema.LONGEST_TEXT)
    state = forms.ChoiceField(label="What the paper says", choices=CellState, required=False)
    quote = forms.CharField(
        label="Quote", required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=10_000
    )
    page = forms.IntegerField(label="Page", required=False, min_value=1, max_value=100_000)
    note = forms.CharField(
        label="Note", required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=10_000
    )
    file = forms.ModelChoiceField(
        StoredFile.objects.none(), required=False, widget=forms.HiddenInput
    )
    anchor = forms.CharField(required=False, max_length=50_000, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    key = KEY

    def __init__(self, *args, entry, files=(), **more):
        super().__init__(*args, **more)
        self.asked = schema.fields(entry.version.schema)
        self.fields["file"].queryset = StoredFile.objects.filter(pk__in=[f.pk for f in files])
        path = str(self.data.get("path") or self.initial.get("path", ""))
        self.field = self.asked.get(path.partition("|")[0], {})
        if self.field.get("kind") in schema.CHOICES:
            self.fields["given"].widget = self._choices()

    def clean_path(self):
        try:
            place = schema.split_path(self.cleaned_data["path"])
        except ValueError:
            place = (None, None, None)
        if place[0] not in self.asked:
            raise ValidationError("The form has no such cell. Load the page again.")
        return place

    def clean_anchor(self):
        try:
            return anchors.read(self.cleaned_data["anchor"])
        except anchors.BadAnchor as problem:
            raise ValidationError(str(problem)) from None

    def clean_given(self):
        """A list of codes where the field takes several, else the text as typed."""
        several = self.field.get("kind") == "multichoice"
        return self.data.getlist("given") if several else self.cleaned_data["given"]

    @property
    def typed(self):
        data = self.cleaned_data
        field, arm, outcome = data["path"]
        names = ("given", "quote", "page", "note", "file", "anchor", "key")
        said = {name: data[name] for name in names} | {"state": data["state"] or CellState.VALUE}
        seen = data["seen"] if "seen" in self.data else None
        return {"field": field, "arm": arm, "outcome": outcome, "seen": seen} | said

    def _choices(self):
        choices = [(option["code"], option["label"]) for option in self.field["options"]]
        if self.field["kind"] == "multichoice":
            return forms.CheckboxSelectMultiple(choices=choices)
        return forms.Select(choices=[("", "–"), *choices])


class ConfirmForm(forms.Form):
    """A warning answered with “printed so”."""

    path = forms.CharField(max_length=120)
    text = forms.CharField(max_length=2000)


class VerdictForm(forms.Form):
    """What somebody says of a differing cell: a side, another value, or the third person."""

    TAKE = ["a", "b", "other", "proposal", "not_reported", "unclear", "third"]

    choice = forms.ChoiceField(choices=[(name, name) for name in TAKE])
    given = forms.CharField(required=False, max_length=schema.LONGEST_TEXT)
    note = forms.CharField(required=False, max_length=10_000)
    key = KEY


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 2}))


class FreezeForm(forms.Form):
    """What a snapshot is for."""

    note = forms.CharField(
        label="Note",
        max_length=300,
        required=False,
        help_text="What this snapshot is for, say “first submission”.",
    )
    key = KEY
