"""Lists of appraisals; the export of a list uses the same class."""

import django_tables2 as tables
from django.template.loader import render_to_string

from review.listing import Listing

from . import appraisal_lanes
from .models import Assessment

ONLY_WIDE = {"td": {"class": "only-wide"}, "th": {"class": "only-wide"}}


class AssessmentTable(Listing):
    """Assessments and how each stands for the person who looks."""

    caption = "Assessments"
    study = tables.TemplateColumn(
        template_name="extraction/_assessment_name.html", order_by=("study__label", "pk")
    )
    result = tables.Column(empty_values=(None,), attrs=ONLY_WIDE)
    instrument = tables.Column(
        verbose_name="Tool", order_by=("instrument__key", "study__label"), attrs=ONLY_WIDE
    )
    state = tables.Column(orderable=False, empty_values=())
    next = tables.Column(orderable=False, empty_values=())

    class Meta:
        model = Assessment
        fields = ("study", "result", "instrument", "state", "next")
        order_by = ("study",)
        empty_text = "Nothing to appraise here. The lead plans which studies get which tool."

    def __init__(self, data, *, seat, **more):
        """``data`` are assessments from ``appraisal_lanes.with_standing``."""
        super().__init__(data, **more)
        self.seat = seat

    def render_result(self, value):
        return value or "the study as a whole"

    def render_state(self, record):
        return self._part("components/status_badge.html", record)

    def render_next(self, record):
        return self._part("extraction/_next.html", record)

    def _part(self, template, record):
        told = appraisal_lanes.standing(record, self.seat)
        context = {"state": told.state, "word": told.word, "next": told, "record": record}
        return render_to_string(template, context, request=self.request)
