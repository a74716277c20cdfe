"""Agreement as lists; the export of a list uses the same class."""

import django_tables2 as tables
from django.utils.html import format_html, format_html_join

from review.listing import Listing

NUMERIC = {"td": {"class": "numeric"}, "th": {"class": "numeric"}}
UNDEFINED = "–"


def percent(share):
    """A share with its interval, or a dash where it is undefined."""
    if share.value is None:
        return UNDEFINED
    return f"{share.value:.0%} ({share.low:.0%} to {share.high:.0%})"


def coefficient(found):
    """A coefficient with its interval, or the reason why there is none."""
    if found.value is None:
        return f"undefined: {found.why}"
    limits = found.why if found.low is None else f"{found.low:.2f} to {found.high:.2f}"
    return f"{found.value:.2f} ({limits})".replace("-", "−")


def _short(found):
    """A coefficient for a narrow column: an interval that does not exist is left out."""
    if found.value is None:
        return format_html('<small class="faint">{}</small>', coefficient(found))
    if found.low is None:
        return f"{found.value:.2f}".replace("-", "−")
    return coefficient(found)


def _named(line):
    """The coefficients of a ``FieldLine`` by the names a reader knows."""
    codes = ("κ", "AC1")
    return [
        (name if name in codes else f"ICC {_part(name)}".strip(), found)
        for name, found in line.figures
    ]


def _part(name):
    return "SD" if name == "sd" else name


def _apart(line):
    unit = line.field.get("unit", "")
    return [
        " ".join(filter(None, (_part(name), f"{apart:.3g}", unit)))
        for name, apart in line.apart
        if apart is not None
    ]


class FieldTable(Listing):
    """Fields of the forms, the one that causes most trouble first."""

    caption = "Agreement by field"
    field = tables.Column(accessor="field__label", verbose_name="Field")
    form = tables.Column()
    n = tables.Column(verbose_name="Cells", attrs=NUMERIC)
    differed = tables.Column(verbose_name="Differed", attrs=NUMERIC)
    same = tables.Column(verbose_name="Same at first", attrs=NUMERIC, order_by="same__value")
    figures = tables.Column(verbose_name="Beyond chance", orderable=False, empty_values=())
    apart = tables.Column(verbose_name="Two readings lie within", orderable=False, empty_values=())
    ruled = tables.Column(verbose_name="Third person", attrs=NUMERIC)
    neither = tables.Column(verbose_name="Both wrong", attrs=NUMERIC)
    errors = tables.Column(verbose_name="Readings that were wrong", attrs=NUMERIC,
                           order_by="errors__value")  # fmt: skip

    class Meta:
        empty_text = "Nothing was extracted by two people yet."

    def __init__(self, lines, **more):
        """One form alone is not named in every line."""
        alone = len({line.form for line in lines}) < 2
        super().__init__(lines, exclude=("form",) if alone else (), **more)

    def render_same(self, value):
        return percent(value)

    def render_figures(self, record):
        lines = [(name, _short(found)) for name, found in _named(record)]
        return format_html_join("", "<div>{} {}</div>", lines) or UNDEFINED

    def value_figures(self, record):
        return "; ".join(f"{name} {coefficient(found)}" for name, found in _named(record))

    def render_apart(self, record):
        lines = ([line] for line in _apart(record))
        return format_html_join("", "<div>{}</div>", lines) or UNDEFINED

    def value_apart(self, record):
        return "; ".join(_apart(record))

    def render_errors(self, value):
        return percent(value)


class KindTable(Listing):
    """Types of difference."""

    caption = "Differences by type"
    word = tables.Column(verbose_name="Type")
    n = tables.Column(verbose_name="Differences", attrs=NUMERIC)
    ruled = tables.Column(verbose_name="Third person", attrs=NUMERIC)
    one = tables.Column(verbose_name="One was right", attrs=NUMERIC)
    neither = tables.Column(verbose_name="Both wrong", attrs=NUMERIC)

    class Meta:
        orderable = False
        empty_text = "No two readings differ."


class PersonTable(Listing):
    """Extractors, and how many of their readings were approved."""

    caption = "Accuracy by person"
    person = tables.Column()
    readings = tables.Column(attrs=NUMERIC)
    wrong = tables.Column(attrs=NUMERIC)
    right = tables.Column(verbose_name="Right", attrs=NUMERIC)

    class Meta:
        orderable = False
        empty_text = "No study that two people extracted is approved yet."

    def render_right(self, value):
        return percent(value)
