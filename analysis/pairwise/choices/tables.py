"""The list of every way to compute a run."""

import django_tables2 as tables
from django.utils.html import format_html

from review.listing import Listing

from ...figures import numbers
from ...tables import NUMBER


class WayTable(Listing):
    """Specifications; ``address`` in ``__init__`` says where one leads."""

    caption = "Every way to compute it"
    measure = tables.Column()
    method = tables.Column(verbose_name="Estimator")
    test = tables.Column(verbose_name="Interval")
    bias = tables.Column(verbose_name="Studies")
    sd = tables.Column(verbose_name="Missing SDs")
    k = tables.Column(verbose_name="Number", attrs=NUMBER)
    estimate = tables.Column(order_by="beta", attrs=NUMBER, empty_values=())
    p = tables.Column(verbose_name="p", attrs=NUMBER)

    class Meta:
        empty_text = "Nothing was chosen."
        row_attrs = {"class": lambda record: "is-current" if record["own"] else None}

    def __init__(self, rows, *, address, with_sds, with_p, **kwargs):
        hidden = [name for name, shown in (("sd", with_sds), ("p", with_p)) if not shown]
        super().__init__(rows, exclude=hidden, **kwargs)
        self.address = address

    def render_estimate(self, record):
        if not record["estimate"]:
            return f"Not possible: {record['why']}"
        where = self.address(record["way"])
        own = " as planned" if record["own"] else ""
        if not where:
            return f"{record['estimate']}{own}"
        return format_html('<a href="{}">{}</a>{}', where, record["estimate"], own)

    def render_p(self, value):
        return numbers.p_value(value)
