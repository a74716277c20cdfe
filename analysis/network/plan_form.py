"""The second step of a plan for a network: which arm is which treatment, and how it is pooled."""

from django import forms
from django.template.loader import render_to_string

from extraction import schema

from .. import datasets
from ..plan_form import LEVELS, BasePlanForm, outcome_field
from ..roles import ROLE_LABELS, suits
from . import reading
from .measures import COMMON, INTERVALS, MEASURES, MODELS

GOOD = [("small", "Smaller values"), ("large", "Larger values")]


class NodesInput(forms.Widget):
    """A table: each label of an arm, its studies, and the treatment it stands for."""

    use_fieldset = True

    def __init__(self, labels):
        super().__init__()
        self.labels = labels

    def render(self, name, value, attrs=None, renderer=None):
        rows = [
            {"id": f"{attrs['id']}-{n}", "name": f"{name}-{label}", "label": label,
             "studies": studies, "node": (value or {}).get(label.casefold(), label)}
            for n, (label, studies) in enumerate(self.labels)
        ]  # fmt: skip
        return render_to_string("analysis/network/_nodes.html", {"rows": rows})

    def value_from_datadict(self, data, files, name):
        return {label.casefold(): data.get(f"{name}-{label}", "") for label, _ in self.labels}


class NodesField(forms.Field):
    """Treatments by label; one spelling for what differs in case only."""

    def __init__(self, labels):
        super().__init__(
            label="Treatment of each arm",
            required=False,
            widget=NodesInput(labels),
            help_text="Labels with the same treatment are one node. Empty: the arm is left out.",
        )

    def clean(self, value):
        spelled = {}
        nodes = {
            label: spelled.setdefault(name.strip().casefold(), name.strip())
            for label, name in value.items()
        }
        if value and len({name for name in nodes.values() if name}) < 2:
            raise forms.ValidationError("A network needs two treatments or more.")
        return nodes


class PlanForm(BasePlanForm):
    """``nodes`` are asked where a snapshot has arms; without one each label is a treatment."""

    measures = MEASURES
    alike = ("outcome", "reference", "good", "method", "test")

    def __init__(self, source, measure, data, given=None, spec=None):
        super().__init__(source, measure, data, given, spec)
        labels = reading.labels(data, source.pk) if data else []
        self.fields["outcome"] = outcome_field()
        if labels:
            self.fields["nodes"] = NodesField(labels)
        self.fields["reference"] = forms.CharField(
            max_length=200, label="Reference", initial=labels[0][0] if labels else None,
            help_text="The treatment that the others are compared with.",
        )  # fmt: skip
        self.fields["good"] = forms.ChoiceField(
            label="Better is", choices=GOOD, widget=forms.RadioSelect, initial="small",
            help_text="For the ranking.",
        )  # fmt: skip
        self.fields["method"] = forms.ChoiceField(
            label="Between-study variance by", choices=MODELS.items(), initial="REML",
            help_text="One variance for all comparisons.",
        )  # fmt: skip
        self.fields["test"] = forms.ChoiceField(label="Interval", choices=INTERVALS.items())
        self.fields["level"] = forms.ChoiceField(label="Confidence level", choices=LEVELS)
        if data:
            self._ask_whom_to_leave_out(data)

    def _ask_whom_to_leave_out(self, data):
        boxes = forms.CheckboxSelectMultiple
        known = dict(datasets.judgements(data))
        # A judgement that the plan names and no study has by now can still be kept.
        known |= {"|".join(pair): ": ".join(pair) for pair in self.start.get("bias", ())}
        if known:
            self.fields["bias"] = forms.MultipleChoiceField(
                required=False, widget=boxes, choices=sorted(known.items()),
                label="Leave out by risk of bias",
            )  # fmt: skip
        studies = datasets.studies(data, self.source.pk)
        if studies:
            self.fields["without"] = forms.TypedMultipleChoiceField(
                required=False, widget=boxes, choices=studies, coerce=int,
                label="Leave out studies",
            )  # fmt: skip

    def field_of(self, role):
        label, kinds = ROLE_LABELS[role]
        choices = self.fields_that(lambda field: suits(role, field) and self._is_placed(field))
        place = "each comparison of arms" if self.measure.printed else "each arm"
        nothing = f"The form has no such field ({' or '.join(kinds)}) that is asked for {place}."
        return forms.ChoiceField(label=label, choices=choices, help_text="" if choices else nothing)

    def _is_placed(self, field):
        placed = schema.takes_comparison if self.measure.printed else schema.takes_arm
        return placed(field)

    def clean(self):
        data = super().clean()
        self.need_outcome()
        nodes = sorted({name for name in data.get("nodes", {}).values() if name})
        named = {name.casefold(): name for name in nodes}
        typed = data.get("reference", "").strip()
        if typed and nodes and typed.casefold() not in named:
            self.add_error("reference", f"It is none of the treatments: {', '.join(nodes)}.")
        data["reference"] = named.get(typed.casefold(), typed)
        if data.get("method") == COMMON and data.get("test") not in (None, "z"):
            self.add_error("test", "Knapp and Hartung's interval needs a variance between studies.")
        return data

    def spec(self):
        """The plan's spec: besides ``form``, ``fields``, ``outcome``, ``method``, ``test`` and
        ``level`` the ``nodes`` of `reading`, ``reference``, ``good`` (small, large), and where
        studies are left out ``bias`` and ``without`` as `datasets.walk` reads them."""
        left = self._left_out()
        started = {name: kept for name, kept in self.start.items() if name not in left}
        started |= {name: chosen for name, chosen in left.items() if chosen}
        nodes = self.start.get("nodes", {}) | self.cleaned_data.get("nodes", {})
        return started | self.told() | {"kind": "network", "nodes": nodes}

    @classmethod
    def filled(cls, spec):
        return super().filled(spec) | {
            "nodes": spec["nodes"],
            "bias": ["|".join(pair) for pair in spec.get("bias", ())],
            "without": spec.get("without", []),
        }

    def _left_out(self):
        """The studies that are left out, as far as that was asked."""
        told, data = {}, self.cleaned_data
        if "bias" in self.fields:
            told["bias"] = [one.split("|", 1) for one in data["bias"]]
        if "without" in self.fields:
            told["without"] = data["without"]
        return told
