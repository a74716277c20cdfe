"""The second step of a plan that compares two groups, or pools one."""

from django import forms

from extraction import schema

from .. import datasets
from ..estimators import METHODS, TESTS
from ..plan_form import LEVELS, BasePlanForm, outcome_field
from ..roles import FIELD_SCALES, ROLE_LABELS, SIZE, suits
from . import pooling_models
from .measures import MEASURES

ARMS = {"1": "First", "2": "Second"}
OPTIONAL = ("model", "outcomes", "rho", "robust", "randomised", "subgroup", "least", "moderators")
GROUPING = ("choice", "vocabulary", "text")
EXPLAINING = (*datasets.NUMBERS, "choice")
LEAST = [(n, f"{n} studies") for n in (2, 3, 4, 5, 10)]


def pooled_from():
    """The field that asks how many studies a subgroup needs to be pooled."""
    return forms.TypedChoiceField(
        label="Pool a subgroup from", choices=LEAST, coerce=int, required=False, empty_value=2
    )


def groupings(fields, tools):
    """What can divide the studies, as ``(value, words)``: answers given once a study, and what
    the tools say overall."""
    for key, label in datasets.asked_of_studies(fields, GROUPING):
        yield f"field:{key}", label
    for tool in tools:
        yield f"rob:{tool}", f"{tool}, overall"


class PlanForm(BasePlanForm):
    """Second step: which fields feed the measure, and how it is pooled."""

    measures = MEASURES
    alike = ("outcome", "method", "test")

    def __init__(self, source, measure, data, given=None, spec=None):
        super().__init__(source, measure, data, given, spec)
        for group in self.measure.groups:
            self.fields[f"arm_{group}"] = self._arm(group)
        self.fields["outcome"] = outcome_field()
        self._model_of(measure)
        self.fields["method"] = forms.ChoiceField(
            label="Between-study variance by", choices=METHODS.items()
        )
        self.fields["test"] = forms.ChoiceField(label="Interval", choices=TESTS.items())
        self.fields["level"] = forms.ChoiceField(label="Confidence level", choices=LEVELS)
        if SIZE in self.measure.roles and len(self.measure.groups) == 2:
            self.fields["randomised"] = self._randomised()
        self.fields["subgroup"] = forms.ChoiceField(
            required=False,
            label="Subgroups by",
            choices=[("", "No subgroups"), *self._groupings(data)],
        )
        self.fields["least"] = pooled_from()
        self.fields["moderators"] = forms.MultipleChoiceField(
            required=False,
            label="Moderators",
            widget=forms.CheckboxSelectMultiple,
            choices=self.fields_of_studies(EXPLAINING),
        )

    def _groupings(self, data):
        """What can divide the studies; a tool that the plan names stays though it judged none."""
        named = {self.start.get("subgroup", {}).get("rob")} - {None}
        return groupings(self.asked, sorted(named.union(datasets.tools(data) if data else ())))

    def _randomised(self):
        choices = self.fields_that(lambda field: suits(SIZE, field) and schema.takes_arm(field))
        return forms.ChoiceField(
            required=False,
            label="Number randomised",
            choices=[("", "Not asked for"), *choices],
            help_text="The result does not use it. It tells who is missing, and so what missing"
            " participants could change.",
        )

    def _model_of(self, measure):
        self.fields["model"] = forms.ChoiceField(
            label="Model",
            choices=pooling_models.choices([measure], many=None),
            required=False,
        )
        self.fields["outcomes"] = forms.CharField(
            required=False,
            widget=forms.Textarea(attrs={"rows": 3}),
            label="Further outcomes or times",
            help_text="One a line, for three levels or the multivariate model: every result of a"
            " study that answers to a name above or here enters, each pair of arms by itself.",
        )
        self.fields["rho"] = forms.FloatField(
            required=False,
            min_value=-0.95,
            max_value=0.95,
            label="Correlation of results of the same patients",
            help_text="An assumption, for the same two models: their sampling errors are not"
            " independent. Usual: 0.5 to 0.8. Empty: 0.",
        )
        self.fields["robust"] = forms.BooleanField(
            required=False,
            label="Cluster-robust intervals",
            help_text="For the same two models: right even where the assumed correlation is not.",
        )

    def field_of(self, role):
        label, kinds = ROLE_LABELS[role]
        choices = self.fields_that(lambda field: suits(role, field))
        scale = FIELD_SCALES.get(role)
        wanted = " or ".join(kinds) + (f" on the {scale} scale" if scale else "")
        nothing = f"The form has no field of this kind ({wanted})."
        return forms.ChoiceField(label=label, choices=choices, help_text="" if choices else nothing)

    def _arm(self, group):
        named = "The arm's name or its role, as extracted (for example: treatment)."
        if group:
            return forms.CharField(label=f"{ARMS[group]} arm", help_text=named)
        only = f"Only for fields that are asked for each arm. {named}"
        return forms.CharField(label="Arm", required=False, help_text=only)

    def clean(self):
        data = super().clean()
        chosen = self.chosen()
        arms = [(data.get(f"arm_{group}") or "").casefold() for group in self.measure.groups]
        if len(arms) == 2 and arms[0] and arms[0] == arms[1]:
            self.add_error(
                "arm_2", "This is the first arm again. Name the arm it is compared with."
            )
        if arms == [""] and any(map(schema.takes_arm, chosen)):
            self.add_error("arm_", "Name the arm: these fields are asked for each.")
        many = pooling_models.MODELS[data.get("model") or pooling_models.INVERSE].several
        if data.get("outcomes") and not many:
            self.add_error("outcomes", "Several results of a study need one of those two models.")
        if not many:
            self.need_outcome()
        if len(self.measure.groups) == 2 and not all(map(schema.takes_arm, chosen)):
            raise forms.ValidationError(
                "This measure compares two arms, so its fields must be asked for each arm."
            )
        return data

    def spec(self):
        """The plan's spec as ``analysis.runs`` describes it; what this form does not ask stays as
        it was."""
        data = self.cleaned_data
        started = {name: kept for name, kept in self.start.items() if name not in OPTIONAL}
        arms = {group: data[f"arm_{group}"] for group in self.measure.groups}
        return (
            started
            | self._modelled()
            | self._explained()
            | ({"randomised": data["randomised"]} if data.get("randomised") else {})
            | self.told()
            | {"arms": {group: arm for group, arm in arms.items() if arm}}
        )

    @classmethod
    def filled(cls, spec):
        return (
            super().filled(spec)
            | {
                "model": pooling_models.key_of(spec),
                "outcomes": "\n".join(spec.get("outcomes", [])[1:]),
                "rho": spec.get("rho"),
                "robust": spec.get("robust", False),
                "randomised": spec.get("randomised", ""),
                "subgroup": ":".join(next(iter(spec.get("subgroup", {}).items()), ())),
                "least": spec.get("least", 2),
                "moderators": spec.get("moderators", []),
            }
            | {f"arm_{group}": name for group, name in spec.get("arms", {}).items()}
        )

    def _explained(self):
        """What a spec divides the studies by, and what may explain their effects."""
        by, _, name = self.cleaned_data["subgroup"].partition(":")
        told = {"subgroup": {by: name}} if name else {}
        if name and self.cleaned_data["least"] > 2:
            told["least"] = self.cleaned_data["least"]
        moderators = self.cleaned_data["moderators"]
        return told | ({"moderators": moderators} if moderators else {})

    def _modelled(self):
        """What a spec holds of a model other than the usual one."""
        data = self.cleaned_data
        key = data["model"] or pooling_models.INVERSE
        if key == pooling_models.INVERSE:
            return {}
        if not pooling_models.MODELS[key].several:
            return {"model": key}
        named = [data["outcome"], *data["outcomes"].splitlines()]
        told = {"model": key, "outcomes": [name.strip() for name in named if name.strip()]}
        told |= {"rho": f"{data['rho']:g}"} if data["rho"] else {}
        return told | ({"robust": True} if data["robust"] else {})
