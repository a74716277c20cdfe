"""Forms that clean and convert what is typed on the pages of extraction; they never save."""

from django import forms
from django.core.exceptions import ValidationError

from review.models import StoredFile

from . import asprinted, schema
from .evidence import anchors
from .models import CellState, UnitKind

KEY = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


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
        formats = asprinted.for_field(self.field) or [("", "")]
        self.fields["as"] = forms.ChoiceField(label="Printed as", required=False, choices=formats)

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
        if data["as"]:
            said["given"] = {"given": data["given"], "as": data["as"]}
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
    code = forms.CharField(required=False, max_length=30)
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
