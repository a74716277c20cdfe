"""The spreadsheet of everything that a person may take away of a review."""

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from extraction import appraisal_viewing, snapshots
from review.access import Can

from .. import flowchart
from . import (
    appraisals,
    citations,
    extraction,
    letters,
    models,
    networks,
    participants,
    results,
    workbook,
)


def write(target, seat, tick=lambda done: None):
    """Write the spreadsheet of ``seat``'s review, as ``seat`` may see it, to a path or file.
    ``tick`` is told now and then how many references are done."""
    workbook.write(target, sheets(seat, tick), heading(seat))


def sheets(seat, tick):
    """All its sheets. References and decisions are not for those who see approved data only."""
    content = _approved(seat)
    found, _ = flowchart.counts(seat.review)
    return [
        *(citations.sheets(seat, tick) if seat.can(Can.SEE_RECORDS) else []),
        *extraction.sheets(seat, content),
        *([letters.sheet(seat)] if seat.can(Can.SEE_RECORDS) else []),
        *participants.sheets(seat.review, content),
        *appraisals.sheets(content),
        results.plan_sheet(seat.review),
        *results.sheets(seat),
        networks.sheet(seat),
        *models.sheets(seat),
        *([results.flow_sheet(found)] if flowchart.shown(seat) else []),
    ]


def heading(seat):
    """What the first sheet says above the list of columns."""
    roles = ", ".join(sorted(role.label.lower() for role in seat.roles))
    now = date_format(timezone.localtime(), "j F Y")
    told = [
        f"{seat.review}",
        f"Made by Concord on {now} for: {roles}.",
        "It holds what these roles may see: decisions and readings that are still open to them"
        " are left out.",
    ]
    if not seat.can(Can.SEE_RECORDS):
        told.append("References and decisions are not part of it: this role sees approved data.")
    if not flowchart.shown(seat):
        told.append("PRISMA counts come once the whole stage is settled: the protocol says so.")
    return told


@transaction.atomic
def _approved(seat):
    """Approved data as they stand now, in the shape of a snapshot; without appraisals whose
    outcome the protocol still keeps from ``seat``."""
    content = snapshots.contents(seat.review, 0)
    if not appraisal_viewing.outcome_shown(seat):
        for study in content["studies"]:
            study["appraisals"] = []
    return content
