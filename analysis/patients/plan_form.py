"""The form of a planned model; it converts to a spec and never saves."""

from django import forms

from extraction import schema

from .model import NUMBERS, WORDS

DF = {"satterthwaite": "Satterthwaite", "kenward-roger": "Kenward and Roger"}
SEED = 20260101
MISSING = {
    0: "Complete patients only",
    **{m: f"{m} imputations" for m in (5, 20, 50)},
}


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
        choices=MISSING.items(),
    )
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


def facts(plan, spec):
    """What a planned model does, as pairs of term and value."""
    form = plan.review.extraction_forms.filter(pk=spec["form"]).first()
    known = schema.fields(form.published.schema) if form and form.published else {}

    def named(keys):
        return ", ".join(known[key]["label"] if key in known else key for key in keys)

    told = [
        ("Form", form.name if form else ""),
        ("Outcome", named([spec["outcome"]])),
        ("Groups to compare", named([spec["factor"]])),
        ("Also in the model", named(spec["covariates"])),
        ("Possible confounders", named(spec["candidates"])),
        ("Degrees of freedom", DF[spec["df"]]),
        ("Missing values", MISSING[spec["imputations"]]),
        ("Seed", spec["seed"]),
        ("Confidence level", f"{spec['level']}%"),
    ]
    return [(term, value) for term, value in told if value != ""]
