"""Studies: what is extracted. Each holds one or more included reports, or cites a source that
did not come through the flow."""

import itertools

from django.db import transaction

from review import ledger
from review.models import IllegalMove, Report, Review, Screening, Stage

from .models import Study, StudyReport


def unadopted(review):
    """Reports included at full text that belong to no study yet."""
    return _included(review).filter(study_link=None).order_by("reference__number")


@transaction.atomic
def adopt(*, report, actor, study=None, key=None):
    """Make an included report a study, or join it to ``study``; returns the study.

    A new study is named by first author and year, with a number where that name is taken.
    Raises ``IllegalMove`` when the report is not included or belongs to a study already.
    """
    report = Report.objects.select_for_update(of=("self",)).select_related("review").get(
        pk=report.pk
    )  # fmt: skip
    review = report.review
    link = StudyReport.objects.filter(report=report).select_related("study").first()
    if link and ledger.already(review=review, actor=actor, key=key):
        return link.study
    if link:
        raise IllegalMove(f"This report belongs to {link.study} already.")
    if not _included(review).filter(pk=report.pk).exists():
        raise IllegalMove("Only a report that is included at full text can be extracted.")
    if study is None:
        study = _new(review, actor, label=_free_label(review, report.reference.byline))
    StudyReport.objects.create(study=study, report=report)
    _tell(study, actor, "study.adopt", key, label=study.label, reference=report.reference.number)
    return study


@transaction.atomic
def separate(*, report, actor, key=None):
    """Take a report out of its study; a study left without report and extraction goes too.

    Raises ``IllegalMove`` when it is the only report of a study that has been extracted or
    appraised.
    """
    link = StudyReport.objects.filter(report=report).select_related("study__review").first()
    if link is None:
        raise IllegalMove("This report belongs to no study.")
    study = Study.objects.select_for_update().get(pk=link.study_id)
    last = study.reports.count() == 1
    if last and (study.entries.exists() or study.assessments.exists()):
        raise IllegalMove(
            f"{study} has been extracted or appraised from this report, its only one. Join another"
            " report to the study first."
        )
    _tell(study, actor, "study.separate", key, label=study.label, removed=last, report=report.pk)
    link.delete()
    if last:
        study.delete()


@transaction.atomic
def add_source(*, review, actor, label, citation, key=None):
    """Add a study that did not come through the flow; it is never counted in the flow."""
    study = _new(Review.objects.get(pk=review.pk), actor, label=label, citation=citation)
    _tell(study, actor, "study.add_source", key, label=label, citation=citation)
    return study


@transaction.atomic
def rename(*, study, actor, label, key=None):
    """Give a study another name."""
    study = Study.objects.select_for_update(of=("self",)).select_related("review").get(pk=study.pk)
    if study.label == label:
        return study
    _check_free(study.review, label)
    before, study.label = study.label, label
    study.save(update_fields=["label"])
    _tell(study, actor, "study.rename", key, label=label, was=before)
    return study


def _included(review):
    return Report.objects.filter(
        review=review,
        reference__screenings__stage=Stage.FULL_TEXT,
        reference__screenings__status=Screening.Status.INCLUDED,
    )


def _new(review, actor, *, label, citation=""):
    Review.objects.select_for_update().get(pk=review.pk)
    _check_free(review, label)
    return Study.objects.create(review=review, label=label, citation=citation, created_by=actor)


def _check_free(review, label):
    if review.studies.filter(label=label).exists():
        raise IllegalMove(f"This review has a study called “{label}” already. Choose another name.")


def _free_label(review, base):
    """``base``, or ``base (2)``, ``base (3)`` and so on: the first that is not taken."""
    Review.objects.select_for_update().get(pk=review.pk)
    base = base[:190]
    taken = set(review.studies.filter(label__startswith=base).values_list("label", flat=True))
    names = itertools.chain([base], (f"{base} ({n})" for n in itertools.count(2)))
    return next(name for name in names if name not in taken)


def _tell(study, actor, action, key, **data):
    ledger.record(
        review=study.review, actor=actor, action=action, subject=f"study:{study.pk}", data=data,
        key=key,
    )  # fmt: skip
