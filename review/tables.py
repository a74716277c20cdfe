"""Lists of this app; the export of a list uses the same class."""

import django_tables2 as tables

from .models import Batch, DuplicatePair


class BatchTable(tables.Table):
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


class ProblemTable(tables.Table):
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


class DecidedPairTable(tables.Table):
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
