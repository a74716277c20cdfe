"""The model review from its protocol to its forest plot."""

from django.core.files.base import ContentFile

from analysis import runs
from analysis.pairwise import variants
from analysis.patients import modelling
from analysis.prespecification import doors
from extraction import snapshots
from review import dedup, imports, setup

from . import appraisals, entries, patients, people, records, votes

TITLE = "Motor cortex stimulation for chronic neuropathic orofacial pain"
SEARCHED_ON = "2018-10-15"
PROTOCOL = {
    "title": TITLE,
    "population": "People with chronic neuropathic orofacial pain",
    "intervention": "Invasive (implanted) motor cortex stimulation",
    "comparator": "None, sham or other treatment",
    "outcomes": "Pain relief in per cent, VAS or NRS; responders (relief above 40 %);"
    " complications",
    "study_designs": "Any original study in humans",
    "languages": "English, Dutch, German",
}
INCLUDE = (
    "Treatment characteristics are given",
    "Patient characteristics are given",
    "Pain characteristics are given",
    "Published in English, Dutch or German",
)
EXCLUDE = ("Not in humans", "Not original research")
HIGHLIGHTS = {
    "p": ["orofacial", "facial pain", "trigeminal", "neuralgia", "post-stroke"],
    "i": ["motor cortex stimulation", "cortical stimulation"],
    "o": ["pain fell", "relief", "VAS"],
    "ex": ["in rats", "narrative review", "study protocol"],
}


def build(lead):
    """Build the whole review through the doors; return it."""
    review = setup.create_review(actor=lead, **PROTOCOL)
    team = people.gather(review, lead)
    write_rules(review, lead)
    forms = entries.make_forms(review, lead)
    nine_items = patients.make_form(review, team, forms[entries.TABLE_2])
    plans = plan(review, lead, forms[entries.TABLE_2])
    groups = patients.plan_groups(review, lead, nine_items)
    doors.freeze(review=review, actor=lead)
    import_all(review, lead)
    votes.screen(review, team)
    found = entries.adopt_studies(review, lead)
    entries.extract_all(review, team, forms, found)
    appraisals.appraise_all(review, team, found)
    patients.enter_all(review, team, nine_items, found)
    patients.amend(groups, lead)
    snapshot = snapshots.freeze(review=review, actor=lead, note="Tables 1 to 3 as printed")
    analyse(snapshot, lead, plans)
    modelling.run(plan=groups, snapshot=snapshot, actor=lead)
    return review


def write_rules(review, lead):
    """Criteria, ordered reasons and highlighted words."""
    setup.set_criteria(review=review, actor=lead, include=INCLUDE, exclude=EXCLUDE)
    for stage, texts in (
        ("title_abstract", votes.TITLE_ABSTRACT_REASONS),
        ("full_text", votes.FULL_TEXT_REASONS),
    ):
        setup.set_reasons(review=review, actor=lead, stage=stage, texts=list(texts))
    setup.set_highlights(review=review, actor=lead, terms=HIGHLIGHTS)


def import_all(review, lead):
    """One search and one file for each source."""
    for source, name, content in records.files():
        search = setup.add_search(
            review=review,
            actor=lead,
            source=source,
            kind="database",
            searched_on=SEARCHED_ON,
            query=records.QUERY,
            note="Which source found which record is generated for the demo.",
        )
        batch = imports.preview(
            review=review, actor=lead, search=search, upload=ContentFile(content, name=name)
        )
        imports.accept(batch=batch, actor=lead)
    # Generated titles repeat one another; they are different records all the same.
    dedup.look_for_duplicates(review=review, actor=lead)
    for pair in review.duplicate_pairs.all():
        dedup.keep_apart(pair=pair, actor=lead)


def plan(review, lead, form):
    """Plan the mean pain relief by two estimators; return the plans, the main one first."""
    return [
        runs.create_plan(
            review=review,
            actor=lead,
            title=title,
            spec={
                "measure": "MN",
                "form": form.pk,
                "fields": {"m": "relief", "n": "n"},
                "arms": {},
                "outcome": "",
                "method": method,
                "test": "z",
                "level": 95,
            },
        )
        for method, title in (
            ("REML", "Mean pain relief (REML)"),
            ("DL", "Mean pain relief (DerSimonian and Laird)"),
        )
    ]


def analyse(snapshot, lead, plans):
    """Run what was planned; then, having seen it, the interval that nobody had planned."""
    for one in plans:
        runs.run(plan=one, snapshot=snapshot, actor=lead)
    variants.keep(
        plan=plans[0],
        snapshot=snapshot,
        spec=plans[0].spec | {"test": "knha"},
        title="Exploratory: mean pain relief (REML, Knapp and Hartung)",
        actor=lead,
    )
