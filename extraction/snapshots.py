"""Step 8: approved data, frozen as canonical JSON with its sha256. Analysis reads nothing else.

The JSON names no person. Everything in it is put in order by Python, because databases sort
text differently and the same data must give the same bytes everywhere.
"""

import hashlib
import json

from django.db import transaction
from django.db.models import Prefetch

from review import ledger
from review.models import IllegalMove, Review

from . import doubts, variables
from . import schema as forms
from .appraisal_content import appraisal_content, instrument_content, settled
from .models import Record, RecordCell, Snapshot, StudyReport
from .participants.content import approved, participants_content

FORMAT = 1
CONTENT = {"records", "appraisals", "participants"}


class Unchanged(IllegalMove):
    """What is approved is what the newest snapshot holds already; ``snapshot`` is that one."""

    def __init__(self, snapshot):
        super().__init__(
            f"Nothing has changed since {snapshot} was frozen, so it stands and no other was made."
        )
        self.snapshot = snapshot


@transaction.atomic
def freeze(*, review, actor, note="", key=None):
    """Freeze all approved data of a review; returns the ``Snapshot``.

    Enters: every approved record, settled appraisal and approved table of participants of a study
    that still belongs to the review. Raises ``IllegalMove`` when no record is approved,
    ``Unchanged`` when the newest snapshot holds the same.
    """
    review = Review.objects.select_for_update().get(pk=review.pk)
    latest = review.snapshots.first()
    if ledger.already(review=review, actor=actor, key=key):
        return latest
    number = latest.number + 1 if latest else 1
    told = contents(review, number)
    content, studies = canonical(told), told["studies"]
    if not any(study["records"] or study.get("participants") for study in studies):
        raise IllegalMove(
            "Nothing is approved yet, so there is nothing to freeze. Approve the comparison of at"
            " least one study first."
        )
    if latest and canonical(told | {"number": latest.number}) == latest.content:
        raise Unchanged(latest)
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    snapshot = Snapshot.objects.create(
        review=review, number=number, content=content, sha256=sha256, studies=len(studies),
        note=note, frozen_by=actor,
    )  # fmt: skip
    ledger.record(
        review=review, actor=actor, action="snapshot.freeze", subject=f"snapshot:{snapshot.pk}",
        data={"number": number, "sha256": sha256, "studies": len(studies), "note": note}, key=key,
    )  # fmt: skip
    return snapshot


def canonical(content):
    """The one way a content is written: sorted keys, no spaces, ASCII."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def contents(review, number):
    """The content of snapshot ``number`` as plain JSON, from the rows as they stand now."""
    studies = review.studies.standing().prefetch_related(
        Prefetch("reports", StudyReport.objects.select_related("report__reference")),
        Prefetch("records", _approved()),
        Prefetch("participant_records", approved()),
        Prefetch("assessments", settled().select_for_update(of=("self",))),
    )
    told = [_study(study) for study in studies]
    entered = [r for s in studies for r in (*s.records.all(), *s.participant_records.all())]
    versions = {record.version_id: record.version for record in entered}
    return {
        "concord": FORMAT,
        "review": {"id": review.pk, "title": review.title},
        "number": number,
        "forms": [form_content(versions[pk]) for pk in sorted(versions)],
        "instruments": instrument_content(one for s in studies for one in s.assessments.all()),
        "studies": sorted(
            (study for study in told if any(map(study.get, CONTENT))),
            key=lambda study: (study["label"], study["id"]),
        ),
    }


def _approved():
    """Approved records, locked so that none is reopened while they are read."""
    records = Record.objects.filter(status=Record.Status.APPROVED).order_by("pk")
    return (
        records.select_for_update(of=("self",))
        .select_related("version__form")
        .prefetch_related(Prefetch("cells", RecordCell.objects.with_readings()), "units")
    )


def form_content(version):
    """A version of a form as a snapshot keeps it."""
    form = version.form
    return {"id": form.pk, "name": form.name, "version": version.number, "schema": version.schema}


def _study(study):
    references = [link.report.reference for link in study.reports.all()]
    references.sort(key=lambda reference: reference.number)
    return {
        "id": study.pk,
        "label": study.label,
        "citation": study.citation or "; ".join(cite(reference) for reference in references),
        "references": [reference.number for reference in references],
        "in_flow": bool(references),
        "records": [_record(record) for record in study.records.all()],
        "appraisals": [appraisal_content(assessment) for assessment in study.assessments.all()],
    } | _participants(study)


def _participants(study):
    """The rows of a study's patients; a study without any is kept as it was before there were."""
    found = [participants_content(record) for record in study.participant_records.all()]
    return {"participants": found} if found else {}


def cite(reference):
    """A reference as one line of a list."""
    source = " ".join(filter(None, (reference.journal, reference.volume)))
    parts = (", ".join(reference.authors), reference.title, source, reference.year)
    return ". ".join(str(part).rstrip(".") for part in parts if part) + "."


def _record(record):
    said = doubts.of_record(record)
    return laid_out(record, [_cell(cell, said.get(cell.path, [])) for cell in record.cells.all()])


def laid_out(record, cells):
    """A record as a snapshot keeps it, with these cells in the order of its form."""
    order = {key: place for place, key in enumerate(forms.fields(record.version.schema))}
    units = sorted(record.units.all(), key=lambda u: (u.kind, u.position, u.pk))
    place = {unit.pk: n for n, unit in enumerate(units, start=1)}
    cells.sort(
        key=lambda c: (order[c["field"]], place.get(c["outcome"], 0), place.get(c["arm"], 0))
    )
    return {
        "id": record.pk,
        "form": record.form_id,
        "version": record.version.number,
        "units": [_unit(unit) for unit in units],
        "cells": cells,
    } | _derived(record, cells)


def _unit(unit):
    told = {"id": unit.pk, "kind": unit.kind, "label": unit.label, "detail": unit.detail}
    return told | ({"arms": [unit.first_arm_id, unit.second_arm_id]} if unit.first_arm_id else {})


def _derived(record, cells):
    """The variables that the form computes; a form without any leaves its records as they are."""
    schema = record.version.schema
    if not schema.get("derived"):
        return {}
    return {"derived": variables.content(schema, cells, forms.ids_by_kind(record.units.all()))}


def _cell(cell, said):
    query = cell.query
    asked = query and {
        "id": query.pk,
        "asked_on": query.asked_on.isoformat(),
        "answered_on": query.answered_on.isoformat(),
    }
    more = {"query": asked, "witness": _witness(cell)}
    return {name: part for name, part in more.items() if part} | {
        "id": cell.pk,
        "field": cell.field,
        "arm": cell.arm_id,
        "outcome": cell.outcome_id,
        "state": cell.state,
        "value": cell.value,
        "note": cell.note,
        "origin": cell.origin,
        "warnings": [
            {
                "rule": doubt.rule,
                "text": doubt.text,
                "reference": doubt.reference,
                "confirmed": doubt.confirmed,
            }
            for doubt in said
        ],
    }


def _witness(cell):
    """Where the value stands: page, boxes on it, and the paper by its sha256. No words, because
    a quote is what a person typed."""
    told = {"page": cell.page, "boxes": cell.anchor.get("boxes")}
    told["file"] = cell.file and cell.file.sha256
    return {name: part for name, part in told.items() if part}
