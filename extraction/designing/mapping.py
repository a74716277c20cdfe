"""The form in which a lead says what becomes of old answers; it never saves."""

from django import forms

from .. import schema as schemas
from ..revisions import changes


class RenamedForm(forms.Form):
    """Which removed field lives on as which new one. ``renamed`` is ``{old key: new key}``."""

    def __init__(self, *args, old, new, **more):
        super().__init__(*args, **more)
        found = changes.compare(old, new)
        added = [(c.key, c.label) for c in found if c.what == changes.ADDED]
        for change in found if added else []:
            if change.what == changes.REMOVED:
                self.fields[change.key] = forms.ChoiceField(
                    label=f"“{change.label}” is now",
                    required=False,
                    choices=[("", "kept in history"), *added],
                )

    def clean(self):
        data = super().clean()
        taken = [new for new in data.values() if new]
        if len(set(taken)) < len(taken):
            raise forms.ValidationError("Two old fields cannot become the same new one.")
        return data

    @property
    def renamed(self):
        valid = self.is_bound and self.is_valid()
        return {old: new for old, new in self.cleaned_data.items() if new} if valid else {}


class MappingForm(forms.Form):
    """What is read again, and what old answers of a choice become. ``mapping`` is as
    ``extraction.revisions.changes`` has it."""

    again = forms.MultipleChoiceField(
        label="Read again in studies already extracted",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, old, new, renamed, **more):
        super().__init__(*args, **more)
        self.renamed, self.codes = renamed, {}
        asked, found = schemas.fields(new), changes.compare(old, new, renamed)
        proposed = changes.proposed(old, new, renamed)["again"]
        self.fields["again"].choices = [
            (c.key, f"{c.label} ({', '.join(c.words) or 'new'})")
            for c in found
            if c.what != changes.REMOVED and not schemas.is_column(asked[c.key])
        ]
        self.fields["again"].initial = proposed
        for change in found:
            answers = [
                (o["code"], o["label"]) for o in asked.get(change.key, {}).get("options", [])
            ]
            for lost in change.lost if answers else []:
                name = f"code {change.key} {lost['code']}"
                self.codes[name] = (change.key, lost["code"])
                self.fields[name] = forms.ChoiceField(
                    label=f"“{lost['label']}” of “{change.label}” is now",
                    required=False,
                    choices=[("", "read again"), *answers],
                )

    @property
    def mapping(self):
        data, codes = self.cleaned_data, {}
        for name, (key, code) in self.codes.items():
            if data[name]:
                codes.setdefault(key, {})[code] = data[name]
        return {"renamed": self.renamed, "codes": codes, "again": data["again"]}
