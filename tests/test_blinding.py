"""While a second judgement is open, nobody finds a trace of the first: not its words, not its
verdict, not its moment, on no page, partial, file or refusal.

Two worlds are built that differ in nothing but what the first reviewer says. Everything
another person can open must then be the same, byte for byte, in both.
"""

import random
import re
from dataclasses import dataclass
from urllib.parse import unquote

import pytest
from django.urls import reverse

from analysis.demo import appraisals
from extraction import appraise, extract
from extraction.extract import Typed
from extraction.models import Assessment, Entry
from extraction.participants import entering
from review import screening
from review.models import Screening, Stage, StoredFile

from . import crawling
from .access_matrix import everything
from .factories import join
from .world import ask_authors, at, rolled_back, standing, turn_about
from .world_objects import OBJECTS

pytestmark = pytest.mark.django_db
# Every one on one database; on the other the one who has most to gain.
OTHERS = ["r", *(pytest.param(letter, marks=pytest.mark.once) for letter in "OASV")]
NAMES = ("Anna Berg", "Marco Silva", "Tomas Novak")  # two reviewers and the arbiter
Status = Screening.Status


@dataclass(frozen=True, slots=True)
class Secret:
    """What the first reviewer says of all that is open. Words, number and moment occur nowhere
    else; ``signs`` are the forms in which they could be read."""

    verdict: str
    word: str
    number: str
    code: str
    moment: str
    year: str

    @property
    def signs(self):
        return self.word, self.number, self.year


ONE = Secret("include", "quokkamoss", "4137.25", "Y", "2031-03-07 04:17+00:00", "2031")
TWO = Secret("exclude", "zanderflint", "8264.75", "N", "2032-10-21 16:45+00:00", "2032")


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with standing(django_db_blocker) as world:
        yield world


def speak(world, secret):
    """Everything one person can say alone: votes, an entry sent in and one begun, appraisals."""
    with at(secret.moment):
        vote(world, secret)
        extract_alone(world, secret)
        appraise_alone(world, secret)
        enter_participants_alone(world, secret)


def vote(world, secret):
    """A new vote at each stage, and an old one changed."""
    said = {"reviewer": world.people["R"], "verdict": secret.verdict, "note": secret.word}
    for stage in Stage:
        item = world.review.screenings.filter(
            stage=stage, status=Status.WAITING, votes_in=0
        ).first()
        screening.cast_vote(screening=item, seconds=4137, **said, **why(world, stage, secret))
    item = OBJECTS["half"](world.review).first()
    screening.change_vote(screening=item, **said, **why(world, Stage.TITLE_ABSTRACT, secret))


def why(world, stage, secret):
    if secret.verdict != "exclude":
        return {}
    return {"reason": world.review.exclusion_reasons.filter(stage=stage)[1]}


def extract_alone(world, secret):
    """Cells, quotes and names of arms in a half-done entry; then one that is submitted."""
    mine = Entry.objects.filter(study__review=world.review, extractor=world.people["R"])
    draft = mine.get(study__reports=None)
    extract.save_cell(entry=draft, **reading("country", secret.word, secret))
    entry = mine.get(status="draft", study__reports__isnull=False)
    arms = list(entry.units.filter(kind="arm"))
    extract.rename_unit(unit=arms[0], label=f"{secret.word} arm", detail="treatment")
    extract.add_unit(entry=entry, kind="outcome", label=f"{secret.word} scale")
    cells = [reading("country", secret.word, secret)]
    for arm in arms:
        cells.append(reading("intervention", secret.word, secret, arm=arm.pk))
        cells.append(reading("randomised", "31", secret, arm=arm.pk))
        for outcome in entry.units.filter(kind="outcome"):
            place = {"arm": arm.pk, "outcome": outcome.pk}
            cells.append(reading("analysed", "30", secret, **place))
            cells.append(reading("score", f"{secret.number} (2.1)", secret, **place))
    extract.save_cells(entry=entry, cells=[Typed(**cell) for cell in cells])
    for one in (draft, entry):
        ask_authors(one, secret.word, secret.moment[:10])
    extract.submit(entry=entry)


def enter_participants_alone(world, secret):
    """A row of a patient, from a page of the paper, sent in."""
    mine = world.people["R"].participant_tables.filter(study__review=world.review, status="draft")
    table = entering.describe(table=mine.get(), source=secret.word, simulated=False)
    row = (None, secret.word, {"note": secret.word, "duration": secret.number})
    entering.save_rows(table=table, typed=[row])
    entering.submit(table=table)


def reading(field, given, secret, **place):
    anchor = {"page": 1, "boxes": [[0.1, 0.1, 0.2, 0.2]], "quote": secret.word}
    file = StoredFile.objects.filter(kind="pdf").first()
    witness = {"quote": secret.word, "note": secret.word, "page": 1, "file": file, "anchor": anchor}
    return {"field": field, "given": given} | witness | place


def appraise_alone(world, secret):
    """One appraisal begun, with its reasons and quotes, and one submitted."""
    given = appraise.Given(secret.code, reason=secret.word, quote=secret.word)
    plans = Assessment.objects.filter(study__review=world.review, status="open")
    begun = plans.get(appraisals__appraiser=world.people["R"])
    appraise.answer_all(appraisal=begun.appraisals.get(), mapping={"1.1": given})
    plan = plans.get(appraisals=None)
    mine = appraise.begin(assessment=plan, appraiser=world.people["R"])
    rng = random.Random(secret.word)
    answers = appraisals.illustrative(plan, rng) | {"1.1": given}
    appraise.answer_all(appraisal=mine, mapping=answers)
    appraise.submit(appraisal=mine)


def look(world, letter, **how):
    """Everything a person can open now, and a search for one of the words."""
    world.clients[letter].cookies.pop("messages", None)
    search = reverse("references", args=[world.review.pk]) + f"?q={ONE.word}"
    starts = [reverse("my-work"), search, *everything(world, "get")]
    within = f"/reviews/{world.review.pk}/"
    return crawling.crawl(world.clients[letter], starts, within=within, **how)


@pytest.fixture(scope="module")
def seen(world):
    """``seen(letter, secret)``: what a person finds after the secret was said, asked once."""
    kept = {}

    def find(letter, secret, **how):
        key = letter, secret.word, *how
        if key not in kept:
            with rolled_back():
                speak(world, secret)
                if secret is TWO:
                    turn_about()
                kept[key] = look(world, letter, **how)
        return kept[key]

    return find


# A hash, a token, a fraction of a second and the key of a row may hold any digits, those of a
# secret moment among them; PostgreSQL's keys run into the thousands.
CHANCE = re.compile(
    r"\b[0-9a-f]{12,64}\b|\b[0-9A-Za-z]{64}\b|\.[0-9]{6}(?=[+Z-])"
    r'|(?:[/#]|value="|-)[0-9]+(?=[/"#?])'
)


def unchanced(text):
    return CHANCE.sub("", crawling.KEY.sub("", text))


def traces(answers, secret):
    """Where something of a secret can be read, without the pages that repeat what is sent. Links
    are read decoded: in one, a space before 31 is written %20."""
    found = []
    for url, answer in answers.items():
        text = unquote(answer.text)
        if signs := [sign for sign in secret.signs if sign in text and f"q={sign}" not in url]:
            text = unchanced(text)
            found += [f"{url} shows {sign}" for sign in signs if sign in text]
    return found


def test_chance_digits_are_no_trace_and_a_moment_is():
    key = "610156c9-2031-47c6-97c4-ba091d6857be"
    for text in ("/cells/2031/", 'id="cell-2031"', "T14:01:38.732031+00:00", 'value="2031"', key):
        assert "2031" not in unchanced(text)
    for text in ('datetime="2031-03-07T04:17:00+00:00"', "7 March 2031, 04:17", "quokkamoss, 2031"):
        assert "2031" in unchanced(text)


@pytest.mark.parametrize("letter", OTHERS)
def test_nobody_else_finds_a_word_a_number_or_a_moment(seen, letter):
    for secret in (ONE, TWO):
        assert not traces(seen(letter, secret), secret)


@pytest.mark.once
def test_not_even_who_holds_every_role_finds_a_trace(world):
    """A lead who also screens has every right, and no more to see of an open judgement."""
    join(world.review, world.people["r"], "owner", "arbiter", "statistician", "observer")
    found = []
    for secret in (ONE, TWO):
        with rolled_back():
            speak(world, secret)
            found.append(look(world, "r"))
        assert not traces(found[-1], secret)
    assert not different(*found)


@pytest.mark.once
def test_no_partial_tells_more_than_its_page(seen):
    assert not traces(seen("r", ONE, htmx=True), ONE)


@pytest.mark.parametrize("letter", OTHERS)
def test_every_page_is_the_same_whatever_was_said(seen, letter):
    assert not different(seen(letter, ONE), seen(letter, TWO))


def different(one, two):
    """The addresses that do not answer the same in both worlds."""
    both = {url: (one.get(url), two.get(url)) for url in one.keys() | two.keys()}
    return [url for url, (here, there) in both.items() if not alike(here, there)]


def alike(here, there):
    if here is None or there is None or here.status != there.status:
        return False
    return crawling.settled(here.text) == crawling.settled(there.text)


@pytest.mark.parametrize("letter", OTHERS)
def test_no_page_breaks(seen, letter):
    """A crawl that met refusals only would find no trace either."""
    answers = seen(letter, ONE)
    assert not [url for url, answer in answers.items() if answer.status >= 500]
    assert sum(answer.status == 200 for answer in answers.values()) > 40


@pytest.mark.once
def test_its_author_finds_all_of_it(seen):
    """So that the tests above can fail: what was said is there, for the one who said it."""
    text = "".join(answer.text for answer in seen("R", ONE).values())
    for sign in ONE.signs:
        assert sign in text
    assert not traces(seen("R", ONE), TWO)


ANYTHING = {
    "verdict": "include", "why": "because", "choice": "first", "label": "x", "kind": "arm",
    "given": "1", "path": "design||", "state": "value", "status": "requested", "item": "1.1",
    "code": "Y",
}  # fmt: skip


def refusals(world, secret):
    """What the other reviewer is answered who sends anything to every address that takes it."""
    answers = {}
    with rolled_back(), crawling.counted_once():
        speak(world, secret)
        for url in everything(world, "post", "r"):
            with rolled_back():
                sent = world.clients["r"].post(url, ANYTHING, follow=False)
                answers[url] = crawling.read(sent, url)
    return answers


def test_no_refusal_tells_what_was_said(world):
    """An error that depends on the other's verdict would be the verdict."""
    one, two = refusals(world, ONE), refusals(world, TWO)
    assert not traces(one, ONE)
    assert {answer.status for answer in one.values()} >= {302, 404, 409, 422}
    assert not different(one, two)


def page(world, letter, name, *keys):
    return crawling.ask(world.clients[letter], reverse(name, args=[world.review.pk, *keys])).text


class TestOnceItMayBeSeen:
    """The same words do appear when the rules say so."""

    def second_vote(self, world):
        item = world.review.screenings.filter(votes__note=ONE.word, stage="title_abstract").first()
        screening.cast_vote(
            screening=item, reviewer=world.people["r"], verdict="include", note="so be it"
        )
        return item.reference_id

    def test_votes_once_both_have_voted(self, world):
        speak(world, ONE)
        key = self.second_vote(world)
        for letter in "OrAV":
            text = page(world, letter, "reference", key)
            assert ONE.word in text, letter
            assert "Anna Berg" in text, letter
            assert ONE.year in text, letter

    def test_or_only_once_the_stage_is_done(self, world):
        world.review.reveal = "stage_done"
        world.review.save(update_fields=["reveal"])
        speak(world, ONE)
        key = self.second_vote(world)
        for letter in "rV":
            assert ONE.word not in page(world, letter, "reference", key)

    def test_a_conflict_to_the_third_person_without_names(self, world):
        world.people["R"].votes.filter(screening__status=Status.CONFLICT).update(note=ONE.word)
        text = page(world, "A", "conflicts")
        assert ONE.word in text
        assert not [name for name in NAMES[:2] if name in text]
        world.review.arbiter_sees_names = True
        world.review.save(update_fields=["arbiter_sees_names"])
        assert "Anna Berg" in page(world, "A", "conflicts")

    def test_and_to_nobody_else(self, world):
        item = world.review.screenings.filter(status=Status.CONFLICT).first()
        item.votes.filter(reviewer=world.people["R"]).update(note=ONE.word)
        for letter in "rV":
            assert ONE.word not in page(world, letter, "reference", item.reference_id)

    def test_readings_to_the_two_once_both_are_sent_in(self, world):
        speak(world, ONE)
        mine = Entry.objects.filter(extractor=world.people["R"], units__label__contains=ONE.word)
        study = mine.first().study
        record = extracted_again(world, study)
        assert ONE.word in page(world, "r", "record-structure", record.pk)
        query = mine.first().queries.get()
        assert f"{ONE.word}.txt" in page(world, "r", "query", query.pk)
        assert ONE.word in page(world, "r", "query-letter", query.pk)
        for letter in "OA":
            assert ONE.word in page(world, letter, "query", query.pk)
            assert f"{ONE.word}.txt" not in page(world, letter, "query", query.pk)
            assert ONE.word not in page(world, letter, "query-letter", query.pk)
        for letter in "SV":
            assert ONE.word not in page(world, letter, "record", record.pk)
            leads = f'href="{reverse("consensus", args=[world.review.pk])}"'
            assert (leads in page(world, letter, "record", record.pk)) == (letter == "V")
        for letter in "OA":
            assert not [n for n in NAMES[:2] if n in page(world, letter, "record", record.pk)]


@pytest.mark.once
def test_a_statistician_reads_no_name_of_those_who_judged(seen):
    text = "".join(answer.text for answer in seen("S", ONE).values())
    assert not [name for name in NAMES if name in text]


def extracted_again(world, study):
    """The second reviewer's entry of a study, sent in; returns the record it opens."""
    form = world.review.extraction_forms.first()
    entry = extract.begin(study=study, form=form, actor=world.people["r"])
    for kind, label in (("arm", "CBT-I"), ("outcome", "Insomnia severity")):
        extract.add_unit(entry=entry, kind=kind, label=label)
    arm, outcome = entry.units.get(kind="arm"), entry.units.get(kind="outcome")
    cells = [
        reading("design", "crossover", TWO),
        reading("intervention", "x", TWO, arm=arm.pk),
        reading("randomised", "31", TWO, arm=arm.pk),
        reading("analysed", "30", TWO, arm=arm.pk, outcome=outcome.pk),
        reading("score", "9 (2)", TWO, arm=arm.pk, outcome=outcome.pk),
    ]
    extract.save_cells(entry=entry, cells=[Typed(**cell) for cell in cells])
    extract.submit(entry=entry)
    return study.records.get()
