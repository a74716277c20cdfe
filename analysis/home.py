"""A review at a glance: its steps with true counts, who has what open, how far two agree."""

from collections import Counter
from dataclasses import dataclass, replace

from django.db.models import Exists, OuterRef
from django.utils.formats import date_format

from extraction import appraisal_lanes
from extraction.models import Assessment, Record, RecordCell
from review import decisions, dedup
from review.access import Can, Role, Seat
from review.models import Job, Stage, User

from . import agenda, flowchart, workload
from .figures.numbers import fixed
from .figures.strip import Strip
from .navigation import address
from .workload import Counted

DONE, WORK, ASK, TODO = "done", "work", "ask", "todo"


@dataclass(frozen=True, slots=True)
class Part:
    """One step of the pipeline, as ``components/pipeline.html`` shows it."""

    label: str
    count: int
    unit: str
    state: str
    word: str
    url: str = ""
    done: int = 0
    total: int = 0
    notes: tuple[str, ...] = ()
    current: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """What one member has open. ``seconds`` is their pace at screening, None before the first
    vote, and ``left`` how long their titles and abstracts take at it, in words."""

    user: User
    roles: str
    open: str
    seconds: float | None
    left: str


def pipeline(seat, found):
    """The ``Part`` list of a review, from the counts of its flow and of what comes after it.
    For whom the flow is not shown, a conflict counts as done: each would be another's vote."""
    if not flowchart.shown(seat):
        found = replace(found, open=_without_conflicts(found.open))
    n = workload.looked_up(seat.review, _asked(seat.review))
    parts = [
        _search(seat, n),
        _deduplicate(seat, n),
        _screen(seat, n, found),
        _full_text(seat, found),
        _extract(seat, n),
        _appraise(seat, n),
        _analyse(seat, n),
    ]
    first = next((part for part in parts if part.state != DONE), None)
    return [replace(part, current=part is first) for part in parts]


def people(review):
    """The ``Person`` list of a review: those with anything open. It tells how much that is,
    never what was said, and is for whoever steers the review."""
    held = {}
    for membership in review.memberships.select_related("user").order_by("user__username"):
        held.setdefault(membership.user, []).append(Role(membership.role))
    found = [_person(Seat(user, review, roles)) for user, roles in held.items()]
    return [person for person in found if person.open]


def agreement(review):
    """``(Strip, stat)`` of the first votes at each stage that may be told: the drawing, and the
    same in numbers as ``components/stats.html`` has them."""
    found = [(stage, decisions.agreement_of(review, stage)) for stage in Stage]
    return [_agreement(stage, figures) for stage, figures in found if figures]


def _without_conflicts(work):
    return replace(
        work,
        screening=work.screening - work.conflicts,
        conflicts=0,
        assessment=work.assessment - work.assessment_conflicts,
        assessment_conflicts=0,
    )


def _asked(review):
    """What the pipeline counts besides the flow, by name."""
    approved = Record.objects.filter(study=OuterRef("pk"), status=Record.Status.APPROVED)
    studies = review.studies.standing()
    cells = RecordCell.objects.filter(
        record__study__review=review, record__status=Record.Status.COMPARING
    )
    assessments = appraisal_lanes.assessments(review)
    plans = review.plans.filter(retired_at=None)
    newest = review.snapshots.order_by("-number").values("pk")[:1]
    return {
        "searches": Counted(review.searches),
        "live": Counted(review.references.live()),
        "primary": Counted(review.references.primary()),
        "pairs": Counted(review.duplicate_pairs.waiting()),
        "compared": Counted(review.jobs.filter(kind=dedup.JOB, status=Job.Status.DONE)),
        "studies": Counted(studies),
        "approved": Counted(studies.filter(Exists(approved))),
        "differ": Counted(cells.exclude(status=RecordCell.Status.CLOSED)),
        "assessments": Counted(assessments),
        "settled": Counted(assessments.filter(status=Assessment.Status.SETTLED)),
        "meeting": Counted(assessments.filter(status=Assessment.Status.COMPARING)),
        "snapshots": Counted(review.snapshots),
        "plans": Counted(plans),
        "run": Counted(plans.filter(runs__snapshot__in=newest).distinct()),
    }


def _search(seat, n):
    last = seat.review.searches.order_by("-searched_on").first()
    ran = f", last on {date_format(last.searched_on, 'j F Y')}" if last else ""
    return Part(
        "Search",
        n["live"],
        "records",
        *((DONE, "done") if n["live"] else (TODO, "nothing imported yet")),
        url=address(seat, "import-list"),
        notes=(f"{_many(n['searches'], 'source')}{ran}",),
    )


def _deduplicate(seat, n):
    if n["pairs"]:
        state = ASK, f"{_many(n['pairs'], 'pair')} to compare"
    elif n["compared"]:
        state = DONE, "done"
    else:
        state = TODO, "not looked for yet"
    return Part(
        "Deduplicate",
        n["primary"],
        "kept",
        *state,
        url=address(seat, "duplicates"),
        notes=(f"{n['live'] - n['primary']:,} removed",),
    )


def _screen(seat, n, found):
    total, left = n["primary"], found.open.screening
    return Part(
        "Screen",
        left,
        "left",
        *_state(total, left, found.open.conflicts, "conflict waits", "conflicts wait"),
        url=address(seat, "references"),
        done=total - left,
        total=total,
        notes=(f"{total - left:,} of {total:,} settled",),
    )


def _full_text(seat, found):
    counts, work = found.counts, found.open
    total = counts["sought"] + counts.get("o_sought", 0)
    gone = counts["not_retrieved"] + counts.get("o_not_retrieved", 0)
    left = work.retrieval + work.assessment
    notes = [f"{total - left:,} of {total:,} decided"]
    notes += [f"{work.retrieval:,} to find"] if work.retrieval else []
    notes += [f"{gone:,} not retrievable"] if gone else []
    return Part(
        "Full text",
        left,
        "to decide",
        *_state(total, left, work.assessment_conflicts, "conflict waits", "conflicts wait"),
        url=address(seat, "fulltexts"),
        done=total - left,
        total=total,
        notes=tuple(notes),
    )


def _extract(seat, n):
    total, done = n["studies"], n["approved"]
    notes = [f"{done:,} of {_many(total, 'study', 'studies')} approved"]
    return Part(
        "Extract",
        total - done,
        "to finish",
        *_state(total, total - done, n["differ"], "value differs", "values differ"),
        url=address(seat, "studies"),
        done=done,
        total=total,
        notes=tuple(notes),
    )


def _appraise(seat, n):
    total, done = n["assessments"], n["settled"]
    return Part(
        "Appraise",
        total - done,
        "to finish",
        *_state(total, total - done, n["meeting"], "to agree on", "to agree on"),
        url=address(seat, "assessments"),
        done=done,
        total=total,
        notes=(f"{done:,} of {total:,} settled",),
    )


def _analyse(seat, n):
    total, done = n["plans"], n["run"]
    if not n["snapshots"]:
        state = TODO, "nothing frozen yet"
    elif done < total:
        state = ASK, f"{total - done:,} to run"
    else:
        state = (DONE, "done") if total else (TODO, "nothing planned yet")
    return Part(
        "Analyse",
        total,
        "analysis" if total == 1 else "analyses",
        *state,
        url=address(seat, "analysis"),
        done=done,
        total=total,
        notes=(f"{done:,} of {total:,} on the newest data",),
    )


def _state(total, left, blocked, one, many):
    """State and word of a step of which ``left`` are open, ``blocked`` by a disagreement."""
    if blocked:
        return ASK, _many(blocked, one, many)
    if not total:
        return TODO, "nothing here yet"
    return (WORK, "at work") if left else (DONE, "done")


def _many(n, one, many=None):
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def _person(seat):
    waits = Counter()
    for lane in workload.waiting(seat):
        waits[lane.verb.lower()] += 0 if lane.shared else lane.count
    seconds = agenda.pace(seat) if seat.can(Can.SCREEN) else None
    left = seconds and waits["screen"] * seconds
    return Person(
        user=seat.user,
        roles=agenda.roles_of(seat),
        open=", ".join(f"{n:,} to {verb}" for verb, n in waits.items() if n),
        seconds=seconds,
        left=agenda.lasting(left) if left else "",
    )


def _agreement(stage, figures):
    kappa, label = figures.kappa, f"{stage.label}, κ"
    if kappa.value is None:
        drawn = Strip(label, reason=kappa.why.rstrip("."))
        return drawn, {"label": label, "value": None, "note": kappa.why}
    low = kappa.low and max(kappa.low, -1.0)  # a normal interval may go beyond
    limits = kappa.why if low is None else f"{fixed(low, 2)} to {fixed(kappa.high, 2)}"
    note = f"{limits}, {_many(figures.n, 'record')}"
    stat = {"label": label, "value": fixed(kappa.value, 2), "note": note}
    return Strip(label, kappa.value, low, kappa.high), stat
