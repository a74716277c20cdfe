"""Forms that clean what the script of the sheet sends; they never save."""

from django import forms
from django.core.exceptions import ValidationError

from review.models import StoredFile

from ..evidence import anchors
from ..schema import LONGEST_TEXT

MOST_CELLS = 3000
TOO_MANY = f"A block may have {MOST_CELLS:,} values. Paste it in parts."


class BlockForm(forms.Form):
    """A pasted block with the passage of the paper it was copied from, if it was."""

    cells = forms.JSONField()
    save = forms.BooleanField(required=False)
    quote = forms.CharField(required=False, max_length=anchors.LONGEST_QUOTE)
    page = forms.IntegerField(required=False, min_value=1, max_value=anchors.LAST_PAGE)
    file = forms.ModelChoiceField(StoredFile.objects.none(), required=False)
    anchor = forms.CharField(required=False, max_length=50_000)
    key = forms.CharField(required=False, max_length=64)

    def __init__(self, *args, files, **more):
        super().__init__(*args, **more)
        self.fields["file"].queryset = StoredFile.objects.filter(pk__in=[f.pk for f in files])

    def clean_cells(self):
        """``[(path, text, stamp)]``."""
        given = self.cleaned_data["cells"]
        if not isinstance(given, list) or len(given) > MOST_CELLS:
            raise ValidationError(TOO_MANY)
        try:
            cells = [(str(c["path"]), str(c["given"]).strip(), str(c["seen"])) for c in given]
        except (TypeError, KeyError):
            raise ValidationError("This is no block of the sheet. Paste it again.") from None
        if any(len(text) > LONGEST_TEXT for _, text, _ in cells):
            raise ValidationError(f"A text may have {LONGEST_TEXT:,} characters.")
        return cells

    def clean_anchor(self):
        try:
            return anchors.read(self.cleaned_data["anchor"])
        except anchors.BadAnchor as problem:
            raise ValidationError(str(problem)) from None

    @property
    def witness(self):
        return {name: self.cleaned_data[name] for name in ("quote", "page", "file", "anchor")}
