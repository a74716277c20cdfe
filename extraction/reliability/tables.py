"""Agreement as lists; the export of a list uses the same class."""

import django_tables2 as tables

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


class FieldTable(tables.Table):
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

    def render_same(self, value):
        return percent(value)

    def render_figures(self, record):
        lines = []
        for name, found in record.figures:
            title = name if name in ("κ", "AC1") else f"ICC {name}".strip()
            lines.append(f"{title} {coefficient(found)}")
        return "; ".join(lines) or UNDEFINED

    def render_apart(self, record):
        unit = record.field.get("unit", "")
        told = [
            f"{name} {apart:.3g} {unit}".strip()
            for name, apart in record.apart
            if apart is not None
        ]
        return "; ".join(told) or UNDEFINED

    def render_errors(self, value):
        return percent(value)


class KindTable(tables.Table):
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


class PersonTable(tables.Table):
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
