"""The panel beside a plot: what it shows, and how."""

from dataclasses import asdict

from django import forms

from ... import datasets
from ...figures import numbers
from ...figures.forest import Scale
from .. import forest_plot
from . import columns, look

LONG = 60  # characters of a side's label
PLACES = 9  # digits of a place on the axis, before the point and after it
WRITTEN = f"Write at most {PLACES} digits before the point and {PLACES} after it."
TOO_LONG = ("max_digits", "max_decimal_places", "max_whole_digits")

GROUPS = {
    "Studies": ("sort", "backwards", "tool"),
    "Pooled estimates": ("models", "ahead", "weights"),
    "Axis": ("line", "at", "low", "high", "left", "right"),
    "Columns": ("own", "columns"),
}


def _number(label, help_text=""):
    return forms.DecimalField(
        label=label, required=False, help_text=help_text, max_digits=2 * PLACES,
        decimal_places=PLACES, error_messages=dict.fromkeys(TOO_LONG, WRITTEN),
    )  # fmt: skip


class LookForm(forms.Form):
    """A look; an unbound form shows that of the plan. ``data`` is the content of the run's
    snapshot."""

    sort = forms.ChoiceField(label="Sorted by")
    backwards = forms.BooleanField(label="The other way round", required=False)
    own = forms.BooleanField(label="What the effects were computed from", required=False)
    columns = forms.MultipleChoiceField(
        label="More columns", required=False, widget=forms.CheckboxSelectMultiple
    )
    tool = forms.ChoiceField(label="Risk of bias", required=False)
    models = forms.ChoiceField(label="Pooled estimates", choices=look.MODELS.items())
    weights = forms.ChoiceField(label="Weights", choices=look.WEIGHTS.items())
    ahead = forms.ChoiceField(label="Prediction interval", choices=look.AHEAD.items())
    line = forms.ChoiceField(label="Reference line", choices=look.LINES.items())
    at = _number("Line at")
    low = _number("Axis from", "Empty: as far as the studies need it.")
    high = _number("Axis to")
    left = forms.CharField(label="To the left", max_length=LONG, required=False)
    right = forms.CharField(label="To the right", max_length=LONG, required=False)

    def __init__(self, run, data, given=None):
        self.run = run
        super().__init__(given, initial=asdict(look.of(run.plan)))
        found = columns.source(data, run.spec)
        once = [(f"field:{key}", label) for key, label in columns.once_a_study(found)]
        self.fields["sort"].choices = [*look.SORTS.items(), ("A field", once)]
        self.fields["columns"].choices = columns.choices(found)
        tools = {tool for said in datasets.risk_of_bias(data).values() for tool in said}
        self.fields["tool"].choices = [("", "Not shown"), *((one, one) for one in sorted(tools))]
        for side, example in (("left", "favours treatment"), ("right", "favours control")):
            self.fields[side].widget.attrs["placeholder"] = example

    def groups(self):
        """The fields as the panel arranges them."""
        return [
            {"title": title, "fields": [self[name] for name in names], "open": place < 2}
            for place, (title, names) in enumerate(GROUPS.items())
        ]

    def clean(self):
        given = super().clean()
        plot = forest_plot.forest_of(self.run, links=False)
        self._positive(given, plot.scale)
        if given.get("line") == "value" and given.get("at") is None and "at" not in self.errors:
            self.add_error("at", "Say where the line stands.")
        low, high = given.get("low"), given.get("high")
        if self.errors or (low is None and high is None):
            return given
        if low is None or high is None:
            self.add_error("high" if high is None else "low", "Give both ends of the axis.")
        elif low >= high:
            self.add_error("high", "The axis must end above where it begins.")
        else:
            self._holds(plot, float(low), float(high))
        return given

    def _positive(self, given, scale):
        for name in ("at", "low", "high"):
            value = given.get(name)
            if value is not None and scale is Scale.LOG and value <= 0:
                self.add_error(name, "A ratio is above 0.")

    def _holds(self, plot, low, high):
        for one in plot.all_summaries():
            if not low <= one.estimate <= high:
                at = numbers.significant(one.estimate)
                self.add_error("low", f"The axis must hold the pooled estimate, {at}.")
                return

    def look(self):
        """The ``Look`` of a valid form."""
        given = self.cleaned_data
        told = {
            name: "" if given[name] is None else f"{given[name]:f}"
            for name in ("at", "low", "high")
        }
        return look.Look(**given | told | {"columns": tuple(given["columns"])})
