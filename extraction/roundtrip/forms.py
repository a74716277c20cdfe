"""The form by which a filled template comes back."""

from django import forms


class FilledForm(forms.Form):
    """A filled template."""

    upload = forms.FileField(
        label="Filled template",
        allow_empty_file=True,  # review.files refuses it in words that say what to do
        help_text="The Excel file (.xlsx) you downloaded here. You see what would change first.",
    )
