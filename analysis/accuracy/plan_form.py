"""The second step of a plan of diagnostic accuracy."""

from django import forms

from ..plan_form import LEVELS, BasePlanForm
from .measures import MEASURES, MODELS

GROUPING = ("choice", "vocabulary")


class PlanForm(BasePlanForm):
    """Which fields hold the two-by-two table, and which model is fitted."""

    measures = MEASURES
    alike = ("outcome", "model", "group")

    def __init__(self, source, measure, data, given=None, spec=None):
        super().__init__(source, measure, data, given, spec)
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
            required=False, label="Compare groups by",
            choices=[("", "No groups"), *self.fields_of_studies(GROUPING)],
            help_text="Each group gets a summary point of its own.",
        )  # fmt: skip
        self.fields["level"] = forms.ChoiceField(label="Confidence level", choices=LEVELS)

    def field_of(self, role):
        kinds = self.measure.kinds
        choices = self.fields_that(lambda field: field["kind"] in kinds)
        nothing = f"The form has no field of this kind ({' or '.join(kinds)})."
        return forms.ChoiceField(
            label=self.measure.roles[role],
            choices=choices,
            initial=role if role in dict(choices) else None,
            help_text="" if choices else nothing,
        )

    def spec(self):
        """The plan's spec: besides ``form``, ``fields``, ``outcome``, ``arms`` and ``level`` the
        ``model`` (a key of ``measures.MODELS``) and ``group``, a study's field or ""."""
        arm = self.cleaned_data["arm_"]
        return self.start | self.told() | {"kind": "accuracy", "arms": {"": arm} if arm else {}}

    @classmethod
    def filled(cls, spec):
        return super().filled(spec) | {"arm_": spec["arms"].get("", "")}
