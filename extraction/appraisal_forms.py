"""Forms that clean and convert what is typed on the pages of appraisal; they never save."""

from django import forms

from . import judging
from .models import Assessment, Study

KEY = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
LINES = forms.Textarea(attrs={"rows": 2})


class AnswerForm(forms.Form):
    """One answer of one appraiser. Several codes, where several may be chosen, are one code
    with commas; *clear* takes the answer away and leaves the quote."""

    item = forms.CharField(max_length=80)
    reason = forms.CharField(required=False, max_length=4000)
    quote = forms.CharField(required=False, max_length=4000)
    page = forms.IntegerField(required=False, min_value=1, max_value=100_000)
    key = KEY

    def clean(self):
        data = super().clean()
        codes = [] if "clear" in self.data else self.data.getlist("code")
        data["code"] = ",".join(filter(None, codes))
        return data


class DecisionForm(AnswerForm):
    """What one of the two, or a third person, says of an item after comparison."""

    item = forms.CharField(max_length=80, required=False)


class ReasonForm(forms.Form):
    """Why an assessment is opened again, and how."""

    how = forms.ChoiceField(
        label="What is opened",
        choices=[
            ("reopen", "What they differed on: it is decided again, the answers stay"),
            ("send_back", "Everything: both appraisers get their answers back as drafts"),
        ],
        widget=forms.RadioSelect,
        initial="reopen",
    )
    reason = forms.CharField(label="Why", max_length=500)

    def __init__(self, assessment, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if assessment.status != Assessment.Status.SETTLED:
            self.fields["how"].choices = self.fields["how"].choices[1:]
            self.fields["how"].initial = "send_back"


class ParamsForm(forms.Form):
    """The preliminary choices of a tool; a field for each."""

    def __init__(self, tool, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.tool = tool
        for param in self.asked():
            self.fields[param.id] = _field(param)

    def asked(self):
        return self.tool.params

    @property
    def params(self):
        """What was chosen, by id."""
        return {param.id: self.cleaned_data[param.id] for param in self.asked()}


class PlanForm(ParamsForm):
    """Which studies are appraised, and for which result; the choices that steer the tool."""

    result = forms.CharField(
        required=False,
        max_length=200,
        label="Result",
        help_text="One assessment for each result, for example: pain (VAS) at 3 months. Leave it"
        " empty when the study is appraised as a whole.",
    )
    studies = forms.ModelMultipleChoiceField(
        Study.objects.none(), widget=forms.CheckboxSelectMultiple, label="Studies"
    )

    def __init__(self, instrument, *args, **kwargs):
        studies = instrument.review.studies.standing()
        initial = instrument.params | {
            "studies": studies.exclude(assessments__instrument=instrument)
        }
        super().__init__(judging.tool(instrument), *args, initial=initial, **kwargs)
        self.fields["studies"].queryset = studies
        self.fields["studies"].error_messages["required"] = "Choose at least one study."
        self.order_fields(["result", "studies"])

    def asked(self):
        return judging.asked_params(self.tool, {})


class GuidanceForm(forms.Form):
    """This review's own advice, a field for each question."""

    def __init__(self, tool, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, question in tool.questions.items():
            self.fields[name] = forms.CharField(
                required=False,
                max_length=2000,
                label=f"{question.number}. {question.text}",
                widget=forms.Textarea(attrs={"rows": 2}),
            )


def _field(param):
    choices = [(option.code, option.label) for option in param.options]
    shared = {"required": False, "label": param.text, "help_text": param.note}
    if param.type == "choice":
        return forms.ChoiceField(choices=[("", "Left to the appraisers"), *choices], **shared)
    if param.type == "multichoice":
        return forms.MultipleChoiceField(
            choices=choices, widget=forms.CheckboxSelectMultiple, **shared
        )
    return forms.CharField(widget=LINES, max_length=4000, **shared)
