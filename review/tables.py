"""Lists of this app; the export of a list uses the same class."""

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from .decisions import citation_hidden, state_shown
from .listing import Listing
from .models import Batch, DuplicatePair, Reference, Report, Stage

WIDE = {"td": {"class": "only-wide"}, "th": {"class": "only-wide"}}


class BatchTable(Listing):
    """Imported files."""

    caption = "Imported files"
    file = tables.Column(linkify=("batch", [tables.A("review_id"), tables.A("pk")]))
    parsed = tables.Column(verbose_name="Records", attrs={"td": {"class": "numeric"}})
    rejected = tables.Column(
        verbose_name="Not readable", orderable=False, attrs={"td": {"class": "numeric"}}
    )
    status = tables.TemplateColumn(template_name="components/status_badge.html")
    uploaded_at = tables.TemplateColumn(
        template_code="{% include 'components/when.html' with when=record.uploaded_at %}",
        verbose_name="Uploaded",
    )

    class Meta:
        model = Batch
        fields = ("file", "search", "parsed", "rejected", "status", "uploaded_by", "uploaded_at")
        order_by = ("-uploaded_at",)
        empty_text = "No file yet. Upload the export of one search above."


class ProblemTable(Listing):
    """What a parser found in a file, by line."""

    caption = "Problems by line"
    line = tables.Column(attrs={"td": {"class": "numeric"}})
    record = tables.Column(attrs={"td": {"class": "numeric"}})
    level = tables.Column(verbose_name="What happens")
    message = tables.Column()

    class Meta:
        orderable = False
        empty_text = "None: every record could be read."

    def render_level(self, value):
        return "Left out" if value == "error" else "Imported, look at it"


class DecidedPairTable(Listing):
    """Pairs somebody has decided, with the way back."""

    caption = "Decided pairs"
    first = tables.Column(verbose_name="One", accessor="first__title")
    second = tables.Column(verbose_name="The other", accessor="second__title")
    status = tables.TemplateColumn(template_name="components/status_badge.html")
    decided_at = tables.TemplateColumn(
        template_code="{% include 'components/when.html' with when=record.decided_at %}",
        verbose_name="When",
    )
    undo = tables.TemplateColumn(
        template_name="review/_undo_pair.html", orderable=False, verbose_name=""
    )

    class Meta:
        model = DuplicatePair
        fields = ("first", "second", "reason", "status", "decided_by", "decided_at", "undo")
        empty_text = "Nothing decided yet."


class RecordTable(Listing):
    """A table whose rows show as much of a decision as one person may see.

    ``state`` needs ``seat`` and ``revealed`` (a boolean, or one by stage), and screenings
    annotated with ``mine``: it reads no vote of anybody.
    """

    def __init__(self, *args, seat, revealed, **kwargs):
        super().__init__(*args, **kwargs)
        self.seat = seat
        self.revealed = revealed

    def badge(self, screening, revealed):
        state, word = state_shown(self.seat, screening, revealed=revealed, voted=screening.mine)
        reason = screening.reason if state == screening.status else None
        return format_html(
            '<span class="tag" data-state="{}">{}</span>{}',
            state,
            word,
            format_html('<br><span class="faint">{}</span>', reason) if reason else "",
        )


class ReportTable(RecordTable):
    """Full texts."""

    caption = "Full texts"
    number = tables.Column(
        verbose_name="No.", accessor="reference__number", attrs={"td": {"class": "numeric"}}
    )
    paper = tables.Column(
        verbose_name="Title",
        accessor="reference__title",
        linkify=("fulltext", [tables.A("review_id"), tables.A("pk")]),
        attrs={"td": {"class": "paper"}},
    )
    status = tables.TemplateColumn(template_name="review/_retrieval.html", verbose_name="Retrieval")
    has_pdf = tables.Column(verbose_name="PDF", attrs=WIDE)
    decision = tables.Column(empty_values=(), orderable=False)

    class Meta:
        model = Report
        fields = ("number", "paper", "status", "has_pdf", "decision")
        order_by = ("number",)
        empty_text = (
            "No full text here. A record comes here once it is included on title and abstract."
        )

    def render_has_pdf(self, value):
        return "yes" if value else "–"

    def render_decision(self, record):
        return self.badge(record.reference.assessments[0], self.revealed)


class ReferenceTable(RecordTable):
    """References of a review."""

    caption = "References"
    number = tables.Column(verbose_name="No.", attrs={"td": {"class": "numeric"}})
    title = tables.Column(
        linkify=("reference", [tables.A("review_id"), tables.A("pk")]),
        attrs={"td": {"class": "paper"}},
    )
    byline = tables.Column(verbose_name="Authors", orderable=False, empty_values=(), attrs=WIDE)
    year = tables.Column(attrs={"td": {"class": "numeric only-wide"}, "th": {"class": "only-wide"}})
    source = tables.Column(accessor="batch__search__source", verbose_name="Found in", attrs=WIDE)
    state = tables.Column(verbose_name="Status", orderable=False, empty_values=())

    class Meta:
        model = Reference
        fields = ("number", "title", "byline", "year", "source", "state")
        order_by = ("number",)
        empty_text = "No reference matches. Clear the filter, or import the export of a search."

    def render_byline(self, record):
        if self._nameless(record):
            return "hidden"
        more = " et al." if len(record.authors) > 1 else ""
        return f"{record.authors[0].split(',')[0]}{more}" if record.authors else "–"

    def render_year(self, record, value):
        return "" if self._nameless(record) else value

    def render_state(self, record):
        if record.withdrawn:
            return mark_safe('<span class="tag" data-state="withdrawn">Withdrawn</span>')
        if record.duplicate_of_id:
            return format_html(
                '<span class="tag" data-state="duplicate">Duplicate of {}</span>',
                record.duplicate_of.number,
            )
        by_stage = {screening.stage: screening for screening in record.screenings.all()}
        if not by_stage:
            return "not in screening"
        stage = Stage.FULL_TEXT if Stage.FULL_TEXT in by_stage else Stage.TITLE_ABSTRACT
        badge = self.badge(by_stage[stage], self.revealed[stage])
        if stage == Stage.TITLE_ABSTRACT:
            return badge
        return format_html('{} <span class="faint">at full text</span>', badge)

    def _nameless(self, record):
        return citation_hidden(self.seat, record.screenings.all())
