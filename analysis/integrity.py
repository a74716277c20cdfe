"""Every plan and run held against the snapshot, the engine and the ledger it came from."""

from . import replay, runs
from .models import PatientRun, Plan, Run
from .patients.model import NotModelled
from .prespecification import checking


def problems(review):
    """Return one sentence for each plan or run that is not what its witnesses say."""
    return [
        *_plans(review),
        *checking.problems(review),
        *_runs(review),
        *_patient_runs(review),
        *_tabulations(review),
    ]


def _plans(review):
    """A plan is put away, and looks, as the ledger says."""
    retired, looks = _told(review, "plan.retire"), _told(review, "plan.look")
    for plan in Plan.objects.filter(review=review):
        if bool(plan.retired_at) != (plan.pk in retired):
            yield f"plan {plan.pk}: put away or not, the ledger tells otherwise"
        if plan.look != looks.get(plan.pk, {"look": {}})["look"]:
            yield f"plan {plan.pk}: its plot does not look as the ledger wrote down"


def _tabulations(review):
    """A table of patients is defined as the ledger wrote it down last."""
    told = _told(review, "tabulation.create") | _told(review, "tabulation.change")
    for tabulation in review.tabulations.all():
        said = told.get(tabulation.pk)
        if said is None or (said["title"], said["spec"]) != (tabulation.title, tabulation.spec):
            yield f"tabulation {tabulation.pk}: differs from what the ledger wrote down"


def _runs(review):
    """A run's inputs have their hash, and both they and its results come out again."""
    told = {
        data["run"]: data
        for data in review.events.filter(action="plan.run").values_list("data", flat=True)
    }
    rows = Run.objects.filter(plan__review=review).select_related("snapshot").order_by("pk")
    for run in rows:
        name, known = f"run {run.pk}", told.get(run.pk)
        if runs.digest(run.spec, run.inputs) != run.inputs_sha256:
            yield f"{name}: its inputs do not have their sha256"
        if known is None:
            yield f"{name}: the ledger does not know it"
        elif (known["snapshot"], known["inputs"]) != (run.snapshot.sha256, run.inputs_sha256):
            yield f"{name}: the ledger tells of other data"
        yield from (f"{name}: {problem}" for problem in _again(run))


def _patient_runs(review):
    """A model's run comes out again, with the inputs that the ledger knows."""
    told = {
        data["run"]: data
        for data in review.events.filter(action="patient_plan.run").values_list("data", flat=True)
    }
    rows = PatientRun.objects.filter(plan__review=review).select_related("snapshot").order_by("pk")
    for run in rows:
        name, known = f"patient run {run.pk}", told.get(run.pk)
        if known is None:
            yield f"{name}: the ledger does not know it"
        elif (known["snapshot"], known["inputs"]) != (run.snapshot.sha256, run.inputs_sha256):
            yield f"{name}: the ledger tells of other data"
        try:
            wrong = [number.path for number in replay.replay_patients(run) if not number.agrees]
        except (NotModelled, KeyError, TypeError, ValueError) as refusal:
            yield f"{name}: cannot be computed again from {run.snapshot}: {refusal}"
            continue
        if wrong:
            yield f"{name}: its results are not what its inputs come to: {', '.join(wrong[:3])}"


def _again(run):
    """What differs when the run is computed again from its snapshot."""
    try:
        numbers = replay.replay(run)
    except (runs.NotAnalysable, KeyError, TypeError, ValueError) as refusal:
        yield f"cannot be computed again from {run.snapshot}: {refusal}"
        return
    wrong = [number.path for number in numbers if not number.agrees]
    if any(path.startswith("inputs") for path in wrong):
        yield f"its inputs are not what the plan takes from {run.snapshot}"
    elif wrong:
        yield f"its results are not what its inputs come to: {', '.join(wrong[:3])}"


def _told(review, action):
    """``{key of the plan: data}`` of the events of one kind."""
    events = review.events.filter(action=action).values_list("subject", "data")
    return {int(subject.partition(":")[2]): data for subject, data in events}
