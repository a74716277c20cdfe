"""Studies and their reports."""

from extraction.models import StudyReport


def problems(review):
    """A report belongs to a study of its own review, and is what its study was made from."""
    links = StudyReport.objects.filter(study__review=review).select_related("study", "report")
    return [
        f"study {link.study_id}: report {link.report_id} belongs to another review"
        for link in links
        if link.report.review_id != review.pk
    ]
