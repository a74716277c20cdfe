"""*Try it*: a small invented review with open work of every kind for each login."""

import random

from django.core.files.base import ContentFile

from analysis import runs
from extraction import (
    adjudication,
    appraisal_settling,
    appraise,
    extract,
    formbuilder,
    snapshots,
    studies,
)
from extraction.extract import Typed
from extraction.models import Opinion, UnitKind
from review import dedup, fulltext, imports, screening, setup
from review.models import Report, Stage, Verdict

from . import appraisals, people
from .pages import pdf

TITLE = "Try it: sleep training in chronic pain"
PROTOCOL = {
    "title": TITLE,
    "population": "Adults with pain for three months or longer",
    "intervention": "Cognitive behavioural therapy for insomnia (CBT-I)",
    "comparator": "Usual care, waiting list or sleep education",
    "outcomes": "Insomnia severity; pain intensity",
    "study_designs": "Randomised trials",
    "languages": "Any",
}
REASONS = ("Not adults", "No chronic pain", "Not CBT-I", "Not randomised")
HIGHLIGHTS = {
    "p": ["chronic pain", "back pain", "fibromyalgia", "osteoarthritis"],
    "i": ["CBT-I", "sleep restriction", "sleep training"],
    "o": ["insomnia severity", "pain intensity"],
    "in": ["randomly assigned", "randomised"],
    "ex": ["children", "mice"],
}
TITLES = (
    "Internet-delivered sleep training in adults with chronic low back pain",
    "Sleep restriction therapy added to physiotherapy for knee osteoarthritis",
    "Bright light in the morning for fibromyalgia",
    "Nurse-led group treatment of insomnia in a pain clinic",
    "Mindfulness and CBT-I for cancer survivors with pain",
    "Predictors of response to insomnia treatment in migraine",
    "Effect of mattress firmness on sleep and neck pain",
    "CBT-I by telephone in veterans with chronic pain",
    "Brief CBT-I in rheumatoid arthritis",
    "Sleep and pain in mice",
    "Group CBT-I for temporomandibular pain",
    "CBT-I against sleep education in fibromyalgia",
    "Stepped care for insomnia in chronic pain",
    "Digital CBT-I in older adults with joint pain",
)
FAMILIES = ("Marchetti", "Abara", "Nowicka", "Horvat", "Idowu", "Strand", "Kovalenko")
# Places in TITLES by what has happened to the record.
NEW, SECOND_FOR_2, SECOND_FOR_1, CONFLICT, TO_JUDGE, JUDGED_BY_1, TO_FIND = 2, 5, 6, 4, 0, 1, 3
EXCLUDED, STUDIES = 9, (7, 8, 10, 11, 12)
SCORES = {
    7: (("11.2", "4.1", 48), ("14.0", "4.6", 47)),
    8: (("9.8", "3.9", 31), ("13.1", "5.0", 30)),
    10: (("12.4", "5.2", 22), ("13.9", "4.8", 24)),
    11: (("10.6", "4.4", 60), ("13.2", "4.9", 58)),
}


def build(lead):
    """Build the review through the doors; return it."""
    review = setup.create_review(actor=lead, **PROTOCOL)
    team = people.gather(review, lead)
    _rules(review, lead)
    _import(review, lead)
    items = _screen(review, team)
    found = _full_texts(review, team, items)
    form = _form(review, lead)
    trials = _extract(team, form, found)
    _appraise(review, team, trials)
    _plan(review, lead, form)
    return review


def _rules(review, lead):
    setup.set_criteria(
        review=review,
        actor=lead,
        include=["Adults with chronic pain", "CBT-I with two components or more"],
        exclude=["Not randomised"],
    )
    for stage in Stage:
        setup.set_reasons(review=review, actor=lead, stage=stage, texts=list(REASONS))
    setup.set_highlights(review=review, actor=lead, terms=HIGHLIGHTS)


def _import(review, lead):
    """Two searches; the last two records of the second are in the first as well."""
    records = [_ris(place, title) for place, title in enumerate(TITLES)]
    again = [_ris(place, TITLES[place].upper()) for place in (2, 6)]
    for source, name, content in (
        ("MEDLINE", "medline.ris", records[:8]),
        ("Embase", "embase.ris", records[8:] + again),
    ):
        search = setup.add_search(
            review=review,
            actor=lead,
            source=source,
            kind="database",
            searched_on="2026-09-02",
            query="insomnia AND pain AND (CBT-I OR sleep training)",
        )
        upload = ContentFile("".join(content).encode(), name=name)
        batch = imports.preview(review=review, actor=lead, search=search, upload=upload)
        imports.accept(batch=batch, actor=lead)
    dedup.look_for_duplicates(review=review, actor=lead)


def _ris(place, title):
    author = FAMILIES[place % len(FAMILIES)]
    return "\n".join(
        [
            "TY  - JOUR",
            f"TI  - {title} (synthetic record)",
            f"AU  - {author}, {'ABC'[place % 3]}",
            f"PY  - {2015 + place % 8}",
            "JF  - Journal of Invented Sleep Medicine",
            f"DO  - 10.5555/invented.{place}",
            "AB  - BACKGROUND: Poor sleep is common in chronic pain. METHODS: Adults were randomly"
            f" assigned to CBT-I or sleep education; {40 + 7 * place} took part."
            " RESULTS: Insomnia severity fell; pain intensity changed little."
            " CONCLUSIONS: Sleep training may help people with chronic pain.",
            "ER  - ",
            "",
            "",
        ]
    )


def _screen(review, team):
    """Votes at title and abstract; return the screenings by place in TITLES."""
    rows = review.screenings.filter(stage=Stage.TITLE_ABSTRACT).select_related("reference")
    items = list(rows.order_by("reference__number"))
    one, two = team.reviewers
    reasons = list(review.exclusion_reasons.filter(stage=Stage.TITLE_ABSTRACT))

    def vote(place, person, verdict, note=""):
        reason = reasons[3] if verdict == Verdict.EXCLUDE else None
        screening.cast_vote(
            screening=items[place], reviewer=person, verdict=verdict, reason=reason, note=note
        )

    vote(SECOND_FOR_2, one, Verdict.INCLUDE)
    vote(SECOND_FOR_1, two, Verdict.EXCLUDE, note="No treatment of sleep.")
    vote(CONFLICT, one, Verdict.INCLUDE, note="The CBT-I arm counts.")
    vote(CONFLICT, two, Verdict.EXCLUDE)
    for person in team.reviewers:
        vote(EXCLUDED, person, Verdict.EXCLUDE)
        for place in (TO_JUDGE, JUDGED_BY_1, TO_FIND, 13, *STUDIES):
            vote(place, person, Verdict.INCLUDE)
    return items


def _full_texts(review, team, items):
    """Full texts to judge, to find and in conflict; return the included reports by place."""
    found = {}
    for place in (TO_JUDGE, JUDGED_BY_1, 13, *STUDIES):
        report = Report.objects.get(reference=items[place].reference)
        upload = ContentFile(_page(place), name=f"trial-{place}.pdf")
        fulltext.attach(report=report, actor=team.lead, upload=upload, route="Demo")
        found[place] = report
    judged = {item.reference_id: item for item in review.screenings.filter(stage=Stage.FULL_TEXT)}
    reason = review.exclusion_reasons.filter(stage=Stage.FULL_TEXT).first()

    def vote(place, person, verdict, reason=None):
        screening.cast_vote(
            screening=judged[items[place].reference_id],
            reviewer=person,
            verdict=verdict,
            reason=reason,
        )

    vote(JUDGED_BY_1, team.reviewer1, Verdict.INCLUDE)
    vote(13, team.reviewer1, Verdict.INCLUDE)
    vote(13, team.reviewer2, Verdict.EXCLUDE, reason)
    for place in STUDIES:
        for person in team.reviewers:
            vote(place, person, Verdict.INCLUDE)
    return {place: found[place] for place in STUDIES}


def _page(place):
    lines = ["Invented for the demo of Concord.", f"DOI 10.5555/invented.{place}", ""]
    if place in SCORES:
        for arm, (mean, sd, n) in zip(("CBT-I", "Sleep education"), SCORES[place], strict=True):
            lines.append(f"{arm}: insomnia severity at eight weeks {mean} (SD {sd}), n = {n}.")
    return pdf(f"{TITLES[place]} (synthetic record)", lines)


def _form(review, lead):
    starter = formbuilder.STARTERS["two_arm_trial"]
    form = formbuilder.create(
        review=review,
        actor=lead,
        name=starter["title"],
        purpose=starter["purpose"],
        schema=starter["schema"],
    )
    formbuilder.publish(version=form.versions.get(), actor=lead)
    return form


def _extract(team, form, found):
    """One study half entered, one to compare, one to settle, one to approve, one approved."""
    half, compare, escalated, to_approve, approved = STUDIES[-1], 10, 11, 8, 7
    trial = {
        place: studies.adopt(report=report, actor=team.lead) for place, report in found.items()
    }
    _enter(trial[half], form, team.reviewer1, None, found[half])
    for place in (compare, escalated, to_approve, approved):
        for person in team.reviewers:
            slip = person == team.reviewer2 and place in (compare, escalated)
            _enter(trial[place], form, person, SCORES[place], found[place], slip=slip)
    record = trial[escalated].records.get()
    cell = record.cells.filter(status="open").first()
    adjudication.give_opinion(
        cell=cell, person=team.reviewer1, choice=Opinion.Choice.ESCALATED, note="SD or SE?"
    )
    adjudication.approve(record=trial[approved].records.get(), actor=team.arbiter)
    return trial


def _enter(study, form, person, scores, report, *, slip=False):
    """One entry; without ``scores`` it stays half done. A slip types an SE for the SD."""
    entry = extract.begin(study=study, form=form, actor=person)
    arms = [
        extract.add_unit(entry=entry, kind=UnitKind.ARM, label=label, detail=role)
        for label, role in (("CBT-I", "treatment"), ("Sleep education", "control"))
    ]
    outcome = extract.add_unit(
        entry=entry, kind=UnitKind.OUTCOME, label="Insomnia severity", detail="8 weeks"
    )
    cells = [Typed("design", "parallel_groups", quote="randomly assigned", page=1)]
    for arm, given in zip(arms, scores or (), strict=False):
        cells += _arm_cells(arm, outcome, given, report, slip and arm is arms[0])
    extract.save_cells(entry=entry, cells=cells)
    if scores:
        extract.submit(entry=entry)


def _arm_cells(arm, outcome, given, report, slip):
    mean, sd, n = given
    typed_sd = f"{float(sd) / n**0.5:.1f}" if slip else sd
    witness = {
        "quote": f"{arm.label}: insomnia severity at eight weeks {mean} (SD {sd}), n = {n}.",
        "page": 1,
        "file": report.files.first().file,
    }
    return [
        Typed("intervention", arm.label, arm=arm.pk, **witness),
        Typed("randomised", str(n), arm=arm.pk, **witness),
        Typed("analysed", str(n), arm=arm.pk, outcome=outcome.pk, **witness),
        Typed("score", f"{mean} ({typed_sd})", arm=arm.pk, outcome=outcome.pk, **witness),
        Typed("events", state="not_reported", arm=arm.pk, outcome=outcome.pk),
    ]


def _appraise(review, team, trial):
    """RoB 2: one study untouched, one begun, one to talk over, one with the third person."""
    untouched, begun, talked, ruled = 12, 7, 10, 11
    instrument = appraise.choose_instrument(
        review=review, actor=team.lead, key="rob2", params={"effect": "assignment"}
    )
    planned = appraise.plan(
        instrument=instrument,
        studies=[trial[place] for place in (untouched, begun, talked, ruled)],
        actor=team.lead,
        result="Insomnia severity at eight weeks",
    )
    by_study = {one.study_id: one for one in planned}
    rng = random.Random(2)
    first = appraise.begin(assessment=by_study[trial[begun].pk], appraiser=team.reviewer1)
    appraise.answer_all(appraisal=first, mapping={"1.1": "Y", "1.2": "PY"})
    for place in (talked, ruled):
        assessment = by_study[trial[place].pk]
        given = appraisals.illustrative(assessment, rng)
        for person in team.reviewers:
            mine = given if person == team.reviewer1 else given | {"1.1": appraise.Given("NI")}
            appraisal = appraise.begin(assessment=assessment, appraiser=person)
            appraise.answer_all(appraisal=appraisal, mapping=mine)
            appraise.submit(appraisal=appraisal)
    appraisal_settling.escalate(assessment=by_study[trial[ruled].pk], person=team.reviewer1)


def _plan(review, lead, form):
    """Freeze what is approved and plan an analysis that waits for a second study."""
    snapshots.freeze(review=review, actor=lead, note="First approved study")
    runs.create_plan(
        review=review,
        actor=lead,
        title="Insomnia severity at eight weeks",
        spec={
            "measure": "MD",
            "form": form.pk,
            "fields": {"m": "score", "n": "analysed"},
            "arms": {"1": "treatment", "2": "control"},
            "outcome": "Insomnia severity, 8 weeks",
            "method": "REML",
            "test": "knha",
            "level": 95,
        },
    )
