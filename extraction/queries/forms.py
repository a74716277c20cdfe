"""What is typed on the pages of author queries, cleaned; these forms never save."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from .. import desk
from ..forms import KEY, CellForm

LONGEST = 20_000


def _day(label, **more):
    return forms.DateField(
        label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **more
    )


def _words(label, rows=3, **more):
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, widget=widget, max_length=LONGEST, **more)


def _no_later_than_today(day):
    if day and day > timezone.localdate():
        raise ValidationError("This day has not come yet.")
    return day


def _look_again_later(form, given, since):
    """Say it at its place where the day to look again is before the day it follows."""
    first, again = given.get(since), given.get("remind_on")
    if first and again and again < first:
        form.add_error("remind_on", f"This is before {first:%Y-%m-%d}, the day it follows.")
    return given


class AskForm(forms.Form):
    """A question to the authors, written or to be written in one's own mail."""

    recipient = forms.CharField(
        label="Asked of", max_length=300, help_text="The author, with the address you wrote to."
    )
    question = _words("Question", rows=5)
    paths = forms.MultipleChoiceField(
        label="Cells it is about",
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text="Hold Ctrl (or ⌘) to choose several.",
    )
    asked_on = _day("Asked on")
    remind_on = _day("Remind me on", required=False)
    key = KEY

    def __init__(self, *args, entry, **more):
        super().__init__(*args, **more)
        boxes = desk.lay_out(entry).boxes
        self.fields["paths"].choices = [(path, box.name) for path, box in boxes.items()]

    def clean_asked_on(self):
        return _no_later_than_today(self.cleaned_data["asked_on"])

    def clean(self):
        return _look_again_later(self, super().clean(), "asked_on")


class AnswerForm(forms.Form):
    """What the authors answered, and when."""

    answer = _words("Answer", rows=5)
    answered_on = _day("Answered on")
    upload = forms.FileField(
        label="Their letter", required=False, help_text="An e-mail, a PDF or a table, as a file."
    )
    key = KEY

    def __init__(self, *args, asked_on, **more):
        super().__init__(*args, **more)
        self.asked_on = asked_on

    def clean_answered_on(self):
        day = _no_later_than_today(self.cleaned_data["answered_on"])
        if day < self.asked_on:
            raise ValidationError(f"The question was put on {self.asked_on:%Y-%m-%d}, after this.")
        return day


class RemindForm(forms.Form):
    """A reminder that was sent, and when to look again."""

    on = _day("Reminded on")
    remind_on = _day("Remind me on", required=False)
    key = KEY

    def clean_on(self):
        return _no_later_than_today(self.cleaned_data["on"])

    def clean(self):
        return _look_again_later(self, super().clean(), "on")


class CloseForm(forms.Form):
    """Why nobody waits any longer."""

    why = forms.CharField(label="Why", max_length=500)


class FillForm(CellForm):
    """A value of the answer, for one cell of one's own entry."""

    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        self.fields["state"].label = "What the authors say"
        for name in ("quote", "page", "note", "file", "seen", "anchor"):
            del self.fields[name]
        if len(self.fields["as"].choices) < 2:
            del self.fields["as"]

    @property
    def value(self):
        """What ``queries.fill`` takes as given."""
        data = self.cleaned_data
        code = data.get("as")
        return {"given": data["given"], "as": code} if code else data["given"]
