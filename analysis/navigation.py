"""The steps of a review in the top bar: those this person may open, with what waits there."""

from collections import Counter
from dataclasses import dataclass
from functools import cache

from django.urls import resolve, reverse

from . import workload

# URL name of each step, what the bar calls it, and the parts of the site that belong to it.
STEPS = (
    ("review-home", "Home", ("", "protocol", "members", "references", "ledger")),
    ("import-list", "Import", ("import", "duplicates", "jobs")),
    ("screening", "Screen", ("screening",)),
    ("conflicts", "Conflicts", ("conflicts",)),
    ("fulltexts", "Full text", ("fulltexts", "files")),
    ("studies", "Extract", ("studies", "entries", "forms", "queries", "participants")),
    ("consensus", "Consensus", ("consensus",)),
    ("assessments", "Appraise", ("appraisal",)),
    ("analysis", "Analyse", ("analysis", "snapshots")),
    ("report", "Report", ("report", "exports")),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step as ``components/steps.html`` shows it; no count where nothing waits."""

    label: str
    url: str
    count: int | None
    current: bool


def nav(request):
    """Context processor: ``nav``, counted only when a page asks for it, and ``impact_url``, from
    which a page of an earlier step loads what its open differences do to the results. Partials
    and pages outside a review have neither."""
    seat = getattr(request, "seat", None)
    if seat is None or getattr(request, "htmx", False):
        return {}
    return {
        "nav": lambda: steps(seat, request.path),
        "impact_url": lambda: address(seat, "impact"),
    }


def steps(seat, path):
    """The ``Step`` list for a person at an address of their review."""
    waiting = Counter()
    for lane in workload.waiting(seat):
        waiting[lane.step] += lane.count
    here = path.removeprefix(address(seat, "review-home")).partition("/")[0]
    return [
        Step(label, url, waiting[name] or None, here in parts)
        for name, label, parts in STEPS
        if (url := address(seat, name))
    ]


def address(seat, name):
    """The address of a page of the review, or "" where this person may not open it."""
    return reverse(name, args=[seat.review.pk]) if seat.can(_asked(name)) else ""


@cache
def _asked(name):
    """The capability that a page of a review asks for."""
    return resolve(reverse(name, args=[0])).func.capability
