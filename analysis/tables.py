"""Lists of this app."""

import django_tables2 as tables

from .measures import MEASURES
from .models import Plan


class PlanTable(tables.Table):
    """Planned analyses and their newest results."""

    caption = "Planned analyses"
    title = tables.Column(linkify=("plan", [tables.A("review_id"), tables.A("pk")]))
    measure = tables.Column(accessor="spec__measure", orderable=False)
    result = tables.TemplateColumn(
        template_name="analysis/_plan_result.html", orderable=False, verbose_name="Newest result"
    )

    class Meta:
        model = Plan
        fields = ("title", "measure", "result")
        empty_text = "No analysis is planned yet."

    def render_measure(self, value):
        return MEASURES[value].name
