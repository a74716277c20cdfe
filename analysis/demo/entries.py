"""Two extractions of every table row, compared, settled and approved."""

import random

from extraction import adjudication, extract, formbuilder, studies
from extraction.extract import Typed
from extraction.models import CellState, Opinion, RecordCell

from . import forms, paper, votes

SEED = 140
DISAGREE = 0.04
COLUMNS = {
    "type": "article_type",
    "n": "n",
    "age": "mean_age_years",
    "diagnoses": "diagnoses",
    "duration": "mean_duration_of_pain_years",
    "pre_vas": "mean_preoperative_vas",
    "post_vas": "mean_vas_at_last_follow_up",
    "follow_up": "mean_period_of_follow_up_months",
    "relief": "mean_pain_relief_after_imcs_pct",
    "significant": "cases_with_significant_pain_control_pct",
    "neurological": "complications_neurological_pct",
    "other": "complications_other_pct",
}
# Which cell a remark on a row is about, where it is not the pain relief.
REMARK_AT = {"6": "diagnoses", "8": "type", "16": "post_vas", "18": "neurological", "21": "type"}
TABLE_1, TABLE_2, TABLE_3 = (
    "Quality as printed (Table 1)",
    "Study characteristics (Table 2)",
    "Efficacy by diagnosis (Table 3)",
)


def make_forms(review, lead):
    """Publish the three forms; return them by name."""
    made = {}
    for name, scope, schema in (
        (TABLE_2, "flow", forms.TABLE_2),
        (TABLE_3, "sources", forms.TABLE_3),
        (TABLE_1, "flow", forms.TABLE_1),
    ):
        form = formbuilder.create(review=review, actor=lead, name=name, scope=scope, schema=schema)
        formbuilder.publish(version=form.versions.get(), actor=lead)
        made[name] = form
    return made


def adopt_studies(review, lead):
    """Make every included report a study named as in Table 1; return ``{row number: study}``."""
    by_title = {votes.records.title_of(row): row for row in paper.studies()}
    found = {}
    for report in studies.unadopted(review).select_related("reference"):
        row = by_title[report.reference.title]
        study = studies.adopt(report=report, actor=lead)
        studies.rename(study=study, actor=lead, label=row["authors_from_table1"])
        study.refresh_from_db()
        found[row["row"]] = study
    return found


def extract_all(review, team, made, found):
    """Enter, compare and approve Tables 1 and 2 study by study, and Table 3 as a source."""
    rng = random.Random(SEED)
    quality = paper.quality()
    for row in paper.studies():
        study = found[row["row"]]
        pdf = study.reports.get().report.files.first().file
        _both(study, made[TABLE_2], team, rng, _row_cells(row, pdf))
        _both(study, made[TABLE_1], team, rng, _quality_cells(quality[row["ref"]]))
    source = studies.add_source(
        review=review, actor=team.lead, label="Henssen 2020, Table 3", citation=paper.CITATION
    )
    _both(source, made[TABLE_3], team, rng, _cause_cells(), [r[CAUSE] for r in paper.diagnoses()])


def _row_cells(row, pdf):
    """The cells of one row of Table 2 with the line of its page as the quote."""
    male, female = row["sex_m_f"].split("/")
    cells = [("male", male, "sex_m_f", ""), ("female", female, "sex_m_f", "")]
    remark_at = REMARK_AT.get(row["row"], "relief")
    for key, column in COLUMNS.items():
        note = row["notes"] if key == remark_at else ""
        cells.append((key, row[column], column, note))
    return [
        _typed(key, text, note, quote=f"{votes.PRINTED[column]}: {row[column]}", page=1, file=pdf)
        for key, text, column, note in cells
    ]


def _quality_cells(row):
    # Here a minus is a mark, not one of the paper's dashes.
    cells = [Typed(key, row[key].replace("−", "-")) for key in forms.CRITERIA]
    cells.append(_typed("score", row["score"], row["notes"]))
    return [*cells, _typed("band", row["quality"], "")]


CAUSE = "cause_of_orofacial_pain"
CAUSE_COLUMNS = {
    "group": "anatomical_functional_classification",
    "described": "number_of_patients_described",
    "missing": "number_of_patients_with_missing_data",
    "share": "percentage_of_all_patients",
    "median": "median_pain_reduction_pct",
    "range": "range",
}


def _cause_cells():
    """The cells of Table 3 as ``(cause, Typed)`` pairs."""
    cells = []
    for row in paper.diagnoses():
        spread = paper.printed(row["standard_deviation"])
        mean = row["mean_pain_reduction_pct"]
        reduction = f"{mean} {spread}" if spread else mean
        cells.append((row[CAUSE], _typed("reduction", reduction, row["notes"])))
        for key, column in CAUSE_COLUMNS.items():
            cells.append((row[CAUSE], _typed(key, row[column], "")))
    return cells


def _typed(key, text, note, **witness):
    """A cell as an extractor types it; one of the paper's dashes is *not reported*."""
    given = paper.printed(text)
    if given is None:
        return Typed(key, state=CellState.NOT_REPORTED, note=note, **witness)
    return Typed(key, given, note=note, **witness)


def _both(study, form, team, rng, cells, causes=()):
    """Two entries of the same cells, a few of which the second extractor misreads."""
    for extractor in team.reviewers:
        entry = extract.begin(study=study, form=form, actor=extractor)
        units = {
            cause: extract.add_unit(entry=entry, kind="outcome", label=cause).pk for cause in causes
        }
        mine = _placed(cells, units)
        if extractor == team.reviewer2:
            mine = [_misread(cell, rng) for cell in mine]
        extract.save_cells(entry=entry, cells=mine)
        _confirm_as_printed(entry)
        extract.submit(entry=entry)
    record = study.records.get(form=form)
    _settle(record, team, rng)
    adjudication.approve(record=record, actor=team.arbiter)


def _placed(cells, units):
    if not units:
        return cells
    return [
        Typed(
            typed.field,
            typed.given,
            outcome=units[cause],
            state=typed.state,
            note=typed.note,
        )
        for cause, typed in cells
    ]


def _misread(typed, rng):
    """The same cell with two digits of its number exchanged, now and then."""
    digits = [place for place, sign in enumerate(str(typed.given)) if sign.isdigit()]
    if rng.random() >= DISAGREE or len(digits) < 2 or typed.field in ("type", "group", "range"):
        return typed
    text = list(typed.given)
    one, two = digits[0], digits[1]
    if text[one] == text[two] or text[two] == "0":
        return typed
    text[one], text[two] = text[two], text[one]
    return Typed(
        typed.field, "".join(text), outcome=typed.outcome, note=typed.note,
        quote=typed.quote, page=typed.page, file=typed.file,
    )  # fmt: skip


def _confirm_as_printed(entry):
    """Answer what the checks say of this entry's cells: the paper prints it so."""
    for path, doubts in extract.doubts.of_entry(entry).items():
        for doubt in doubts:
            extract.confirm(entry=entry, path=path, text=doubt.text)


def _settle(record, team, rng):
    """Of the cells that differ, some are conceded and the rest go to the third person."""
    for cell in record.cells.exclude(status=RecordCell.Status.CLOSED).order_by("pk"):
        choices = Opinion.Choice
        if rng.random() < 0.5:
            adjudication.give_opinion(
                cell=cell, person=team.reviewer2, choice=choices.FIRST, note="Misread."
            )
            continue
        adjudication.give_opinion(cell=cell, person=team.reviewer1, choice=choices.ESCALATED)
        adjudication.rule(cell=cell, arbiter=team.arbiter, choice=choices.FIRST)
