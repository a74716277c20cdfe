"""References with the decisions that the person who asks may see."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from review import decisions
from review.models import Screening, Stage
from review.parsers import FIELDS

CHUNK = 2000
# What may tell a screener who wrote a paper, and where.
KEPT_BACK = {*FIELDS} - {"title", "abstract", "keywords", "language", "kind"}
THIRD_PERSON = "third person"


@dataclass(frozen=True, slots=True)
class Decision:
    """One vote or ruling as the reader may see it; ``at`` is None where names are hidden."""

    stage: str
    who: str
    ruling: bool
    verdict: str
    reason: str
    note: str
    at: datetime | None


def rows(seat, tick=lambda done: None):
    """Yield one mapping a live reference, by number: the fields of a citation, where it was
    found, what it came to at each stage, and ``said``, its ``Decision`` list. Reads in chunks;
    the review may be large, and ``tick`` is told now and then how many are done. The caller
    has made sure that ``seat`` may see records."""
    revealed = {stage: decisions.revealed(seat.review, stage) for stage in Stage}
    for done, reference in enumerate(_references(seat.review).iterator(chunk_size=CHUNK)):
        if done % CHUNK == 0:
            tick(done)
        yield _row(seat, reference, revealed)


def sentences(row):
    """What was decided about a reference, in words, for a RIS note or a cell."""
    came_to = [
        f"{stage.label}: {row[stage]}" + _because(row[f"{stage}_reason"])
        for stage in Stage
        if row[stage]
    ]
    return came_to + [
        f"{one.stage}, {one.who}: {one.verdict}{_because(one.reason)}"
        + (f" - {one.note}" if one.note else "")
        for one in row["said"]
    ]


def _because(reason):
    return f" ({reason})" if reason else ""


def _references(review):
    judged = decisions.with_votes(Screening.objects.select_related("reason", "review"))
    return (
        review.references.live()
        .select_related("batch__search", "batch__file", "duplicate_of", "report__study_link__study")
        .prefetch_related(Prefetch("screenings", judged))
        .defer("raw", "duplicate_of__raw", "duplicate_of__abstract")
        .order_by("number")
    )


def _row(seat, reference, revealed):
    judged = {screening.stage: screening for screening in reference.screenings.all()}
    hidden = decisions.citation_hidden(seat, judged.values())
    row = {
        name: None if hidden and name in KEPT_BACK else getattr(reference, name) for name in FIELDS
    }
    row |= _where_found(reference) | {"said": []}
    for stage in Stage:
        screening = judged.get(stage)
        row[stage], row[f"{stage}_reason"] = "", ""
        if screening:
            row |= _came_to(seat, screening, revealed[stage])
            row["said"] += _said(seat, screening, revealed[stage])
    return row


def _where_found(reference):
    report = getattr(reference, "report", None)
    study = getattr(report, "study_link", None)
    return {
        "number": reference.number,
        "source": reference.batch.search.source,
        "file": reference.batch.file.name,
        "line": reference.line,
        "duplicate_of": reference.duplicate_of and reference.duplicate_of.number,
        "retrieval": report.get_status_display() if report else "",
        "study": study.study.label if study else "",
    }


def _came_to(seat, screening, revealed):
    """The state of a record at one stage as ``seat`` may know it, with its reason."""
    voted = any(vote.reviewer_id == seat.user.pk for vote in screening.votes.all())
    _, words = decisions.state_shown(seat, screening, revealed=revealed, voted=voted)
    told = screening.reason_id and decisions.outcome_shown(seat, revealed)
    return {
        screening.stage: words,
        f"{screening.stage}_reason": str(screening.reason) if told else "",
    }


def _said(seat, screening, revealed):
    if not screening.votes_in:
        return
    for place, word in enumerate(decisions.said(seat, screening, revealed=revealed), 1):
        unnamed = THIRD_PERSON if word.ruling else f"reviewer {place}"
        yield Decision(
            stage=screening.get_stage_display(),
            who=str(word.who) if word.who else unnamed,
            ruling=word.ruling,
            verdict=word.word,
            reason=word.reason,
            note=word.note,
            at=word.at,
        )
