"""The second step of a plan, as far as every kind asks it."""

from django import forms

from extraction import schema, variables

from . import datasets

LEVELS = [(95, "95 %"), (90, "90 %"), (99, "99 %")]


def outcome_field():
    """The name of the outcome, for fields that are asked for each."""
    return forms.CharField(
        required=False,
        label="Outcome and time",
        help_text="Only for fields that are asked for each outcome: its name as extracted.",
    )


class BasePlanForm(forms.Form):
    """Which fields of the extraction form ``source`` feed a measure; ``Kind`` says what it takes.

    A kind names its ``measures`` by key, the kinds of field that can feed ``several`` questions,
    and the fields that a spec holds ``alike``, under their own names; ``field_of`` asks for the
    field of one role.
    """

    measures = {}
    several = ()
    alike = ()

    title = forms.CharField(max_length=200, label="Title of the analysis")

    def __init__(self, source, measure, data, given=None, spec=None):
        super().__init__(given, initial=self.filled(spec) if spec else None)
        self.start = spec or {}
        self.source, self.measure_key, self.measure = source, measure, self.measures[measure]
        self.asked = variables.asked(source.published.schema)
        for role in self.measure.roles:
            self.fields[f"role_{role}"] = self.field_of(role)

    @classmethod
    def filled(cls, spec):
        """A spec as the values of the form."""
        return {name: spec[name] for name in (*cls.alike, "level") if name in spec} | {
            f"role_{role}": key for role, key in spec["fields"].items()
        }

    def fields_that(self, suit):
        """The fields of the extraction form that ``suit``, as ``(key, label)``."""
        return [(key, field["label"]) for key, field in self.asked.items() if suit(field)]

    def fields_of_studies(self, kinds):
        """Fields of these kinds that are asked once a study, as ``(key, label)``."""
        return datasets.asked_of_studies(self.asked, kinds)

    def clean_title(self):
        title = self.cleaned_data["title"]
        if self.source.review.plans.filter(title=title).exists():
            raise forms.ValidationError("There is a plan of this title already. Choose another.")
        return title

    def clean(self):
        data = super().clean()
        keys = [key for key in self._keys() if self.asked[key]["kind"] not in self.several]
        if len(set(keys)) < len(keys):
            raise forms.ValidationError("Choose two different fields: one feeds both questions.")
        return data

    def _keys(self):
        return [key for name, key in self.cleaned_data.items() if name.startswith("role_") and key]

    def chosen(self):
        """The fields that feed the measure."""
        return [self.asked[key] for key in self._keys()]

    def need_outcome(self):
        """Refuse fields that are asked for each outcome, where none is named."""
        if any(map(schema.takes_outcome, self.chosen())) and not self.cleaned_data.get("outcome"):
            self.add_error("outcome", "Name the outcome: these fields are asked for each.")

    def told(self, spared=()):
        """What the form tells of every spec; roles that are ``spared`` have no field."""
        data = self.cleaned_data
        return {name: data[name] for name in self.alike if name in data} | {
            "measure": self.measure_key,
            "form": self.source.pk,
            "fields": {
                role: data[f"role_{role}"] for role in self.measure.roles if role not in spared
            },
            "level": int(data["level"]),
        }
