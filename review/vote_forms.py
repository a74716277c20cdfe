"""Forms of screening, full text and the list of references; they clean and never save."""

from django import forms
from django.core.exceptions import ValidationError

from .models import Batch, ExclusionReason, Report, Stage, Verdict

NOTE = forms.Textarea(attrs={"rows": 2, "maxlength": 2000})


class VoteForm(forms.Form):
    """A judgement on one record. A reason alone means: exclude, for this reason."""

    verdicts = Verdict.choices

    verdict = forms.ChoiceField(required=False)
    reason = forms.ModelChoiceField(ExclusionReason.objects.none(), required=False)
    note = forms.CharField(required=False, max_length=2000, widget=NOTE)
    seconds = forms.IntegerField(
        required=False, min_value=0, max_value=86_400, widget=forms.HiddenInput
    )
    key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, screening, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.strict = screening.stage == Stage.FULL_TEXT
        self.fields["verdict"].choices = self.verdicts
        self.fields["reason"].queryset = reasons(screening.review, screening.stage)
        self.fields["reason"].error_messages["invalid_choice"] = (
            "This reason is not on the list of the protocol any more. Load the page again."
        )

    def clean(self):
        data = super().clean()
        if self.errors:
            return data
        if not data["verdict"] and data["reason"]:
            data["verdict"] = Verdict.EXCLUDE
        if not data["verdict"]:
            raise ValidationError("Choose include or exclude, or say that you are not sure.")
        if data["verdict"] != Verdict.EXCLUDE:
            data["reason"] = None
        if self.strict and data["verdict"] == Verdict.EXCLUDE and not data["reason"]:
            if not self.fields["reason"].queryset.exists():
                raise ValidationError(
                    "An exclusion at full text needs a reason, and the protocol lists none yet."
                    " The lead writes them under Protocol; keep this record until then."
                )
            raise ValidationError("Choose the reason: the first of the list that applies.")
        return data


class RulingForm(VoteForm):
    """The third person's word on a conflict."""

    verdicts = [choice for choice in Verdict.choices if choice[0] != Verdict.MAYBE]


class ReopenForm(forms.Form):
    """Why a settled record is opened again."""

    why = forms.CharField(label="Why", max_length=500)


class RetrievalForm(forms.Form):
    """How the search for a full text stands."""

    status = forms.ChoiceField(label="Status")
    route = forms.CharField(
        label="Route",
        required=False,
        max_length=200,
        help_text="For example: publisher, interlibrary loan 12345, author asked on 3 May.",
    )

    def __init__(self, report, *args, **kwargs):
        super().__init__(*args, **kwargs)
        moves = Report.MOVES[report.status]
        self.fields["status"].choices = [
            choice for choice in Report.Status.choices if choice[0] in moves
        ]


class PdfForm(forms.Form):
    """A PDF to attach."""

    pdf = forms.FileField(
        label="PDF",
        allow_empty_file=True,  # review.files refuses it in words that say what to do
        widget=forms.ClearableFileInput(attrs={"accept": "application/pdf"}),
    )


class WithdrawForm(forms.Form):
    """Why a PDF does not belong here."""

    why = forms.CharField(label="Why", max_length=500)


class ReferenceFilter(forms.Form):
    """What to show of the list of references."""

    q = forms.CharField(
        label="Find",
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "Title, author, DOI, PMID or number"}
        ),
    )
    status = forms.ChoiceField(label="Status", required=False)
    search = forms.ModelChoiceField(None, label="Search", required=False, empty_label="All")
    batch = forms.ModelChoiceField(None, label="File", required=False, empty_label="All")

    def __init__(self, review, statuses, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["status"].choices = [("", "All"), *statuses]
        self.fields["search"].queryset = review.searches.all()
        self.fields["batch"].queryset = review.batches.filter(
            status=Batch.Status.ACCEPTED
        ).select_related("file", "search")


class ReportFilter(forms.Form):
    """What to show of the list of full texts."""

    retrieval = forms.ChoiceField(
        label="Retrieval", required=False, choices=[("", "All"), *Report.Status.choices]
    )
    decision = forms.ChoiceField(label="Decision", required=False)

    def __init__(self, decisions, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["decision"].choices = [("", "All"), *decisions]


def reasons(review, stage):
    """The ordered reasons of a stage that can be given now."""
    return review.exclusion_reasons.filter(stage=stage, retired=False)
