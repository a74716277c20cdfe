"""What is typed to define a table of patients, cleaned; this form never saves."""

from django import forms
from django.core.exceptions import ValidationError

from . import making

LEAVE_OUT = ("", "Leave it out")


class TabulationForm(forms.Form):
    """The definition of one table. ``found`` is ``reading.Participants`` of its form; ``names``
    are the lines that the table has now, for which the rule can be overridden."""

    title = forms.CharField(max_length=200, label="Title")
    first = forms.ChoiceField(label="One line for each")
    second = forms.ChoiceField(label="and within it for each", required=False)
    share = forms.BooleanField(label="Show each line’s share of all participants", required=False)
    alpha = forms.ChoiceField(
        label="Not normal where p is below",
        choices=[(one, one) for one in ("0.01", "0.05", "0.10")],
        initial="0.05",
        help_text="Shapiro and Wilk’s test of the values of a line; it decides between mean ± SD"
        " and median (range) where a variable leaves it to the rule.",
    )

    def __init__(self, *args, found, spec=None, names=(), **more):
        super().__init__(*args, **more)
        self.found, self.spec, self.names = found, spec or {}, list(names)
        lines = [(making.STUDY, "Study"), *_grouping(found.columns)]
        self.fields["first"].choices = lines
        self.fields["second"].choices = [("", "Nothing"), *lines]
        held = {one["column"]: one["show"] for one in self.spec.get("variables", [])}
        for key, asked in found.columns.items():
            if offered := making.shows(asked):
                self.fields[f"show-{key}"] = forms.ChoiceField(
                    label=asked["label"],
                    required=False,
                    choices=[LEAVE_OUT, *offered.items()],
                    initial=held.get(key, ""),
                )
        for place, name in enumerate(self.names):
            self.fields[f"line-{place}"] = forms.ChoiceField(
                label=name,
                required=False,
                choices=[("", "By the rule"), ("mean", "Mean ± SD"), ("median", "Median (range)")],
                initial=self.spec.get("overrides", {}).get(name, ""),
            )

    def clean(self):
        given = super().clean()
        if not any(given.get(f"show-{key}") for key in self.found.columns):
            raise ValidationError("Choose one variable at least.")
        if given.get("second") and given["second"] == given.get("first"):
            raise ValidationError("The lines within each line need another variable.")
        return given

    @property
    def definition(self):
        """The fields of the definition itself."""
        return [field for field in self if not field.name.startswith("line-")]

    @property
    def by_hand(self):
        """A field for each line that the table has."""
        return [field for field in self if field.name.startswith("line-")]

    @property
    def made(self):
        """The definition that was typed."""
        given = self.cleaned_data
        shown = {key: given.get(f"show-{key}") for key in self.found.columns}
        ruled = {name: given.get(f"line-{place}") for place, name in enumerate(self.names)}
        return {
            "lines": [key for key in (given["first"], given["second"]) if key],
            "variables": [{"column": key, "show": show} for key, show in shown.items() if show],
            "alpha": given["alpha"],
            "share": given["share"],
            "overrides": {name: show for name, show in ruled.items() if show},
        }


def initial(tabulation):
    """What the form starts with for a table that is there."""
    spec = tabulation.spec
    lines = [*spec["lines"], ""]
    return {
        "title": tabulation.title,
        "first": lines[0],
        "second": lines[1],
        "share": spec.get("share", False),
        "alpha": spec.get("alpha", "0.05"),
    }


def _grouping(columns):
    """Columns whose answers can make lines: a number has too many."""
    return [(key, one["label"]) for key, one in columns.items() if one["kind"] in
            ("choice", "text", "vocabulary")]  # fmt: skip
