"""Votes of two reviewers on the model review, with a fixed seed of disagreements."""

import random

from django.core.files.base import ContentFile

from review import fulltext, screening
from review.models import Report, Stage, Verdict

from . import paper, records
from .pages import pdf

SEED = 2020
TITLE_ABSTRACT_REASONS = (
    "Not motor cortex stimulation",
    "Not chronic neuropathic orofacial pain",
    "Not in humans",
    "Not original research",
)
FULL_TEXT_REASONS = (
    "Treatment characteristics not described",
    "Patient characteristics not described",
    "Pain characteristics not described",
    "Not in English, Dutch or German",
    "Same patients as another report",
)
REASON_OF = {"animal": 2, "review": 3, "protocol": 3, "other": 0}
NOT_RETRIEVABLE_EVERY = 17
DISAGREE = 0.08


def screen(review, team):
    """Titles and abstracts, then full texts, to the end: 23 reports stay."""
    rng = random.Random(SEED)
    stage = review.screenings.filter(stage=Stage.TITLE_ABSTRACT)
    for item in stage.select_related("reference").order_by("reference__number"):
        kind = records.kind_of(item.reference.title)
        right = Verdict.INCLUDE if kind in ("included", "near") else Verdict.EXCLUDE
        _judge(item, team, rng, right, REASON_OF.get(kind, 0))
    rows = {records.title_of(row): row for row in paper.studies()}
    judged = review.screenings.filter(stage=Stage.FULL_TEXT).select_related("reference__report")
    for place, item in enumerate(judged.order_by("reference__number")):
        row = rows.get(item.reference.title)
        report = item.reference.report
        if row is None and place % NOT_RETRIEVABLE_EVERY == 0:
            fulltext.move(
                report=report,
                actor=team.lead,
                status=Report.Status.NOT_RETRIEVABLE,
                route="Not held by any library (synthetic record)",
            )
            continue
        _obtain(report, row, team)
        right = Verdict.INCLUDE if row else Verdict.EXCLUDE
        _judge(item, team, rng, right, rng.randrange(len(FULL_TEXT_REASONS)))


def printed_lines(row):
    """What the page of a study prints: its row of Table 2, label by label."""
    return [f"{label}: {row[column]}" for column, label in PRINTED.items()]


PRINTED = {
    "article_type": "Article type",
    "n": "Patients (N)",
    "sex_m_f": "Sex (M/F)",
    "mean_age_years": "Mean age (years)",
    "diagnoses": "Diagnoses (codes of the table)",
    "mean_duration_of_pain_years": "Mean duration of pain (years)",
    "mean_preoperative_vas": "Mean preoperative VAS",
    "mean_vas_at_last_follow_up": "Mean VAS at last follow-up",
    "mean_period_of_follow_up_months": "Mean period of follow-up (months)",
    "mean_pain_relief_after_imcs_pct": "Mean pain relief (%)",
    "cases_with_significant_pain_control_pct": "Cases with significant pain control (%)",
    "complications_neurological_pct": "Neurological complications (%)",
    "complications_other_pct": "Other complications (%)",
}


def _obtain(report, row, team):
    if row is None:
        title, lines = report.reference.title, ["This page belongs to a synthetic record."]
    else:
        title = f"{row['authors_from_table1']} (reference {row['ref']} of the model review)"
        lines = [
            "Made for the demo; not the paper itself. Its row of Table 2 as printed in",
            paper.CITATION,
            "",
            *printed_lines(row),
        ]
    upload = ContentFile(pdf(title, lines), name=f"record-{report.reference.number}.pdf")
    fulltext.attach(report=report, actor=team.lead, upload=upload, route="Demo")


def _judge(item, team, rng, right, reason):
    """Both vote; with a fixed chance one errs, and the arbiter settles it rightly."""
    reasons = list(item.review.exclusion_reasons.filter(stage=item.stage, retired=False))
    wrong = Verdict.EXCLUDE if right == Verdict.INCLUDE else Verdict.INCLUDE
    errs = rng.choice(team.reviewers) if rng.random() < DISAGREE else None
    if item.stage == Stage.TITLE_ABSTRACT and errs and right == Verdict.EXCLUDE:
        wrong = rng.choice((Verdict.INCLUDE, Verdict.MAYBE))
    for reviewer in rng.sample(team.reviewers, 2):
        verdict = wrong if reviewer == errs else right
        given = reasons[reason] if verdict == Verdict.EXCLUDE else None
        screening.cast_vote(
            screening=item,
            reviewer=reviewer,
            verdict=verdict,
            reason=given,
            seconds=rng.randint(5, 40),
        )
    item.refresh_from_db()
    if item.status == item.Status.CONFLICT:
        screening.rule(
            screening=item,
            arbiter=team.arbiter,
            verdict=right,
            reason=reasons[reason] if right == Verdict.EXCLUDE else None,
        )
