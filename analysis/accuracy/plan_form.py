"""The second step of a plan of diagnostic accuracy."""

from django import forms

from extraction import variables

from ..pairwise.plan_form import LEVELS
from .measures import MEASURES, MODELS

GROUPING = ("choice", "vocabulary")


class PlanForm(forms.Form):
    """Which fields hold the two-by-two table, and which model is fitted."""

    title = forms.CharField(max_length=200, label="Title of the analysis")

    def __init__(self, source, measure, data, given=None, spec=None):
        super().__init__(given, initial=_filled(spec) if spec else None)
        self.start = spec or {}
        self.source, self.measure_key, self.measure = source, measure, MEASURES[measure]
        self.asked = variables.asked(source.published.schema)
        for role, label in self.measure.roles.items():
            self.fields[f"role_{role}"] = self._field_of(role, label)
        self.fields["outcome"] = forms.CharField(
            required=False, label="Outcome or threshold",
            help_text="For fields that are asked for each outcome: its name as extracted. Leave"
                      " empty to take the only one of each study.",
        )  # fmt: skip
        self.fields["arm_"] = forms.CharField(
            required=False, label="Arm",
            help_text="For fields that are asked for each arm: its name or role as extracted. Leave"
                      " empty to take the only one of each study.",
        )  # fmt: skip
        self.fields["model"] = forms.ChoiceField(label="Model", choices=MODELS.items())
        self.fields["group"] = forms.ChoiceField(
            required=False, label="Compare groups by", choices=[("", "No groups"), *self._groups()],
            help_text="Each group gets a summary point of its own.",
        )  # fmt: skip
        self.fields["level"] = forms.ChoiceField(label="Confidence level", choices=LEVELS)

    def _field_of(self, role, label):
        choices = [
            (key, field["label"])
            for key, field in self.asked.items()
            if field["kind"] in self.measure.kinds
        ]
        nothing = f"The form has no field of this kind ({' or '.join(self.measure.kinds)})."
        likely = role if role in dict(choices) else None
        return forms.ChoiceField(
            label=label, choices=choices, initial=likely, help_text="" if choices else nothing
        )

    def _groups(self):
        return [
            (key, field["label"])
            for key, field in self.asked.items()
            if field["level"] == "study" and field["kind"] in GROUPING
        ]

    def clean_title(self):
        title = self.cleaned_data["title"]
        if self.source.review.plans.filter(title=title).exists():
            raise forms.ValidationError("There is a plan of this title already. Choose another.")
        return title

    def clean(self):
        data = super().clean()
        keys = [key for name, key in data.items() if name.startswith("role_")]
        if len(set(keys)) < len(keys):
            raise forms.ValidationError("Choose different fields: one feeds two questions.")
        return data

    def spec(self):
        """The plan's spec: besides ``form``, ``fields``, ``outcome``, ``arms`` and ``level`` the
        ``model`` (a key of ``measures.MODELS``) and ``group``, a study's field or ""."""
        data = self.cleaned_data
        return self.start | {name: data[name] for name in ("outcome", "model", "group")} | {
            "kind": "accuracy",
            "measure": self.measure_key,
            "form": self.source.pk,
            "fields": {role: data[f"role_{role}"] for role in self.measure.roles},
            "arms": {"": data["arm_"]} if data["arm_"] else {},
            "level": int(data["level"]),
        }  # fmt: skip


def _filled(spec):
    """A spec as the values of the form."""
    return (
        {name: spec[name] for name in ("outcome", "model", "group", "level")}
        | {f"role_{role}": key for role, key in spec["fields"].items()}
        | {f"arm_{group}": name for group, name in spec["arms"].items()}
    )
