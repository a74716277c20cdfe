"""The second step of a dose-response plan."""

import re
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from django import forms
from django.core.validators import DecimalValidator

from extraction import schema

from ..plan_form import LEVELS, BasePlanForm, outcome_field
from .measures import (
    CASES,
    COVARIANCES,
    DESIGNS,
    ESTIMATE,
    MEASURES,
    METHODS,
    ROLES,
    SHAPES,
    STAGES,
    TOTAL,
)

# Without a bound 1e999999999 is a number of a billion digits.
DIGITS = {"max_digits": 15, "decimal_places": 9}
WRITABLE = DecimalValidator(**DIGITS)


class Doses(forms.CharField):
    """Numbers between commas or semicolons that rise; a list of texts, as a plan has no floats."""

    def clean(self, value):
        told = super().clean(value)
        parts = [part for part in re.split(r"[;,\s]+", told.replace("−", "-")) if part]
        try:
            found = [Decimal(part) for part in parts]
        except InvalidOperation as problem:
            raise forms.ValidationError(
                "Write doses as numbers between commas, with a point for decimals: 2.5, 5, 10."
            ) from problem
        if not all(one.is_finite() for one in found):
            raise forms.ValidationError("Every dose must be a number.")
        for one in found:
            WRITABLE(one)
        if any(one >= other for one, other in pairwise(found)):
            raise forms.ValidationError("The doses must rise, each only once.")
        return [format(one, "f") for one in found]


class PlanForm(BasePlanForm):
    """Which fields hold the doses and the outcome, and the shape of the trend."""

    measures = MEASURES
    several = ("events",)
    alike = (
        "outcome", "design", "covariance", "reference", "shape", "knots", "method", "predict_at"
    )  # fmt: skip

    def __init__(self, source, measure, data, given=None, spec=None):
        super().__init__(source, measure, data, given, spec)
        self.fields["outcome"] = outcome_field()
        self._add_design()
        self.fields["shape"] = forms.ChoiceField(label="Shape of the trend", choices=SHAPES.items())
        self.fields["knots"] = Doses(
            required=False, label="Knots of the spline",
            help_text="Doses between commas; Harrell's percentiles of all doses when left empty.",
        )  # fmt: skip
        self.fields["stages"] = forms.ChoiceField(label="Model", choices=STAGES.items())
        self.fields["method"] = forms.ChoiceField(
            label="Variance between studies by", choices=METHODS.items()
        )
        self._add_predictions()
        self.fields["level"] = forms.ChoiceField(label="Confidence level", choices=LEVELS)

    def field_of(self, role):
        label, kinds = ROLES[role]
        choices = self.fields_that(
            lambda field: field["kind"] in kinds and schema.takes_arm(field) and _suits(role, field)
        )
        spared = self.measure_key == "ADJ" and role in (CASES, TOTAL)
        needed = "Needed to rebuild the covariances. Not extracted? Then choose none of them below."
        help_text = needed if spared else ""
        if not choices:
            help_text = f"The form has no such field for each arm ({' or '.join(kinds)})."
        if spared:
            choices = [("", "Not extracted"), *choices]
        likely = role if role in dict(choices) else None
        return forms.ChoiceField(
            label=label, choices=choices, required=not spared, help_text=help_text, initial=likely
        )

    def _add_design(self):
        if self.measure.ratio:
            self.fields["design"] = forms.ChoiceField(label="Design", choices=DESIGNS.items())
        if self.measure_key == "ADJ":
            self.fields["covariance"] = forms.ChoiceField(
                label="Covariances of the ratios of a study by", choices=COVARIANCES.items()
            )
        lacking = "the arm without an interval" if self.measure_key == "ADJ" else "the lowest dose"
        self.fields["reference"] = forms.CharField(
            required=False, label="Reference arm",
            help_text=f"Its name or role, as extracted; {lacking} when left empty.",
        )  # fmt: skip

    def _add_predictions(self):
        self.fields["reference_dose"] = forms.DecimalField(
            required=False, label="Predict against the dose", **DIGITS,
            help_text="The lowest reference of the studies when left empty.",
        )  # fmt: skip
        self.fields["predict_at"] = Doses(
            required=False, label="Predict at the doses",
            help_text="Between commas; round doses over the range when left empty.",
        )  # fmt: skip
        self.fields["per"] = forms.DecimalField(
            label="Print slopes per", initial=1, min_value=Decimal("0.000001"), **DIGITS,
            help_text="So many units of the dose: 10 prints the effect of 10 more.",
        )  # fmt: skip

    def clean(self):
        data = super().clean()
        self.need_outcome()
        if data.get("covariance") in ("GL", "HAMLING"):
            for role in (CASES, TOTAL):
                if not data.get(f"role_{role}"):
                    self.add_error(
                        f"role_{role}", "Rebuilding covariances needs it; else choose none of them."
                    )
        if data.get("stages") == "1" and data.get("method") == "DL":
            self.add_error("method", "The method of moments needs two stages.")
        self._check_spline(data)
        return data

    def _check_spline(self, data):
        knots, shape = data.get("knots"), data.get("shape", "")
        if not knots:
            return
        if not shape.startswith("spline"):
            self.add_error("knots", "Only a spline has knots: choose one, or leave this empty.")
        elif len(knots) != int(shape.removeprefix("spline")):
            many = shape.removeprefix("spline")
            self.add_error("knots", f"The shape has {many} knots, and here are {len(knots)}.")

    def spec(self):
        """The plan's spec; doses are texts, as the ledger holds no floats."""
        data = self.cleaned_data
        spared = (CASES, TOTAL) if data.get("covariance") == "NONE" else ()
        numbers = {name: data[name] for name in ("reference_dose", "per")}
        return self.start | self.told(spared) | {
            "kind": "dose",
            **{name: None if x is None else format(x, "f") for name, x in numbers.items()},
            "stages": int(data["stages"]),
        }  # fmt: skip

    @classmethod
    def filled(cls, spec):
        return super().filled(spec) | {
            **{name: spec[name] for name in ("reference_dose", "per", "stages") if name in spec},
            **{name: ", ".join(spec[name]) for name in ("knots", "predict_at")},
        }


def _suits(role, field):
    return role != ESTIMATE or field.get("scale") == "log"
