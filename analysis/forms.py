"""Forms that every kind has on the bench; they never save."""

from django import forms

from . import kinds


class ChoiceOfData(forms.Form):
    """First step of a plan: which form's data, and which measure."""

    form = forms.TypedChoiceField(label="Data from the form", coerce=int)
    measure = forms.ChoiceField(label="Effect measure", choices=kinds.choices)

    def __init__(self, review, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["form"].choices = [
            (form.pk, form.name) for form in review.extraction_forms.all() if form.published
        ]

    def clean_measure(self):
        """The key of the kind, and that of its measure."""
        return self.cleaned_data["measure"].split(":", 1)


class WhyForm(forms.Form):
    """Why something is put away; kept in the ledger."""

    why = forms.CharField(label="Why", max_length=500)
