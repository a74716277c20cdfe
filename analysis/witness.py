"""The way from a number of a run back to the approved cell that it was read from."""

from dataclasses import dataclass

from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Source:
    """One number of a row: its name, the number, and the id of its approved cell."""

    name: str
    number: float
    cell: int


def witness_url(run, study):
    """Where a study's numbers of this run came from; "" while the run is not kept."""
    return reverse("run-study", args=[run.plan.review_id, run.pk, study]) if run.pk else ""
