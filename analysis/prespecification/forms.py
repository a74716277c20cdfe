"""Forms of the acts on plans; they never save."""

from django import forms


class FreezeForm(forms.Form):
    """Where the protocol is registered, when it is. ``seen`` is ``doors.seen`` as it was when the
    page was opened."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    registration = forms.CharField(
        label="Registration",
        required=False,
        max_length=200,
        help_text="Number or address, for example of PROSPERO or OSF. Leave empty without one.",
    )


class ReasonForm(forms.Form):
    """Why a plan is changed; an amendment must say so. ``seen`` counts the changes that the page
    knew of when it was opened."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(label="Why", max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args, frozen, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = frozen
        self.fields["reason"].help_text = (
            "Printed in the report beside the amendment." if frozen else "Kept in the ledger."
        )


class MeasureForm(forms.Form):
    """Another measure of the same kind."""

    measure = forms.ChoiceField(label="Measure")

    def __init__(self, measures, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["measure"].choices = measures.items()
