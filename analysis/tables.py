"""Lists of this app."""

import django_tables2 as tables
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html

from review.listing import Listing
from review.models import Event

from . import kinds
from .models import Plan
from .prespecification import standing
from .wording import did, in_words

NUMBER = {"td": {"class": "numeric"}, "th": {"class": "numeric"}}
# Subjects of events that have a page of their own and are never removed, with its URL's name.
PAGES = {name: name.replace("_", "-") for name in (
    "reference", "record", "plan", "patient_plan", "snapshot",
)}  # fmt: skip


class PlanTable(Listing):
    """Planned analyses and their newest results."""

    caption = "Planned analyses"
    title = tables.Column(linkify=("plan", [tables.A("review_id"), tables.A("pk")]))
    measure = tables.Column(accessor="spec__measure", orderable=False, verbose_name="Measure")
    standing = tables.Column(empty_values=(), orderable=False)
    result = tables.TemplateColumn(
        template_name="analysis/_plan_result.html", orderable=False, verbose_name="Newest result",
        attrs={"td": {"class": "told"}},
    )  # fmt: skip

    class Meta:
        model = Plan
        fields = ("title", "measure", "standing", "result")
        empty_text = "No analysis is planned yet."

    def __init__(self, plans, *, seen, **kwargs):
        """``seen`` is when data were first seen, or None."""
        super().__init__(plans, **kwargs)
        self.seen = seen

    def render_measure(self, value, record):
        return kinds.of(record.spec).measures[value]

    def render_standing(self, record):
        return standing.of_plan(record, self.seen).words


class EventTable(Listing):
    """Events of the ledger."""

    caption = "Ledger"
    seq = tables.Column(verbose_name="No.", attrs=NUMBER)
    at = tables.DateTimeColumn(format="j M Y, H:i", verbose_name="When")
    actor = tables.Column(verbose_name="Who", empty_values=())
    action = tables.Column(verbose_name="What")
    subject = tables.Column(verbose_name="About")
    data = tables.Column(verbose_name="In detail")

    class Meta:
        model = Event
        fields = ("seq", "at", "actor", "action", "subject", "data")
        orderable = False
        empty_text = (
            "Nothing here that may be told yet: events of open judgements come when they are"
            " settled."
        )

    def render_actor(self, value):
        return value or "Concord"

    def render_action(self, value):
        return did(value)

    def render_data(self, value):
        return render_to_string(
            "analysis/_event_data.html",
            {"value": [(name, in_words(part)) for name, part in value.items()]},
        )

    def render_subject(self, value, record):
        noun, _, key = value.partition(":")
        if noun not in PAGES:
            return f"{noun} {key}"
        url = reverse(PAGES[noun], args=[record.review_id, key])
        return format_html('<a href="{}">{} {}</a>', url, noun, key)
