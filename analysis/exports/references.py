"""References with the decisions that the person who asks may see."""

from dataclasses import dataclass

from review import blinding, consensus
from review.access import Can
from review.models import Screening, Stage

Status = Screening.Status
CITED = (
    "title",
    "abstract",
    "authors",
    "year",
    "journal",
    "volume",
    "issue",
    "pages",
    "doi",
    "pmid",
    "url",
    "keywords",
    "language",
    "kind",
)
STATE_OF = {
    Status.WAITING: consensus.State.WAITING,
    Status.CONFLICT: consensus.State.CONFLICT,
    Status.INCLUDED: consensus.State.SETTLED,
    Status.EXCLUDED: consensus.State.SETTLED,
    # Set aside before anything was settled: nothing is shown but one's own vote.
    Status.SET_ASIDE: consensus.State.WAITING,
}


@dataclass(frozen=True, slots=True)
class Decision:
    """One person's word at one stage, as far as the reader may see it."""

    stage: str
    by: str
    verdict: str
    reason: str
    note: str


def rows(seat):
    """Yield one mapping a reference of the review: citation, source, status at each stage,
    and ``decisions``, a list of ``Decision``. Reads in chunks; the review may be large."""
    references = (
        seat.review.references.live()
        .select_related("batch__search", "duplicate_of")
        .prefetch_related(
            "screenings__votes__reviewer",
            "screenings__votes__reason",
            "screenings__ruling__arbiter",
            "screenings__ruling__reason",
            "screenings__reason",
        )
        .defer("raw")
        .order_by("number")
    )
    revealed = {stage: _revealed(seat.review, stage) for stage in Stage}
    for reference in references.iterator(chunk_size=2000):
        yield _row(reference, seat, revealed)


def sentences(row):
    """The decisions of a row in words, for a RIS note or a CSV cell."""
    told = []
    for stage in Stage:
        status = row[stage.value]
        if status:
            reason = row[f"{stage.value}_reason"]
            told.append(f"{stage.label}: {status}" + (f" ({reason})" if reason else ""))
    told += [
        f"{one.stage}, {one.by}: {one.verdict}"
        + (f" ({one.reason})" if one.reason else "")
        + (f" - {one.note}" if one.note else "")
        for one in row["decisions"]
    ]
    return told


def _row(reference, seat, revealed):
    row = {name: getattr(reference, name) for name in CITED}
    row |= {
        "number": reference.number,
        "source": reference.batch.search.source,
        "source_line": reference.line,
        "duplicate_of": reference.duplicate_of.number if reference.duplicate_of else None,
        "decisions": [],
    }
    by_stage = {screening.stage: screening for screening in reference.screenings.all()}
    for stage in Stage:
        screening = by_stage.get(stage)
        row[stage.value] = screening.get_status_display() if screening else ""
        row[f"{stage.value}_reason"] = str(screening.reason or "") if screening else ""
        if screening:
            row["decisions"] += _decisions(screening, stage, seat, revealed[stage])
    return row


def _decisions(screening, stage, seat, revealed):
    said = [(vote, vote.reviewer, f"reviewer {place}") for place, vote in _numbered(screening)]
    ruling = getattr(screening, "ruling", None)
    if ruling:
        said.append((ruling, ruling.arbiter, "arbiter"))
    for word, person, role in said:
        seen = blinding.sight(
            own=person == seat.user,
            state=STATE_OF[screening.status],
            revealed=revealed,
            nameless=seat.nameless,
        )
        if seen:
            by = str(person) if seen is blinding.Sight.NAMED else role
            reason = str(word.reason) if word.reason_id else ""
            yield Decision(stage.label, by, word.get_verdict_display(), reason, word.note)


def _numbered(screening):
    return enumerate(sorted(screening.votes.all(), key=lambda vote: vote.reviewer_id), 1)


def _revealed(review, stage):
    if review.reveal == review.Reveal.SETTLED:
        return True
    open_states = [Status.WAITING, Status.CONFLICT]
    return not review.screenings.filter(stage=stage, status__in=open_states).exists()


def may_see_records(seat):
    """A statistician takes approved data away, not the references' decisions."""
    return seat.can(Can.SEE_RECORDS)
