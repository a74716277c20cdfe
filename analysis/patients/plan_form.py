"""The form of a planned model; it converts to a spec and never saves."""

from django import forms

from .model import NUMBERS, WORDS

DF = {"satterthwaite": "Satterthwaite", "kenward-roger": "Kenward and Roger"}
SEED = 20260101
FEW = 50


class ModelForm(forms.Form):
    """Which columns of the participants enter, and how; ``found`` are ``reading.Participants``."""

    title = forms.CharField(max_length=200, label="Title of the analysis")
    outcome = forms.ChoiceField(label="Outcome")
    factor = forms.ChoiceField(
        label="Groups to compare", help_text="Its estimated means are compared in pairs."
    )
    covariates = forms.MultipleChoiceField(
        label="Also in the model", required=False, widget=forms.CheckboxSelectMultiple
    )
    candidates = forms.MultipleChoiceField(
        label="Possible confounders",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Each alone first; those with p below 0.05 then together with the groups.",
    )
    df = forms.ChoiceField(label="Degrees of freedom by", choices=DF.items())
    imputations = forms.TypedChoiceField(
        label="Missing values",
        coerce=int,
        choices=[(0, "Complete patients only"), (5, "5 imputations"), (20, "20 imputations"),
                 (FEW, f"{FEW} imputations")],
    )  # fmt: skip
    seed = forms.IntegerField(
        label="Seed", initial=SEED, min_value=0, max_value=2**31 - 1,
        help_text="The same seed makes the same imputations again.",
    )  # fmt: skip
    level = forms.TypedChoiceField(
        label="Confidence level", coerce=int, choices=[(95, "95 %"), (90, "90 %"), (99, "99 %")]
    )

    def __init__(self, found, form, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.source = form
        numbers = _of(found, NUMBERS)
        words = _of(found, WORDS)
        self.fields["outcome"].choices = numbers
        self.fields["factor"].choices = words
        self.fields["covariates"].choices = numbers + words
        self.fields["candidates"].choices = numbers + words

    def clean(self):
        data = super().clean()
        taken = {data.get("outcome"), data.get("factor")}
        for name in ("covariates", "candidates"):
            if taken & set(data.get(name, ())):
                self.add_error(name, "The outcome and the groups are in the model already.")
        if set(data.get("covariates", ())) & set(data.get("candidates", ())):
            self.add_error("candidates", "What is in the model already is no candidate.")
        return data

    def spec(self):
        """The spec as ``analysis.patients.model`` describes it."""
        names = ("outcome", "factor", "covariates", "candidates", "df", "imputations", "seed",
                 "level")  # fmt: skip
        return {"form": self.source} | {name: self.cleaned_data[name] for name in names}


def _of(found, kinds):
    return [(key, field["label"]) for key, field in found.columns.items() if field["kind"] in kinds]
