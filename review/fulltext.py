"""Step 4: full texts are sought, obtained or given up, and kept as PDF with their versions."""

from django.db import transaction
from django.utils import timezone

from . import files, ledger, standing
from .models import IllegalMove, Report, ReportFile, Screening, Stage

Status = Report.Status
SETTLED = (Screening.Status.INCLUDED, Screening.Status.EXCLUDED)


@transaction.atomic
def seek(*, reference):
    """Open the full-text stage of a reference that passed title and abstract, or open it
    again with all it held. Belongs to the door that included it, whose event tells of it."""
    Report.objects.get_or_create(reference=reference, defaults={"review_id": reference.review_id})
    Screening.objects.get_or_create(
        reference=reference, stage=Stage.FULL_TEXT, defaults={"review_id": reference.review_id}
    )
    reconsider(reference=reference)


@transaction.atomic
def reconsider(*, reference):
    """Project the full-text stage anew after title and abstract or the report changed."""
    standing.write(_assessment(reference.pk))


@transaction.atomic
def move(*, report, actor, status, route=""):
    """Say how the search for a full text stands, and by which route.

    Not retrievable sets the record aside and counts it so in the flow; any other status
    brings it back. Raises ``IllegalMove`` when the move is not possible or the record is
    settled already.
    """
    report = _locked(report)
    _check_at_full_text(report)
    assessment = _assessment(report.reference_id)
    if assessment.status in SETTLED:
        raise IllegalMove("This record is settled on its full text. Open it again first.")
    report.move_to(status)
    _save(report, route)
    standing.write(assessment)
    _tell(report, actor, "report.move", route=route)
    return report


@transaction.atomic
def attach(*, report, actor, upload, route=""):
    """Attach a PDF: the first one, or a new version that replaces the one shown.

    Earlier versions are kept. Raises ``files.RefusedFile`` for anything but a PDF and
    ``IllegalMove`` when the record is not at full text.
    """
    report = _locked(report)
    _check_at_full_text(report)
    name = files.check(upload, files.PDF)
    current = current_file(report)
    if current and current.file.sha256 == files.digest(upload):
        raise IllegalMove(f"“{name}” is the PDF shown already, byte for byte.")
    stored = files.store(review=report.review, upload=upload, kind=files.PDF, actor=actor)
    version = ReportFile.objects.create(report=report, file=stored, attached_by=actor)
    if report.status != Status.OBTAINED:
        report.move_to(Status.OBTAINED)
        _save(report, route or report.route)
        standing.write(_assessment(report.reference_id))
    _tell(
        report,
        actor,
        "report.attach",
        file=stored.name,
        sha256=stored.sha256,
        replaces=current.file.sha256 if current else None,
    )
    return version


@transaction.atomic
def withdraw_file(*, version, actor, why):
    """Take a PDF away that does not belong here; it is kept, and the one before is shown.

    Without any other, and while the record is not settled, the full text is sought again.
    """
    report = _locked(version.report)
    version = ReportFile.objects.select_related("file").get(pk=version.pk)
    if version.withdrawn_at:
        raise IllegalMove("This PDF has been withdrawn already.")
    version.withdrawn_at = timezone.now()
    version.save(update_fields=["withdrawn_at"])
    assessment = _assessment(report.reference_id)
    had = report.status == Status.OBTAINED and assessment.status not in SETTLED
    if had and not current_file(report):
        report.move_to(Status.SOUGHT)
        _save(report, report.route)
        standing.write(assessment)
    stored = version.file
    _tell(report, actor, "report.withdraw", file=stored.name, sha256=stored.sha256, why=why)
    return report


def current_file(report):
    """The version shown: the newest that was not withdrawn, or None."""
    return report.files.filter(withdrawn_at=None).select_related("file").first()


def _locked(report):
    rows = Report.objects.select_for_update(of=("self",)).select_related("review")
    return rows.get(pk=report.pk)


def _assessment(reference):
    rows = Screening.objects.select_for_update(of=("self",)).select_related("review", "reference")
    return rows.get(reference=reference, stage=Stage.FULL_TEXT)


def _check_at_full_text(report):
    if not Screening.objects.filter(
        reference=report.reference_id,
        stage=Stage.TITLE_ABSTRACT,
        status=Screening.Status.INCLUDED,
    ).exists():
        raise IllegalMove(
            "This record is not at full text now: it is a duplicate, or title and abstract was"
            " opened again."
        )


def _save(report, route):
    report.route, report.status_at = route, timezone.now()
    report.save(update_fields=["status", "route", "status_at"])


def _tell(report, actor, action, **data):
    ledger.record(
        review=report.review,
        actor=actor,
        action=action,
        subject=f"reference:{report.reference_id}",
        data={"report": report.pk, "status": report.status} | data,
    )
