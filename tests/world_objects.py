"""The rows of a review that a URL may name, by kind."""

from django.db.models import QuerySet

from analysis.models import PatientRun, Run
from analysis.pairwise.scripts import SCRIPTS
from extraction import checks, variables
from extraction.models import (
    Appraisal,
    Assessment,
    AuthorQuery,
    Entry,
    FormVersion,
    ParticipantDifference,
    ParticipantRecord,
    ParticipantTable,
    Record,
    RecordCell,
    Unit,
)
from extraction.schema import fields
from review.models import ReportFile, Screening, Stage

Status = Screening.Status


def screenings(review, stage, **wanted):
    return review.screenings.filter(stage=stage, **wanted).order_by("pk")


def half(review, stage):
    """Records the first reviewer has voted on and the other has not."""
    return screenings(review, stage, status=Status.WAITING, votes__reviewer__username="reviewer1")


def versions(review):
    return FormVersion.objects.filter(form__review=review)


def in_draft(review, parts):
    """Pairs of a draft of a form and each of its ``parts``."""
    return [
        (v.pk, part) for v in versions(review).filter(status="draft") for part in parts(v.schema)
    ]


def entries(rows, path):
    """The first reviewer's come first, and of those what is still open."""
    return rows.order_by(f"{path}extractor__username", f"{path}status", "pk")


def assessments(review):
    return Assessment.objects.filter(study__review=review)


def appraisals(review):
    rows = Appraisal.objects.filter(assessment__study__review=review)
    return rows.order_by("appraiser__username", "status", "pk")


def records(review):
    return Record.objects.filter(study__review=review)


# The answers of ``access_matrix`` are those of the first of each kind.
OBJECTS = {
    "search": lambda review: review.searches.all(),
    "membership": lambda review: review.memberships.filter(role="owner"),
    "invitation": lambda review: review.invitations.filter(accepted_at=None),
    "batch": lambda review: review.batches.all(),
    "open-pair": lambda review: review.duplicate_pairs.filter(status="proposed"),
    "merged-pair": lambda review: review.duplicate_pairs.filter(status="merged"),
    "job": lambda review: review.jobs.exclude(kind="export"),
    "export": lambda review: review.jobs.filter(kind="export"),
    "new": lambda review: screenings(review, Stage.TITLE_ABSTRACT, votes_in=0),
    "half": lambda review: half(review, Stage.TITLE_ABSTRACT),
    "settled": lambda review: screenings(review, Stage.TITLE_ABSTRACT, status="excluded"),
    "conflict": lambda review: screenings(review, Stage.TITLE_ABSTRACT, status="conflict"),
    "to-judge": lambda review: screenings(review, Stage.FULL_TEXT, status="waiting"),
    "report": lambda review: review.reports.all(),
    "report-file": lambda review: ReportFile.objects.filter(report__review=review),
    "file": lambda review: review.files.all(),
    "pdf": lambda review: review.files.filter(kind="pdf"),
    "reference": lambda review: review.references.all(),
    "form": lambda review: review.extraction_forms.all(),
    "version": versions,
    "form-file": lambda review: [(version.pk, "json") for version in versions(review)],
    "draft": lambda review: versions(review).filter(status="draft"),
    "section": lambda review: in_draft(review, lambda schema: range(len(schema["sections"]))),
    "field": lambda review: in_draft(review, fields),
    "rule": lambda review: in_draft(review, lambda schema: checks.RULES),
    "computed": lambda review: in_draft(review, lambda schema: variables.defined(schema)),
    "computing": lambda review: in_draft(review, lambda schema: variables.KINDS),
    "check": lambda review: in_draft(review, lambda schema: range(len(schema["checks"]))),
    "study": lambda review: review.studies.all(),
    "study-form": lambda review: [
        (study.pk, form.pk)
        for study in review.studies.all()
        for form in review.extraction_forms.all()
    ],
    "entry": lambda review: entries(Entry.objects.filter(study__review=review), ""),
    "unit": lambda review: entries(Unit.objects.filter(entry__study__review=review), "entry__"),
    "query": lambda review: entries(
        AuthorQuery.objects.filter(entry__study__review=review), "entry__"
    ),
    "record": lambda review: records(review).filter(cells__status="escalated").distinct(),
    "approved": lambda review: records(review).filter(status="approved"),
    "cell": lambda review: RecordCell.objects.filter(record__study__review=review).order_by(
        "-status"
    ),
    "p-table": lambda review: ParticipantTable.objects.filter(study__review=review).order_by(
        "extractor__username", "status", "pk"
    ),
    "p-record": lambda review: ParticipantRecord.objects.filter(study__review=review).order_by(
        "status"
    ),
    "p-differs": lambda review: ParticipantDifference.objects.filter(record__study__review=review),
    "form-pair": lambda review: [
        (form.pk, other.pk)
        for form in review.extraction_forms.order_by("-pk")
        for other in review.extraction_forms.all()
    ],
    "instrument": lambda review: review.instruments.all(),
    "assessment": lambda review: assessments(review).order_by("-status", "-pk"),
    "comparing": lambda review: assessments(review).filter(status="comparing").order_by("pk"),
    "to-rule": lambda review: assessments(review).filter(final_answers__escalated=True).distinct(),
    "appraisal": appraisals,
    "snapshot": lambda review: review.snapshots.all(),
    "plan": lambda review: review.plans.all(),
    "patient-plan": lambda review: review.patient_plans.all(),
    "freezing": lambda review: review.freezings.all(),
    "patient-run": lambda review: PatientRun.objects.filter(plan__review=review),
    "patient-figure": lambda review: [
        (run.pk, "means", "svg") for run in PatientRun.objects.filter(plan__review=review)
    ],
    "patient-script": lambda review: [
        (run.pk, kind)
        for run in PatientRun.objects.filter(plan__review=review)
        for kind in ("R", "py", "csv")
    ],
    "tabulation": lambda review: review.tabulations.all(),
    "run": lambda review: Run.objects.filter(plan__review=review),
    "run-figure": lambda review: [
        (run.pk, *drawn)
        for run in Run.objects.filter(plan__review=review)
        for drawn in (("forest", "svg"), ("funnel", "pdf"))
    ],
    "run-curve": lambda review: [
        (run.pk, kind) for run in Run.objects.filter(plan__review=review) for kind in ("svg", "csv")
    ],
    "run-assumed": lambda review: [
        (run.pk, "participants", "svg") for run in Run.objects.filter(plan__review=review)
    ],
    "run-script": lambda review: [
        (run.pk, kind) for run in Run.objects.filter(plan__review=review) for kind in SCRIPTS
    ],
    "run-study": lambda review: [
        (run.pk, row["study"])
        for run in Run.objects.filter(plan__review=review)
        for row in run.inputs["rows"]
    ],
}


def objects(kind, review):
    """All that a URL of a kind may name in a review, each as the arguments after the review's."""
    if kind == "-":
        return [()]
    if kind.startswith("="):
        return [tuple(kind[1:].split("/"))]
    rows = OBJECTS[kind](review)
    if isinstance(rows, QuerySet):  # what the order named leaves open, a database may turn about
        rows = rows.order_by(*(rows.query.order_by or rows.model._meta.ordering), "pk")
    return [row if isinstance(row, tuple) else (row.pk,) for row in rows]
