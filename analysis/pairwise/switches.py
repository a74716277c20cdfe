"""The forms of a plan's switches; they convert to a spec and never save."""

from django import forms

from .. import datasets
from ..estimators import METHODS, TESTS
from ..plan_form import LEVELS
from . import pooling_models, variants
from .plan_form import pooled_from

SWITCHES = ("measure", "method", "test", "level")


class SwitchForm(forms.Form):
    """The switches of a plan; an unbound one shows the plan as it stands.

    It has only those that do something for the model that is chosen; of another, the spec keeps
    what the plan says.
    """

    measure = forms.ChoiceField(label="Measure")
    model = forms.ChoiceField(label="Model", required=False)
    method = forms.ChoiceField(label="Between-study variance by")
    test = forms.ChoiceField(label="Interval")
    level = forms.TypedChoiceField(label="Confidence level", choices=LEVELS, coerce=int)
    rho = forms.FloatField(
        label="Assumed correlation", required=False, min_value=-0.95, max_value=0.95
    )
    robust = forms.BooleanField(label="Cluster-robust intervals", required=False)
    subgroup = forms.ChoiceField(label="Subgroups by", required=False)
    least = pooled_from()
    moderators = forms.MultipleChoiceField(
        label="Moderators", required=False, widget=forms.CheckboxSelectMultiple
    )
    bias = forms.MultipleChoiceField(
        label="Leave out by risk of bias", required=False, widget=forms.CheckboxSelectMultiple
    )
    without = forms.TypedMultipleChoiceField(
        label="Leave out studies", required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, plan, data, given=None):
        super().__init__(given, initial=_switched(plan.spec))
        self.plan = plan
        self.fields["measure"].choices = variants.measures_for(plan.spec)
        self.fields["model"].choices = variants.models_for(plan.spec)
        self.fit(pooling_models.MODELS.get(self["model"].value(), pooling_models.of(plan.spec)))
        self.fields["subgroup"].choices = [
            ("", "No subgroups"),
            *variants.groupings(data, plan.spec),
        ]
        if "moderators" in self.fields:
            self.fields["moderators"].choices = variants.moderators(data, plan.spec)
        self.fields["bias"].choices = datasets.judgements(data)
        self.fields["without"].choices = datasets.studies(data, plan.spec["form"])

    def fit(self, model):
        """Leave out what does nothing for ``model``, and offer what it offers; an estimator or an
        interval of another model becomes the one that stands in for it."""
        robust = model.several and self["robust"].value()
        for name, offered, named in (
            ("method", model.methods, METHODS),
            ("test", () if robust else model.tests, TESTS),
        ):
            if len(offered) < 2:
                del self.fields[name]
                continue
            self.fields[name].choices = [(key, named[key]) for key in offered]
            chosen = self.data.get(name, self.plan.spec[name])
            if self.is_bound and chosen in named:
                self.data = self.data.copy()
                self.data[name] = pooling_models.taken(chosen, offered)
        if not self["subgroup"].value():
            del self.fields["least"]
        if model.regress is None:
            del self.fields["moderators"]
        if not model.several:
            del self.fields["rho"], self.fields["robust"]

    def spec(self):
        """The plan's spec with the switches as they are."""
        data = self.cleaned_data
        by, _, name = data["subgroup"].partition(":")
        chosen = {
            "model": _kept(data["model"] or pooling_models.key_of(self.plan.spec)),
            "rho": f"{data['rho']:g}" if data.get("rho") else None,
            "robust": data.get("robust"),
            "subgroup": {by: name} if name else None,
            "least": data["least"] if name and data["least"] > 2 else None,
            "moderators": data.get("moderators", self.plan.spec.get("moderators")),
            "bias": [one.split("|", 1) for one in data["bias"]],
            "without": data["without"],
        }
        stays = {name: value for name, value in self.plan.spec.items() if name not in chosen}
        moved = {name: data[name] for name in SWITCHES if name in data}
        return stays | moved | {name: value for name, value in chosen.items() if value}


def _kept(model):
    """What a spec holds of a model: nothing of the usual one."""
    return "" if model == pooling_models.INVERSE else model


def _switched(spec):
    """A spec as the values of its switches."""
    by = next(iter((spec.get("subgroup") or {}).items()), None)
    spec = pooling_models.settled(spec)
    return {name: spec[name] for name in SWITCHES} | {
        "model": pooling_models.key_of(spec),
        "rho": spec.get("rho"),
        "robust": spec.get("robust", False),
        "subgroup": ":".join(by) if by else "",
        "least": spec.get("least", 2),
        "moderators": spec.get("moderators", []),
        "bias": ["|".join(pair) for pair in spec.get("bias", ())],
        "without": spec.get("without", []),
    }


class KeepForm(forms.Form):
    """The title under which a variant is kept."""

    title = forms.CharField(max_length=200, label="Title of the variant")
