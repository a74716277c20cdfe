"""What somebody asks of the pages of choices. All of it stands in the address; nothing is kept."""

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from extraction import schema

from ... import datasets
from ...roles import MEAN, SIZE
from . import axes, participants

SIZES = ("integer",)
IMORS = (0.001, 1000.0)
DIFFERENCES = (-1e6, 1e6)


def fields_of(data, spec, kinds, *, by_arm):
    """Fields of the plan's form that are of these kinds, as ``(key, label)``."""
    return [
        (key, field["label"])
        for key, field in datasets.fields_of(data, spec["form"]).items()
        if field["kind"] in kinds and (schema.takes_arm(field) or not by_arm)
    ]


class ChangeForm(forms.Form):
    """The fields with the mean and SD that a change was computed from, where the form has them."""

    before = forms.ChoiceField(label="Mean and SD before", required=False)
    after = forms.ChoiceField(label="Mean and SD after", required=False)

    def __init__(self, data, spec, given=None):
        super().__init__(given or {})
        own = spec["fields"].get(MEAN)
        offered = fields_of(data, spec, ("mean_sd",), by_arm=len(spec.get("arms") or {}) == 2)
        others = [pair for pair in offered if pair[0] != own]
        for field in self.fields.values():
            field.choices = [("", "Not known"), *others]
        self.offers = len(others) > 1

    def keys(self):
        """``(before, after)``, both or neither."""
        told = self.cleaned_data if self.is_valid() else {}
        pair = told.get("before", ""), told.get("after", "")
        return pair if all(pair) and pair[0] != pair[1] else ("", "")


class ChoicesForm(forms.Form):
    """Which options of each axis are computed."""

    def __init__(self, choices, given=None):
        self.axes = choices.axes
        usual = axes.usual(self.axes)
        asked = given is not None and any(axis.key in given for axis in self.axes)
        super().__init__(given if asked else usual)
        for axis in self.axes:
            self.fields[axis.key] = forms.MultipleChoiceField(
                label=axis.label,
                choices=[(one.key, one.label) for one in axis.options],
                widget=forms.CheckboxSelectMultiple,
                error_messages={"required": f"{axis.label}: tick one or more."},
            )

    def clean(self):
        data = super().clean()
        if not self.errors and (many := axes.count(self.axes, data)) > axes.MOST:
            raise forms.ValidationError(
                f"These make {many} ways to compute it; {axes.MOST} are computed at once."
                " Untick some."
            )
        return data


class RandomisedForm(forms.Form):
    """The field with the number randomised to each arm, that of the plan unless one is chosen; and
    how the missing of each arm differ, if somebody says so."""

    randomised = forms.ChoiceField(label="Number randomised", required=False)
    first = forms.FloatField(required=False)
    second = forms.FloatField(required=False)

    def __init__(self, data, spec, given=None):
        usual = {"randomised": spec.get("randomised", "")}
        super().__init__(given if given and "randomised" in given else usual)
        offered = fields_of(data, spec, SIZES, by_arm=True)
        size = spec["fields"].get(SIZE)
        used = {key for role, key in spec["fields"].items()}
        others = [pair for pair in offered if pair[0] not in used]
        self.fields["randomised"].choices = [("", "Choose the field"), *others]
        self.offers = bool(others) and size is not None
        self._of_arms(spec)

    def own(self):
        """The parameter of each arm, or None; where one is given, the other arm's missing are as
        those observed."""
        pair = self.cleaned_data.get("first"), self.cleaned_data.get("second")
        if pair == (None, None):
            return None
        return tuple(self.usual if one is None else one for one in pair)

    def _of_arms(self, spec):
        ratio = participants.is_binary(spec)
        self.usual = 1.0 if ratio else 0.0
        word, (low, high) = ("IMOR", IMORS) if ratio else ("Difference", DIFFERENCES)
        for name, arm in participants.names(spec).items():
            field = self.fields[name]
            field.label = f"{word}, {arm}"
            field.validators += [
                MinValueValidator(low, f"{word}, {arm}: not below {low:g}."),
                MaxValueValidator(high, f"{word}, {arm}: not above {high:g}."),
            ]
            field.error_messages["invalid"] = f"{word}, {arm}: write a number, for example 0.5."
            field.widget.attrs = {"step": "any", "placeholder": f"{self.usual:g}"}
