"""Whether a run still says what the approved data say, computed and never stored."""

from dataclasses import dataclass

from extraction.models import Record, Snapshot

from . import datasets, kinds, runs
from .patients import model, modelling, shown

DIGITS = (3, 6)  # as pages print them, and where they look the same
QUICK = {"imputations": 0, "candidates": [], "response": "", "stages": "", "aggregates": None}


@dataclass(frozen=True, slots=True)
class Staleness:
    """How a run stands to the data now.

    ``newest`` is the snapshot that was frozen after the one it read, or None. ``same`` when
    what enters from it is the same; otherwise ``old`` and ``new`` are the results in a line
    each, or ``why`` the newest cannot be analysed. ``reopened`` are the records
    that the run rests on and that are being compared again.
    """

    newest: Snapshot | None
    same: bool
    old: str | None
    new: str | None
    why: str
    reopened: list


def of(run, newest):
    """The ``Staleness`` of a run, or None while it is up to date."""
    reopened = _reopened(run)
    if newest is None or newest.pk == run.snapshot_id:
        return Staleness(None, True, None, None, "", reopened) if reopened else None
    try:
        inputs, results = runs.compute(datasets.content(newest), run.spec)
    except runs.NotAnalysable as refusal:
        return Staleness(newest, False, None, None, str(refusal), reopened)
    if runs.digest(run.spec, inputs) == run.inputs_sha256:
        return Staleness(newest, True, None, None, "", reopened)
    old, new = kinds.of(run.spec).shown.tell(run.spec, [run.results, results])
    return Staleness(newest, False, old, new, "", reopened)


def of_patients(run, newest):
    """The same for a run of a model of patients; its results are the means of complete patients."""
    if newest is None or newest.pk == run.snapshot_id:
        return None
    try:
        if modelling.entered(newest, run.spec) == run.inputs_sha256:
            return Staleness(newest, True, None, None, "", [])
        _, _, results = modelling.compute(newest, run.spec | QUICK)
    except model.NotModelled as refusal:
        return Staleness(newest, False, None, None, str(refusal), [])
    both = [run.results["complete"], results["complete"]]
    for digits in DIGITS:
        old, new = (shown.means(complete, digits) for complete in both)
        if old != new:
            break
    return Staleness(newest, False, old, new, "", [])


def _reopened(run):
    """Records of studies that entered and are being compared again."""
    entered = [row["study"] for row in run.inputs["rows"]]
    records = Record.objects.filter(
        study__in=entered, form=run.spec["form"], status=Record.Status.COMPARING
    )
    return list(records.select_related("study").order_by("study__label", "pk"))
