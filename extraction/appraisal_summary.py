"""Settled assessments with one tool as a table: studies by domains, or studies by marks."""

from dataclasses import dataclass

from . import appraisal_lanes, judging
from .appraisal_verdict import Light, light_of
from .models import Assessment, FinalAnswer


@dataclass(frozen=True, slots=True)
class Row:
    """One settled assessment. ``cells`` are lights by domain, or (mark, starred) by item;
    ``scores`` are texts."""

    assessment: Assessment
    cells: tuple
    scores: tuple
    overall: Light | None


@dataclass(frozen=True, slots=True)
class Summary:
    """``columns`` are (number, title) pairs; ``by_item`` when the cells are marks. ``open`` is
    how many assessments are not settled yet."""

    columns: tuple
    by_item: bool
    scores: tuple
    has_overall: bool
    rows: tuple
    open: int

    @property
    def starred(self):
        return self.by_item and any(star for row in self.rows for _, star in row.cells)


def of_instrument(instrument):
    """The ``Summary`` of one tool. Variants of a domain share its number and its column."""
    tool = judging.tool(instrument)
    rows = appraisal_lanes.assessments(instrument.review).filter(instrument=instrument)
    settled = rows.filter(status=Assessment.Status.SETTLED).select_related("study")
    by_item = all(domain.mode == "none" for domain in tool.domains)
    if by_item:
        columns = tuple((q.id, q.number, q.text) for q in tool.questions.values())
    else:
        judged = [domain for domain in tool.domains if domain.mode != "none"]
        named = {_column(domain): (domain.number, domain.short) for domain in judged}
        columns = tuple((key, *words) for key, words in named.items())
    make = _marks if by_item else _lights
    return Summary(
        columns=tuple((number, title) for _, number, title in columns),
        by_item=by_item,
        scores=tuple(total.id for total in tool.scores),
        has_overall=tool.overall.mode != "none",
        rows=tuple(make(tool, row, columns) for row in _with_answers(settled, by_item)),
        open=rows.exclude(status=Assessment.Status.SETTLED).count(),
    )


def _with_answers(settled, by_item):
    return settled.prefetch_related("final_answers") if by_item else settled


def _lights(tool, assessment, columns):
    judged = assessment.judgements["domains"]
    final = {_column(tool.domain(one["id"])): one["final"] for one in judged}
    cells = tuple(light_of(tool, final.get(key)) for key, *_ in columns)
    return _row(tool, assessment, cells)


def _column(domain):
    """Variants of a domain exclude each other and share a column by their number."""
    return domain.number if domain.active_if else domain.id


def _marks(tool, assessment, columns):
    rows = {
        row.item: row
        for row in assessment.final_answers.all()
        if row.status == FinalAnswer.Status.CLOSED
    }
    cells = []
    for key, *_ in columns:
        row = rows.get(key)
        cells.append((row.code.replace("-", "−"), row.first_disagreed) if row else ("", False))
    return _row(tool, assessment, tuple(cells))


def _row(tool, assessment, cells):
    scores = assessment.judgements["scores"]
    texts = tuple(
        f"{one['low']:g}" if one["low"] == one["high"] else f"{one['low']:g} to {one['high']:g}"
        for one in scores
    )
    overall = assessment.judgements["overall"]["final"]
    return Row(assessment, cells, texts, light_of(tool, overall) if overall else None)
