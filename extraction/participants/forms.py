"""What is typed on the pages of participants, cleaned; these forms never save."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from .. import schema
from ..forms import KEY
from ..models import Opinion
from . import mapping, published

LONGEST_PASTE = 5_000_000
LEAVE_OUT = "Leave it out"


class DescribeForm(forms.Form):
    """Where the rows are from."""

    source = forms.CharField(
        label="Where the rows are from",
        max_length=300,
        help_text="Such as “Table 2, p. 4”, or “data set of the authors, 3 May 2026”.",
    )
    simulated = forms.BooleanField(
        label="These are simulated or invented patients",
        required=False,
        help_text="Every table, page and export then says so.",
    )
    key = KEY


class SourceForm(forms.Form):
    """A file, or a block copied from a spreadsheet or a PDF."""

    upload = forms.FileField(
        label="A file", required=False, help_text="CSV, Excel (.xlsx) or SPSS (.sav)."
    )
    block = forms.CharField(
        label="Or paste the rows, names of the columns first",
        required=False,
        max_length=LONGEST_PASTE,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    key = KEY

    def clean(self):
        given = super().clean()
        block = given.get("block", "")
        if bool(given.get("upload")) == bool(block.strip()):
            raise ValidationError("Choose a file, or paste rows: one of the two.")
        if block.strip():
            given["upload"] = ContentFile(block.encode(), name="pasted rows.txt")
        return given


class MappingForm(forms.Form):
    """How each column of a file becomes a field. ``how`` is the mapping that was typed."""

    def __init__(self, *args, columns, source, known, **more):
        super().__init__(*args, **more)
        self.columns, self.source, self.known = columns, source, known
        named = [(name, name) for name in source.columns]
        self.fields["key"] = forms.ChoiceField(
            label="The participant is named in",
            required=False,
            choices=[("", "No column: number the rows"), *named],
            initial=known.get("key", ""),
        )
        only = known.get("only") or {}
        self.fields["only_column"] = forms.ChoiceField(
            label="Take only rows where",
            required=False,
            choices=[("", "All rows"), *named],
            initial=only.get("column", ""),
        )
        self.fields["only_value"] = forms.CharField(
            label="is", required=False, initial=only.get("value", "")
        )
        self.fields["missing"] = forms.CharField(
            label="Texts that mean a missing value",
            required=False,
            initial=" ; ".join(known.get("missing", mapping.MISSING[1:])),
            help_text="Between semicolons. An empty cell is missing in any case.",
        )
        self.fields |= dict(self._of_columns())
        for name, field in self.fields.items():
            if "-" in name:
                field.widget.attrs["class"] = "control control-sm"

    def _of_columns(self):
        choices = [("", LEAVE_OUT), *((key, one["label"]) for key, one in self.columns.items())]
        for place, name in enumerate(self.source.columns):
            how = self.known.get("columns", {}).get(name, {})
            field = how.get("field", "")
            yield (
                f"field-{place}",
                forms.ChoiceField(
                    label=f"{name} is", required=False, choices=choices, initial=field
                ),
            )
            yield (
                f"times-{place}",
                forms.CharField(
                    label=f"Multiply {name} by", required=False, initial=how.get("times", "")
                ),
            )
            for number, text in enumerate(self.coded(place)):
                options = [(one["code"], one["label"]) for one in self._asked(place)["options"]]
                yield (
                    f"code-{place}-{number}",
                    forms.ChoiceField(
                        label=f"{name}: “{text}” means",
                        required=False,
                        choices=[("", "Choose"), *options],
                        initial=how.get("codes", {}).get(text, ""),
                    ),
                )

    def coded(self, place):
        """The texts of a column that have to be told which answer they mean."""
        asked = self._asked(place)
        if asked is None or asked["kind"] not in schema.CHOICES:
            return []
        absent = {text.casefold() for text in mapping.MISSING}
        found = mapping.texts(self.source, self.source.columns[place]) or []
        return [text for text in found if text.casefold() not in absent]

    def rows(self):
        """For the page: each column with what it holds and its fields here."""
        for place, name in enumerate(self.source.columns):
            seen = dict.fromkeys(cells[place] for _, cells in self.source.rows)
            codes = [self[key] for key in self.fields if key.startswith(f"code-{place}-")]
            yield {
                "name": name,
                "sample": [text for text in seen if text][:3],
                "field": self[f"field-{place}"],
                "times": self[f"times-{place}"],
                "codes": codes,
            }

    def clean(self):
        given = super().clean()
        chosen = [given.get(f"field-{place}") for place in range(len(self.source.columns))]
        taken = [field for field in chosen if field]
        if not taken:
            raise ValidationError("Say of one column at least which field it is.")
        if twice := next((field for field in taken if taken.count(field) > 1), None):
            label = self.columns[twice]["label"]
            raise ValidationError(f"Two columns are “{label}”. Leave one of them out.")
        for place, name in enumerate(self.source.columns):
            try:
                mapping.factor(given.get(f"times-{place}"))
            except ValueError as problem:
                self.add_error(f"times-{place}", f"{name}: {problem}")
        return given

    @property
    def how(self):
        given = self.cleaned_data
        only = given.get("only_column")
        return {
            "key": given["key"],
            "columns": {
                name: {
                    "field": given[f"field-{place}"],
                    "times": given[f"times-{place}"].strip(),
                    "codes": self._codes(place),
                }
                for place, name in enumerate(self.source.columns)
                if given[f"field-{place}"]
            },
            "missing": [text.strip() for text in given["missing"].split(";") if text.strip()],
            "only": {"column": only, "value": given["only_value"].strip()} if only else {},
        }

    def _codes(self, place):
        texts = self.coded(place)
        given = {text: self.cleaned_data.get(f"code-{place}-{n}") for n, text in enumerate(texts)}
        return {text: code for text, code in given.items() if code}

    def _asked(self, place):
        """The field that is chosen for a column, or None."""
        if self.is_bound:
            return self.columns.get(self.data.get(f"field-{place}"))
        how = self.known.get("columns", {}).get(self.source.columns[place], {})
        return self.columns.get(how.get("field"))


class OpinionForm(forms.Form):
    """What somebody says of a difference."""

    choice = forms.ChoiceField(choices=Opinion.Choice)
    given = forms.CharField(required=False, max_length=schema.LONGEST_TEXT)
    note = forms.CharField(required=False, max_length=2_000)
    key = KEY


class ReasonForm(forms.Form):
    """Why something goes back."""

    reason = forms.CharField(label="Why", max_length=500)


class PairsForm(forms.Form):
    """Which cells of a form print what can be computed from the rows. ``pairs`` is what was
    chosen, as ``published.Pair``."""

    def __init__(self, *args, columns, printed, known, **more):
        super().__init__(*args, **more)
        self.printed = printed
        held = {pair.field: _joined(pair) for pair in known}
        for key, asked in printed.items():
            self.fields[key] = forms.ChoiceField(
                label=asked["label"],
                required=False,
                choices=[("", "Nothing"), *_offers(columns, asked)],
                initial=held.get(key, ""),
            )

    @property
    def pairs(self):
        chosen = ((key, self.cleaned_data[key]) for key in self.printed)
        return [_split(key, said) for key, said in chosen if said]


def _offers(columns, asked):
    """The statistics that a field of this kind can print, of every column that has them."""
    for statistic, words in published.STATISTICS.items():
        if asked["kind"] not in published.KINDS[statistic]:
            continue
        if statistic == "n":
            yield "n||", words
        for key, one in columns.items():
            if statistic in ("count", "share"):
                for option in one.get("options", []):
                    yield f"{statistic}|{key}|{option['code']}", f"{words}: {option['label']}"
            elif statistic != "n" and one["kind"] in mapping.CONVERTIBLE:
                yield f"{statistic}|{key}|", f"{words} of {one['label']}"


def _joined(pair):
    return f"{pair.statistic}|{pair.column}|{pair.code}"


def _split(field, said):
    statistic, column, code = said.split("|")
    return published.Pair(statistic, field, column, code)
