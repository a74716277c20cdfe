"""Pages of the first pass, and of the harmless differences: who belongs with whom, what is agreed
without asking."""

import uuid

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from review.access import Can, needs
from review.models import IllegalMove

from .. import viewing
from ..comparing.differences import CAN_BE_HARMLESS, WORDS
from ..consensus import building, harmless, skeletons
from ..consensus import structure as doors
from ..models import Record


@needs(Can.SEE_RECORDS)
@require_http_methods(["GET", "POST"])
def structure(request, review, pk):
    """Both skeletons side by side. A POST arranges them anew, or says that this is how it is."""
    record = _record(review, pk)
    view = viewing.of_record(record, request.seat)
    if request.method == "POST":
        return _post(request, record, view)
    approved = record.status == Record.Status.APPROVED
    if approved or not (view.pair or view.third):
        return redirect("record", review.pk, record.pk)
    asked = request.GET.get("by", "")
    asked = int(asked) if asked.isdecimal() and len(asked) < 19 else None
    return _page(request, record, view, skeletons.shown_first(record, request.seat, asked))


@needs(Can.SEE_RECORDS)
@require_POST
def accept(request, review, pk):
    """Accept all harmless differences of one kind at once."""
    record = _record(review, pk)
    view = viewing.of_record(record, request.seat)
    _check_part(view)
    kind = request.POST.get("kind", "")
    if kind not in CAN_BE_HARMLESS:
        raise IllegalMove("Choose which harmless differences you accept.")
    closed, given = harmless.accept(
        record=record, person=request.user, kind=kind, key=request.POST.get("key") or None
    )
    words = f"{closed} of {given} closed as {WORDS[kind]}."
    if closed < given:
        words += " In the others your own reading is the one to stand: the other accepts it too."
    messages.success(request, words)
    return redirect("record-compare" if view.pair else "record-settle", review.pk, record.pk)


@needs(Can.MANAGE)
@require_POST
def set_rule(request, review):
    """Which kinds of harmless difference are agreed without asking the two."""
    rule = harmless.set_rule(
        review=review,
        actor=request.user,
        kinds=request.POST.getlist("kinds"),
        key=request.POST.get("key") or None,
    )
    kinds = ", ".join(WORDS[kind] for kind in rule.kinds)
    messages.success(request, f"Agreed without asking: {kinds or 'nothing'}.")
    return redirect("consensus", review.pk)


def rule_choices(review):
    """``(kind, words, whether it is agreed)`` of every kind that can be harmless."""
    agreed = harmless.kinds_of(review)
    return [(str(kind), WORDS[kind], kind in agreed) for kind in CAN_BE_HARMLESS]


def _record(review, pk):
    records = Record.objects.filter(study__review=review)
    return get_object_or_404(records.select_related("study__review", "form", "version"), pk=pk)


def _check_part(view):
    if not (view.pair or view.third):
        raise IllegalMove("Only the two who extracted this study, or a third person, decide here.")


def _post(request, record, view):
    _check_part(view)
    verb, _, row = request.POST.get("do", "").partition(":")
    said = {"record": record, "person": request.user, "note": request.POST.get("note", "")[:10_000]}
    said["key"] = request.POST.get("key") or None
    if verb == "third":
        doors.leave(**said)
        messages.success(request, "Left to the third person.")
        return redirect("consensus", record.study.review_id)
    groups = skeletons.arranged(view, _chosen(request), _split(row) if verb == "split" else None)
    if verb == "confirm":
        record = doors.confirm(groups=groups, **said)
        return _after(request, record, view)
    if verb not in ("arrange", "split"):
        raise IllegalMove("This could not be read. Load the page again.")
    return _page(request, record, view, groups)


def _after(request, record, view):
    """On to the values, or back to the page while the other has to confirm it too."""
    if building.is_open(record):
        messages.success(request, "Kept. It stands when the other confirms the same.")
        return redirect("record-structure", record.study.review_id, record.pk)
    messages.success(request, "Confirmed. The values were put beside each other accordingly.")
    page = "record-compare" if view.pair else "record-settle"
    return redirect(page, record.study.review_id, record.pk)


def _chosen(request):
    """``{unit id: number of its row or None}`` out of the fields ``unit-<id>``."""
    chosen = {}
    for name, row in request.POST.items():
        unit = name.removeprefix("unit-")
        if unit != name and unit.isdecimal():
            chosen[int(unit)] = int(row) if row.isdecimal() and len(row) < 6 else None
    return chosen


def _split(row):
    kind, _, number = row.partition("-")
    return kind, int(number) if number.isdecimal() and len(number) < 6 else None


def _page(request, record, view, groups):
    context = {
        "review": record.study.review,
        "record": record,
        "view": view,
        "skeleton": skeletons.lay_out(record, request.seat, view, groups),
        "said": skeletons.spoken(record, request.seat, view, groups),
        "certain": record.proposal.get("certain", True),
        "is_open": building.is_open(record),
        "key": uuid.uuid4().hex,
    }
    return render(request, "extraction/structure.html", context)
