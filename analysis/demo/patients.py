"""SIMULATED patients of the model review: its nine items as a form, rows of every study.

The patients of the review are not published. These were generated to be shaped like them, and
are marked as simulated wherever they appear.
"""

from django.core.files.base import ContentFile

from analysis.patients import modelling, tabulating
from analysis.prespecification import doors
from extraction import formbuilder
from extraction.participants import entering, printing, published, settling

from . import paper

NAME = "Individual patients (nine items)"
SOURCE = "Simulated for the demo: no real patients. The review did not publish its own."
CAUSES = (
    "Anesthesia dolorosa",
    "Atypical facial pain",
    "Brainstem lesions",
    "Dental avulsion pain",
    "Glossopharyngeal neuralgia",
    "Neuro-fibromatosis type 1",
    "Post-herpetic neuropathic pain",
    "Post-neurosurgical pain",
    "Post-surgical pain",
    "Post-traumatic pain",
    "Symptomatic trigeminal neuralgia",
    "Trigeminal deafferentation pain",
    "Trigeminal neuralgia",
    "Trigeminal neuropathic pain",
    "Idiopathic facial pain",
)


def item(key, label, kind, **more):
    """One column of the participant table."""
    return {"key": key, "label": label, "kind": kind, "level": "participant"} | more


def answers(labels):
    """Answers of a choice, with codes of their own."""
    return [{"code": f"a{n}", "label": label} for n, label in enumerate(labels, 1)]


VAS = {"min": "0", "soft_max": "10", "help": "0 no pain, 10 the worst there is; VAS or NRS."}
SCHEMA = {
    "sections": [
        {
            "title": "Patient",
            "fields": [
                item("age", "Age", "decimal", unit="years", min="0", soft_max="100"),
                item("sex", "Sex", "choice", options=answers(("Male", "Female"))),
                item("cause", "Cause of the pain", "choice", options=answers(CAUSES)),
                item(
                    "group",
                    "Anatomical group",
                    "choice",
                    options=answers([f"Group {n}" for n in range(1, 5)]),
                    help="1 trigeminal neuralgia, 2 peripheral, 3 central, 4 no known cause.",
                ),
                item("duration", "Duration of pain", "decimal", unit="years", min="0"),
            ],
        },
        {
            "title": "Treatment and outcome",
            "fields": [
                item("method", "Method of stimulation", "text"),
                item("trial_phase", "Length of the trial phase", "decimal", unit="days", min="0"),
                item("pre_vas", "VAS before", "decimal", **VAS),
                item("post_vas", "VAS at last follow-up", "decimal", **VAS),
                item("relief", "Pain relief", "percent", soft_min="0", soft_max="100"),
                item("complications", "Complications", "text"),
                item("follow_up", "Follow-up", "decimal", unit="months", min="0"),
            ],
        },
    ],
    "derived": [
        {
            "key": "relief_band",
            "label": "Relief in three levels",
            "kind": "bands",
            "level": "participant",
            "field": "relief",
            "bands": [
                {"from": "70", "label": "70 to 100%"},
                {"from": "40", "label": "40 to 69%"},
                {"from": "", "label": "below 40%"},
            ],
            "to": "100",
        },
        {
            "key": "responder",
            "label": "Responder",
            "kind": "threshold",
            "level": "participant",
            "field": "relief",
            "op": ">",
            "than": "40",
            "yes": "Responder",
            "no": "No responder",
        },
    ],
}
AMENDED = (
    "Of the 140 patients 37 turned out to lack their pain relief, others their age, duration of"
    " pain or VAS. Complete patients alone may not stand for all, so what is missing is imputed"
    " five times, and both results are shown. Decided while the rows were entered, before any data"
    " were frozen."
)
CODES = {
    "sex": {"M": "a1", "F": "a2"},
    "group": {f"G{n}": f"a{n}" for n in range(1, 5)},
}
COLUMNS = {
    "age": "age",
    "sex": "sex",
    "group": "group",
    "duration_years": "duration",
    "pre_vas": "pre_vas",
    "post_vas": "post_vas",
    "relief_pct": "relief",
}
PRINTED = [
    published.Pair("n", "n"),
    published.Pair("count", "male", "sex", "a1"),
    published.Pair("count", "female", "sex", "a2"),
    *(
        published.Pair("mean_sd", key, key)
        for key in ("age", "duration", "pre_vas", "post_vas", "relief")
    ),
]
TABLES = (
    (
        "Study characteristics from the rows (Table 2)",
        {
            "lines": ["study"],
            "variables": [
                {"column": "sex", "show": "counts"},
                *(
                    {"column": key, "show": "rule"}
                    for key in ("age", "duration", "pre_vas", "post_vas", "relief")
                ),
            ],
        },
    ),
    (
        "Efficacy by anatomical group (Table 3)",
        {
            "lines": ["group"],
            "share": True,
            "variables": [
                {"column": "relief", "show": "each"},
                {"column": "responder", "show": "shares"},
            ],
        },
    ),
)


def make_form(review, team, printed):
    """Publish the nine items and what they are held against: ``printed`` is the form of the
    paper's Table 2."""
    form = formbuilder.create(
        review=review, actor=team.lead, name=NAME, scope="flow", schema=SCHEMA,
        purpose="The nine items that the review takes of each patient. Rows are simulated.",
    )  # fmt: skip
    formbuilder.publish(version=form.versions.get(), actor=team.lead)
    printing.set_pairs(form=form, printed=printed, actor=team.lead, pairs=PRINTED)
    return form


def enter_all(review, team, form, found):
    """Load the rows of every study and have them confirmed; define Tables 2 and 3. ``found`` are
    the studies by row number."""
    for row in paper.studies():
        _load(found[row["row"]], form, team, f"S{int(row['row']):02d}")
    for title, spec in TABLES:
        spec = {"form": form.pk, "alpha": "0.05", "share": False, "overrides": {}} | spec
        tabulating.create(review=review, actor=team.lead, title=title, spec=spec)


def plan_groups(review, lead, form):
    """Plan the paper's comparison of the anatomical groups: confounders one by one, who
    responded, and the mean relief in one stage and in two."""
    spec = {
        "form": form.pk, "outcome": "relief", "factor": "group", "covariates": [],
        "candidates": ["age", "sex", "duration", "pre_vas"], "df": "satterthwaite",
        "imputations": 0, "seed": 20181001, "level": 95, "stages": "mean",
        "response": "responder", "responding": {"is": "Responder"},
    }  # fmt: skip
    title = "Pain relief by anatomical group (simulated patients)"
    return modelling.plan(review=review, actor=lead, title=title, spec=spec)


def amend(plan, lead):
    """The one amendment of the review, made when the rows were in and before any result; ``plan``
    asks for it from then on."""
    spec = plan.spec | {"imputations": 5}
    doors.change(plan=plan, actor=lead, spec=spec, reason=AMENDED)
    plan.refresh_from_db()


def _load(study, form, team, name):
    """One study's rows of the file, loaded by one reviewer and confirmed by the other."""
    one, two = team.reviewers
    table = entering.begin(
        study=study, form=form, actor=one, way="data_set", source=SOURCE, simulated=True
    )
    data = (paper.DATA / "SIMULATED_patients.csv").read_bytes()
    entering.keep_file(table=table, upload=ContentFile(data, name="SIMULATED_patients.csv"))
    columns = {
        column: {"field": field, "times": "", "codes": CODES.get(field, {})}
        for column, field in COLUMNS.items()
    }
    only = {"column": "study", "value": name}
    how = {"key": "patient", "columns": columns, "missing": ["NA"], "only": only}
    entering.load(table=table, how=how)
    entering.submit(table=table)
    settling.confirm(record=study.participant_records.get(form=form), actor=two)
