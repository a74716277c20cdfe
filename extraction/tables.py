"""Lists of this app; the export of a list uses the same class."""

import django_tables2 as tables
from django.template.loader import render_to_string
from django.urls import reverse

from review.listing import Listing

from . import standing
from .models import Record, Snapshot, Study

NUMERIC = {"td": {"class": "numeric"}, "th": {"class": "numeric"}}
WHEN = "{% include 'components/when.html' with when=value only %}"


class StudyTable(Listing):
    """Studies and how each stands for the person who looks."""

    caption = "Studies"
    label = tables.Column(
        verbose_name="Study", linkify=("study", [tables.A("review_id"), tables.A("pk")])
    )
    report_count = tables.Column(verbose_name="Reports", attrs=NUMERIC)
    state = tables.Column(verbose_name="Extraction", orderable=False, empty_values=())
    next = tables.Column(orderable=False, empty_values=())

    class Meta:
        model = Study
        fields = ("label", "state", "next", "report_count")
        order_by = ("label",)
        empty_text = "No study here. Included reports become studies with one button above."

    def __init__(self, data, *, form, seat, **more):
        """``data`` are studies from ``standing.with_standing``; ``form`` may be None."""
        super().__init__(data, exclude=() if form else ("state", "next"), **more)
        self.form, self.seat = form, seat

    def render_report_count(self, value):
        return value or "outside the flow"

    def render_state(self, record):
        return self._part("components/status_badge.html", record)

    def render_next(self, record):
        return self._part("extraction/_next.html", record)

    def _part(self, template, record):
        told = standing.of(record, self.form, self.seat)
        context = {"state": told.state, "word": told.word, "next": told, "record": record}
        return render_to_string(template, context, request=self.request)


class RecordTable(Listing):
    """Studies being compared and approved."""

    caption = "Comparisons"
    study = tables.Column(
        linkify=("record", [tables.A("study__review_id"), tables.A("pk")]),
        order_by=("study__label", "pk"),
    )
    form = tables.Column(order_by=("form__name", "study__label"))
    status = tables.TemplateColumn(template_name="components/status_badge.html")
    waits = tables.Column(verbose_name="What waits", orderable=False, empty_values=())
    next = tables.Column(orderable=False, empty_values=())

    class Meta:
        model = Record
        fields = ("study", "form", "status", "waits", "next")
        order_by = ("study",)
        empty_text = "Nothing to compare yet. A study appears here when its entries are in."

    def __init__(self, data, *, seat, **more):
        """``data`` are records from ``standing.with_counts``."""
        super().__init__(data, **more)
        self.seat = seat

    def render_waits(self, record):
        return standing.of_record(record, self.seat).word

    def render_next(self, record):
        context = {"next": standing.of_record(record, self.seat)}
        return render_to_string("extraction/_next.html", context, request=self.request)


class QueryTable(Listing):
    """Questions to authors; the rows are ``queries.viewing.Told``."""

    caption = "Author queries"
    study = tables.Column(
        accessor="query__entry__study__label",
        linkify=lambda record: reverse(
            "query", args=[record.query.entry.study.review_id, record.query.pk]
        ),
    )
    recipient = tables.Column(accessor="query__recipient", verbose_name="Asked of")
    asked = tables.DateColumn(
        accessor="query__asked_on", verbose_name="Asked on", format="j M Y", short=False
    )
    cells = tables.Column(accessor="query__about", orderable=False)
    status = tables.TemplateColumn(
        accessor="query__status", template_name="extraction/_query_status.html"
    )
    who = tables.Column(verbose_name="By", empty_values=(), orderable=False)

    class Meta:
        order_by = ("-asked",)
        empty_text = "No query here."

    def render_cells(self, value):
        return "; ".join(cell["name"] for cell in value[:3]) + (" …" if len(value) > 3 else "")

    def render_who(self, value):
        return value or "an extractor"


class SnapshotTable(Listing):
    """Frozen data."""

    caption = "Snapshots"
    number = tables.Column(
        linkify=("snapshot", [tables.A("review_id"), tables.A("pk")]), attrs=NUMERIC
    )
    studies = tables.Column(attrs=NUMERIC)
    sha256 = tables.TemplateColumn(
        template_code="<code>{{ value|slice:':12' }}…</code>", verbose_name="sha256"
    )
    frozen_at = tables.TemplateColumn(template_code=WHEN, verbose_name="Frozen")
    changes = tables.Column(
        linkify=("snapshot-changes", [tables.A("review_id"), tables.A("pk")]),
        orderable=False,
        empty_values=(),
    )

    class Meta:
        model = Snapshot
        fields = ("number", "studies", "note", "frozen_by", "frozen_at", "changes", "sha256")
        order_by = ("-number",)
        empty_text = "No snapshot yet. Freeze the approved data to analyse it."

    def render_changes(self, record):
        return f"since {record.number - 1}" if record.number > 1 else "first"
