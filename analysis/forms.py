"""Forms of the analysis bench; they convert to a plan's spec and never save."""

from django import forms

from extraction import schema, variables

from . import variants
from .measures import MEASURES, METHODS, ROLE_LABELS, TESTS

ARMS = {"1": "First", "2": "Second"}
LEVELS = [(95, "95 %"), (90, "90 %"), (99, "99 %")]


class ChoiceOfData(forms.Form):
    """First step of a plan: which form's data, and which measure."""

    form = forms.TypedChoiceField(label="Data from the form", coerce=int)
    measure = forms.ChoiceField(
        label="Effect measure", choices=[(key, one.name) for key, one in MEASURES.items()]
    )

    def __init__(self, review, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["form"].choices = [
            (form.pk, form.name) for form in review.extraction_forms.all() if form.published
        ]


class PlanForm(forms.Form):
    """Second step: which fields feed the measure, and how it is pooled."""

    title = forms.CharField(max_length=200, label="Title of the analysis")

    def __init__(self, form, measure, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.source, self.measure = form, MEASURES[measure]
        self.measure_key = measure
        self.asked = variables.asked(form.published.schema)
        for role in self.measure.roles:
            self.fields[f"role_{role}"] = self._field_of(role)
        for group in self.measure.groups:
            self.fields[f"arm_{group}"] = self._arm(group)
        self.fields["outcome"] = forms.CharField(
            required=False,
            label="Outcome and time",
            help_text="Only for fields that are asked for each outcome: its name as extracted.",
        )
        self.fields["method"] = forms.ChoiceField(
            label="Between-study variance by", choices=METHODS.items()
        )
        self.fields["test"] = forms.ChoiceField(label="Interval", choices=TESTS.items())
        self.fields["level"] = forms.ChoiceField(label="Confidence level", choices=LEVELS)

    def _field_of(self, role):
        label, kinds = ROLE_LABELS[role]
        choices = [
            (key, field["label"]) for key, field in self.asked.items() if field["kind"] in kinds
        ]
        nothing = f"The form has no field of this kind ({' or '.join(kinds)})."
        return forms.ChoiceField(label=label, choices=choices, help_text="" if choices else nothing)

    def _arm(self, group):
        named = "The arm's name or its role, as extracted (for example: treatment)."
        if group:
            return forms.CharField(label=f"{ARMS[group]} arm", help_text=named)
        only = f"Only for fields that are asked for each arm. {named}"
        return forms.CharField(label="Arm", required=False, help_text=only)

    def clean_title(self):
        title = self.cleaned_data["title"]
        if self.source.review.plans.filter(title=title).exists():
            raise forms.ValidationError("There is a plan of this title already. Choose another.")
        return title

    def clean(self):
        data = super().clean()
        keys = [key for name, key in data.items() if name.startswith("role_")]
        chosen = [self.asked[key] for key in keys]
        if len(set(keys)) < len(keys):
            raise forms.ValidationError("Choose two different fields: one feeds both questions.")
        arms = [(data.get(f"arm_{group}") or "").casefold() for group in self.measure.groups]
        if len(arms) == 2 and arms[0] and arms[0] == arms[1]:
            self.add_error(
                "arm_2", "This is the first arm again. Name the arm it is compared with."
            )
        if arms == [""] and any(map(schema.takes_arm, chosen)):
            self.add_error("arm_", "Name the arm: these fields are asked for each.")
        if any(map(schema.takes_outcome, chosen)) and not data.get("outcome"):
            self.add_error("outcome", "Name the outcome: these fields are asked for each.")
        if len(self.measure.groups) == 2 and not all(map(schema.takes_arm, chosen)):
            raise forms.ValidationError(
                "This measure compares two arms, so its fields must be asked for each arm."
            )
        return data

    def spec(self):
        """The plan's spec as ``analysis.runs`` describes it."""
        data = self.cleaned_data
        return {
            "measure": self.measure_key,
            "form": self.source.pk,
            "fields": {role: data[f"role_{role}"] for role in self.measure.roles},
            "arms": {
                group: data[f"arm_{group}"] for group in self.measure.groups if data[f"arm_{group}"]
            },
            "outcome": data["outcome"],
            "method": data["method"],
            "test": data["test"],
            "level": int(data["level"]),
        }


class WhyForm(forms.Form):
    """Why something is put away; kept in the ledger."""

    why = forms.CharField(label="Why", max_length=500)


class SwitchForm(forms.Form):
    """The switches of a plan; an unbound one shows the plan as it stands."""

    measure = forms.ChoiceField(label="Measure")
    method = forms.ChoiceField(label="Between-study variance by", choices=METHODS.items())
    test = forms.ChoiceField(label="Interval", choices=TESTS.items())
    level = forms.TypedChoiceField(label="Confidence level", choices=LEVELS, coerce=int)
    subgroup = forms.ChoiceField(label="Subgroups by", required=False)
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
        self.fields["subgroup"].choices = [
            ("", "No subgroups"),
            *variants.groupings(data, plan.spec),
        ]
        self.fields["moderators"].choices = variants.moderators(data, plan.spec)
        self.fields["bias"].choices = variants.judgements(data)
        self.fields["without"].choices = variants.studies(data, plan.spec)

    def spec(self):
        """The plan's spec with the switches as they are."""
        data = self.cleaned_data
        by, _, name = data["subgroup"].partition(":")
        chosen = {
            "subgroup": {by: name} if name else None,
            "moderators": data["moderators"],
            "bias": [one.split("|", 1) for one in data["bias"]],
            "without": data["without"],
        }
        stays = {name: value for name, value in self.plan.spec.items() if name not in chosen}
        moved = {name: data[name] for name in ("measure", "method", "test", "level")}
        return stays | moved | {name: value for name, value in chosen.items() if value}


def _switched(spec):
    """A spec as the values of its switches."""
    by = next(iter((spec.get("subgroup") or {}).items()), None)
    return {name: spec[name] for name in ("measure", "method", "test", "level")} | {
        "subgroup": ":".join(by) if by else "",
        "moderators": spec.get("moderators", []),
        "bias": ["|".join(pair) for pair in spec.get("bias", ())],
        "without": spec.get("without", []),
    }


class KeepForm(forms.Form):
    """The title under which a variant is kept."""

    title = forms.CharField(max_length=200, label="Title of the variant")
