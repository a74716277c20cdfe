"""Forms that clean and convert what a lead types; they never save."""

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from .models import Highlight, Membership, Review, Search, User


class Lines(forms.CharField):
    """A text area whose value is a list: one entry a line, blank lines dropped."""

    widget = forms.Textarea(attrs={"rows": 5})

    def __init__(self, **options):
        super().__init__(**({"required": False} | options))

    def prepare_value(self, value):
        return value if isinstance(value, str) or value is None else "\n".join(value)

    def clean(self, value):
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        for place, line in enumerate(lines):
            if line in lines[:place]:
                raise ValidationError(f"“{line}” stands here twice. Remove one of the two.")
            if len(line) > 200:
                raise ValidationError(f"“{line[:40]}…” is longer than 200 characters.")
        return lines


NUMBER_OF_PEOPLE = [(2, "2, independently"), (1, "1")]


class ProtocolForm(forms.ModelForm):
    """The question and the rules of a review."""

    class Meta:
        model = Review
        fields = [
            "title",
            "population",
            "intervention",
            "comparator",
            "outcomes",
            "study_designs",
            "languages",
            "registration",
            "title_abstract_votes",
            "full_text_votes",
            "extraction_entries",
            "appraisal_entries",
            "maybe_advances",
            "reveal",
            "arbiter_sees_names",
            "hide_citation",
        ]
        labels = {
            "title_abstract_votes": "Reviewers per record, title and abstract",
            "full_text_votes": "Reviewers per full text",
            "extraction_entries": "Extractors per study",
            "appraisal_entries": "Appraisers per study",
            "maybe_advances": "Include with maybe goes on to full text",
            "reveal": "Reviewers see each other's decisions",
            "arbiter_sees_names": "The arbiter sees who said what",
            "hide_citation": "Screeners see no authors, journal and year",
            "registration": "Registration (PROSPERO number or link)",
        }
        help_texts = {
            "languages": "For example: English, Dutch, German.",
            "maybe_advances": "At title and abstract only. Two maybes always go to the arbiter.",
            "hide_citation": "Until a record is settled. The page of duplicates shows them all the"
            " same: without them nobody can tell whether two records are one paper.",
        }
        widgets = {
            name: forms.Textarea(attrs={"rows": 2})
            for name in ("population", "intervention", "comparator", "outcomes", "study_designs")
        } | {
            name: forms.Select(choices=NUMBER_OF_PEOPLE)
            for name in (
                "title_abstract_votes",
                "full_text_votes",
                "extraction_entries",
                "appraisal_entries",
            )
        }

    def clean(self):
        data = super().clean()
        for name in ("title_abstract_votes", "full_text_votes"):
            if data.get(name) not in (1, 2, None):
                self.add_error(name, "Choose 1 or 2 reviewers.")
        return data

    def _post_clean(self):
        """Leave the instance alone: the door writes it."""


class RulesForm(forms.Form):
    """Criteria and ordered reasons, one a line."""

    include = Lines(label="Include when", help_text="One criterion a line.")
    exclude = Lines(label="Exclude when", help_text="One criterion a line.")
    title_abstract = Lines(
        label="Exclusion reasons, title and abstract",
        help_text="One a line, in the order in which they apply. May stay empty.",
    )
    full_text = Lines(
        label="Exclusion reasons, full text",
        help_text="One a line, in the order in which they apply. An exclusion gives the first.",
    )


class HighlightsForm(forms.Form):
    """Words to mark while screening, a list for each group."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for group in Highlight.Group:
            self.fields[group.value] = Lines(
                label=group.label, help_text="One word or phrase a line."
            )
            self.fields[group.value].widget.attrs["rows"] = 3


class SearchForm(forms.ModelForm):
    """One search of one source on one day."""

    class Meta:
        model = Search
        fields = ["source", "kind", "searched_on", "query", "note"]
        labels = {"searched_on": "Date of the search", "query": "Query, as it was run"}
        widgets = {
            "searched_on": forms.DateInput(attrs={"type": "date"}),
            "query": forms.Textarea(attrs={"rows": 3}),
            "note": forms.Textarea(attrs={"rows": 2}),
        }
        help_texts = {"source": "For example MEDLINE, Embase, ClinicalTrials.gov, reference lists."}

    def _post_clean(self):
        """Leave the instance alone: the door writes it."""


class InviteForm(forms.Form):
    """An offer of a role by e-mail address."""

    email = forms.EmailField(label="E-mail address")
    role = forms.ChoiceField(choices=Membership.Role.choices, initial=Membership.Role.REVIEWER)


class NewcomerForm(forms.Form):
    """The login of an invited person."""

    full_name = forms.CharField(label="Your name", max_length=150)
    username = forms.CharField(label="Name to sign in with", max_length=150)
    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False
    )

    def clean_username(self):
        name = self.cleaned_data["username"]
        User.username_validator(name)
        if User.objects.filter(username__iexact=name).exists():
            raise ValidationError("This name is taken. Choose another one.")
        return name

    def clean_password(self):
        validate_password(self.cleaned_data["password"])
        return self.cleaned_data["password"]


class UploadForm(forms.Form):
    """A search file, and the search it came from."""

    search = forms.ModelChoiceField(
        queryset=Search.objects.none(),
        empty_label="Choose the search",
        help_text="Which source this file was exported from.",
    )
    upload = forms.FileField(
        label="File",
        allow_empty_file=True,  # review.files refuses it in words that say what to do
        help_text="RIS, PubMed text (nbib), BibTeX, CSV, TSV or Excel. You see its content first.",
    )

    def __init__(self, review, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["search"].queryset = review.searches.all()


class WhyForm(forms.Form):
    """Why something is taken back; kept in the ledger."""

    why = forms.CharField(label="Why", max_length=500)
