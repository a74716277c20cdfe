"""The form of a planned model; it converts to a spec and never saves."""

from decimal import Decimal, InvalidOperation

from django import forms

from extraction import schema

from ..stats.ordering import in_order
from .model import NUMBERS, WORDS, columns
from .staging import MEAN

DF = {"satterthwaite": "Satterthwaite", "kenward-roger": "Kenward and Roger"}
SEED = 20260101
MISSING = {
    0: "Complete patients only",
    **{m: f"{m} imputations" for m in (5, 20, 50)},
}


OPTIONAL = ("slopes", "two_level", "response", "responding", "stages", "aggregates")
FEW = 12  # levels of a grouping that are offered one by one


class ModelForm(forms.Form):
    """Which columns of the participants enter, and how; ``found`` are ``reading.Participants``,
    ``analyses`` the planned analyses of studies that may join, as ``{"title", "spec"}``."""

    title = forms.CharField(max_length=200, label="Title of the analysis")
    outcome = forms.ChoiceField(label="Outcome")
    factor = forms.ChoiceField(
        label="Groups to compare", help_text="Its estimated means are compared in pairs."
    )
    covariates = forms.MultipleChoiceField(
        label="Also in the model", required=False, widget=forms.CheckboxSelectMultiple
    )
    slopes = forms.MultipleChoiceField(
        label="Slopes that differ between studies", required=False,
        widget=forms.CheckboxSelectMultiple, help_text="Numbers that are also in the model.",
    )  # fmt: skip
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
    two_level = forms.BooleanField(
        label="Impute with a random effect of the study", required=False,
        help_text="For studies that lack a whole variable; otherwise each keeps its own level.",
    )  # fmt: skip
    seed = forms.IntegerField(
        label="Seed", initial=SEED, min_value=0, max_value=2**31 - 1,
        help_text="The same seed makes the same imputations again.",
    )  # fmt: skip
    response = forms.ChoiceField(
        label="Responders by", required=False,
        help_text="Compares the groups by odds ratio and by chance of response.",
    )  # fmt: skip
    responding = forms.CharField(
        label="A responder has", required=False, max_length=200,
        help_text="Of a number: at least this much. Of a grouping: the answer that says so.",
    )  # fmt: skip
    stages = forms.ChoiceField(
        label="In one stage and in two", required=False,
        help_text="One effect from all patients at once, and from each study, then pooled.",
    )  # fmt: skip
    aggregates = forms.ChoiceField(
        label="Join studies without patients from", required=False,
        help_text="A planned analysis of the same effect in the same unit; copied as it is now.",
    )  # fmt: skip
    level = forms.TypedChoiceField(
        label="Confidence level", coerce=int, choices=[(95, "95 %"), (90, "90 %"), (99, "99 %")]
    )

    def __init__(self, found, form, *args, analyses=(), initial=None, **kwargs):
        before = dict(initial or {})
        if before.get("responding"):
            (before["responding"],) = before["responding"].values()
        if before.get("aggregates"):
            before["aggregates"] = before["aggregates"]["title"]
        super().__init__(*args, initial=before, **kwargs)
        self.source, self.analyses = form, {one["title"]: one for one in analyses}
        numbers = _of(found, NUMBERS)
        words = _of(found, WORDS)
        self.table = columns(found, [key for key, _ in numbers + words])
        self.numbers = {key for key, _ in numbers}
        self.fields["outcome"].choices = numbers
        self.fields["factor"].choices = words
        self.fields["covariates"].choices = numbers + words
        self.fields["candidates"].choices = numbers + words
        self.fields["slopes"].choices = numbers
        self.fields["response"].choices = [("", "Not asked"), *numbers, *words]
        self.fields["stages"].choices = [
            ("", "Not asked"), (MEAN, "Mean of the outcome"),
            *((key, f"Slope of {label}") for key, label in numbers),
            *self._contrasts(words),
        ]  # fmt: skip
        titles = [(title, title) for title in self.analyses]
        self.fields["aggregates"].choices = [("", "None"), *titles]

    def _contrasts(self, words):
        """Each level of a grouping of few against its first."""
        for key, label in words:
            levels = self._levels(key)
            if 2 <= len(levels) <= FEW:
                yield label, [(f"{key}={one}", f"{one} − {levels[0]}") for one in levels[1:]]

    def _levels(self, key):
        return in_order(value for value in self.table[key] if value is not None)

    def clean(self):
        data = super().clean()
        taken = {data.get("outcome"), data.get("factor")}
        for name in ("covariates", "candidates"):
            if taken & set(data.get(name, ())):
                self.add_error(name, "The outcome and the groups are in the model already.")
        if set(data.get("covariates", ())) & set(data.get("candidates", ())):
            self.add_error("candidates", "What is in the model already is no candidate.")
        if set(data.get("slopes", ())) - set(data.get("covariates", ())):
            self.add_error("slopes", "Only what is also in the model can have a slope.")
        self._clean_responding(data)
        self._clean_stages(data)
        return data

    def _clean_responding(self, data):
        """A number for a number, one of its answers for a grouping."""
        key, given = data.get("response"), data.get("responding", "")
        if not key:
            return
        if key in self.numbers:
            if least := _number(given):
                data["responding"] = {"least": least}
            else:
                self.add_error("responding", "Give the least number that a responder has.")
        elif given not in set(self.table[key]):
            known = ", ".join(self._levels(key))
            self.add_error("responding", f"Give one of its answers: {known}.")
        else:
            data["responding"] = {"is": given}

    def _clean_stages(self, data):
        stages = data.get("stages") or MEAN
        key = stages.partition("=")[0]
        if "=" in stages and key != data.get("factor"):
            self.add_error("stages", "These are not the groups that the model compares.")
        elif stages != MEAN and "=" not in stages and key not in data.get("covariates", ()):
            self.add_error("stages", "This number is not in the model.")
        if data.get("aggregates") and not data.get("stages"):
            self.add_error("stages", "Say which effect the studies without patients share.")

    def spec(self):
        """The spec as ``analysis.patients.model`` describes it."""
        names = ("outcome", "factor", "covariates", "candidates", "df", "imputations", "seed",
                 "level")  # fmt: skip
        given = self.cleaned_data
        more = {name: given[name] for name in OPTIONAL if given[name]}
        if not given["response"]:
            more.pop("responding", None)
        key, _, word = given["stages"].partition("=")
        if word:
            more["against"] = self._levels(key)[0]
        if given["aggregates"]:
            more["aggregates"] = self.analyses[given["aggregates"]]
        return {"form": self.source} | {name: given[name] for name in names} | more


def _number(given):
    """A number as plain text, or nothing where it is none."""
    try:
        found = Decimal(given.strip().replace("\u2212", "-"))
    except InvalidOperation:
        return ""
    return f"{found:f}" if found.is_finite() else ""


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
        ("Slopes between studies", named(spec.get("slopes", ()))),
        ("Possible confounders", named(spec["candidates"])),
        ("Degrees of freedom", DF[spec["df"]]),
        ("Missing values", MISSING[spec["imputations"]]),
        ("Imputed with", "a random effect of the study" if spec.get("two_level") else ""),
        ("Seed", spec["seed"]),
        ("Responders", _responders(spec, named)),
        ("In one stage and in two", _stages(spec, named)),
        ("Joined by studies of", spec.get("aggregates", {}).get("title", "")),
        ("Confidence level", f"{spec['level']}%"),
    ]
    return [(term, value) for term, value in told if value != ""]


def _responders(spec, named):
    if not spec.get("response"):
        return ""
    asked = spec["responding"]
    told = asked["is"] if "is" in asked else f"at least {asked['least']}"
    return f"{named([spec['response']])}: {told}"


def _stages(spec, named):
    asked = spec.get("stages", "")
    if asked in ("", MEAN):
        return "mean of the outcome" if asked else ""
    key, _, word = asked.partition("=")
    against = f" against {spec['against']}" if spec.get("against") else ""
    return f"{named([key])}: {word}{against}" if word else f"slope of {named([key])}"
