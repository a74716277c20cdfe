"""Duplicates are proposed for a reason a librarian can check, and never by accident."""

import csv
import itertools
import random
import string
import time
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.likeness import compare
from review.matching import Item, clusters, propose
from review.parsers import values
from review.traits import normal_title, traits_of

SHARED = Path(__file__).resolve().parents[2] / "shared" / "reference" / "dedup"

PAPER = Item(
    key=1,
    title="Motor cortex stimulation for the treatment of neuropathic facial pain",
    authors=("van den Berg, Jan", "Müller, Anna"),
    year=2014,
    journal="Journal of Neurosurgery",
    volume="12",
    pages="101-109",
)


def one(other, paper=PAPER):
    proposals = propose([paper, replace(other, key=2)])
    assert len(proposals) <= 1
    return proposals[0] if proposals else None


SAME = {
    "written alike": {},
    "upper case, accents, markup": {
        "title": "MOTOR CORTEX STIMULATION FOR THE TREATMENT OF NEUROPATHIC <i>FACIAL</i> PAIN.",
        "authors": ("VAN DEN BERG J",),
    },
    "initials first": {"authors": ("J. van den Berg", "A. Muller")},
    "journal abbreviated": {"journal": "J. Neurosurg.", "pages": "101-9"},
    "database remarks in the title": {"title": f"{PAPER.title}. [Review] [37 refs]"},
    "typing errors": {"title": PAPER.title.replace("treatment", "treatmnet"), "pages": ""},
    "subtitle left out": {"title": "Motor cortex stimulation for the treatment of neuropathic"},
    "online first": {"volume": "", "pages": "1-9", "year": 2013},
    "only title, author and year": {"journal": "", "volume": "", "pages": ""},
    "only the title": {"journal": "", "volume": "", "pages": "", "authors": (), "year": None},
    "first author missing": {"authors": ()},
    "supplement volume": {"volume": "12 Suppl. 1"},
    "retracted since": {"title": f"RETRACTED: {PAPER.title}"},
}
APART = {
    "another author": {"authors": ("Smith, Kate",), "pages": "", "volume": ""},
    "years later": {"year": 2017},
    "another journal": {"journal": "Stroke", "volume": "", "pages": ""},
    "congress abstract": {"journal": "Stroke", "volume": "3", "pages": "S12"},
    "other volume and page": {"volume": "14", "pages": "33-40"},
    "other page range": {"pages": "33-40", "volume": ""},
    "part two": {"title": f"{PAPER.title}: part 2", "pages": "", "volume": ""},
    "erratum": {"title": f"Erratum: {PAPER.title}"},
    "comment": {"title": f"Comment on: {PAPER.title}", "pages": ""},
    "reply": {"title": f"Reply to {PAPER.title}", "pages": ""},
    "protocol": {"title": f"{PAPER.title}: a protocol", "pages": "", "volume": ""},
    "one word that matters": {
        "title": PAPER.title.replace("treatment", "prevention"),
        "pages": "",
        "volume": "",
    },
}


@pytest.mark.parametrize("how", SAME)
def test_one_paper_written_differently_is_proposed(how):
    assert one(replace(PAPER, **SAME[how]))


@pytest.mark.parametrize("how", APART)
def test_another_paper_is_not(how):
    assert one(replace(PAPER, **APART[how])) is None


@pytest.mark.parametrize(
    "a, b",
    [
        ("Effects of pain: part 1", "Effects of pain: part 2"),
        ("Effects of pain: part I", "Effects of pain: part II"),
        ("Results at 6 months of the pain trial", "Results at 12 months of the pain trial"),
        ("Surgery of facial pain in men over sixty", "Surgery of facial pain in women over sixty"),
        ("Cardiovascular outcomes of hormones", "Noncardiovascular outcomes of hormones"),
    ],
)
def test_titles_that_differ_in_one_telling_word_or_number(a, b):
    paper = replace(PAPER, title=a, volume="", pages="")
    assert one(replace(paper, title=b), paper) is None


def test_the_same_doi_or_pmid_is_the_reason():
    doi = one(replace(PAPER, doi="10.1000/x", pages="", year=2017), replace(PAPER, doi="10.1000/x"))
    assert (doi.reason, doi.score) == ("same DOI 10.1000/x", 1.0)
    pmid = one(replace(PAPER, pmid="77", pages=""), replace(PAPER, pmid="77"))
    assert (pmid.reason, pmid.score) == ("same PMID 77", 1.0)


def test_different_identifiers_count_against():
    assert one(replace(PAPER, doi="10.1/b", pages=""), replace(PAPER, doi="10.1/a")) is None
    printed = one(replace(PAPER, pmid="2"), replace(PAPER, pmid="1"))
    assert printed.score < 0.9
    assert printed.reason.endswith("but another PMID")


def test_one_doi_on_all_abstracts_of_a_congress_joins_only_the_same_abstract():
    titles = [
        "Pain after surgery in children",
        "Sleep and mood in carers",
        "A new scale of fatigue",
    ]
    congress = [
        replace(PAPER, key=key, title=title, doi="10.1000/all", authors=(f"{title[:4]}, A",))
        for key, title in enumerate([*titles, titles[0]])
    ]
    assert [(p.a, p.b) for p in propose(congress)] == [(0, 3)]


def test_versions_of_a_cochrane_review_are_proposed_as_such():
    pub2 = replace(PAPER, doi="10.1002/14651858.cd000001.pub2", pages="CD000001")
    pub3 = replace(pub2, doi="10.1002/14651858.cd000001.pub3", year=2015)
    assert one(pub3, pub2).reason == (
        "same Cochrane review 10.1002/14651858.cd000001, perhaps another version"
    )
    protocol = replace(pub2, doi="10.1002/14651858.cd000001", year=2010)
    assert one(protocol, pub2) is None


def test_the_reason_is_a_sentence_with_what_agrees_and_what_does_not():
    assert one(PAPER).reason == (
        "same title, same year, same first author, same journal, same volume and page"
    )
    typo = one(replace(PAPER, title=PAPER.title.replace("facial", "facal"), year=2015))
    assert typo.reason == (
        "title 99 % alike, same first author, same journal, same volume and page; but another year"
    )


@pytest.mark.parametrize("title", ["Editorial", "Reply", "Book review", ""])
def test_a_title_that_says_nothing_needs_the_page(title):
    plain = Item(1, title, ("Smith, J",), 2001, "Pain", "3")
    assert propose([plain, replace(plain, key=2)]) == []
    placed = replace(plain, pages="44")
    assert bool(propose([placed, replace(placed, key=2)])) == bool(title)


def test_a_record_without_identifier_does_not_join_two_papers():
    first, second = replace(PAPER, doi="10.1/a", pages=""), replace(PAPER, doi="10.1/b", pages="")
    bare = replace(PAPER, pages="")
    items = [replace(item, key=key) for key, item in enumerate([first, second, bare])]
    assert len(propose(items)) == 1


def test_n_records_of_one_paper_make_n_less_one_proposals():
    assert len(propose(replace(PAPER, key=key) for key in range(50))) == 49


WORDS = st.sampled_from("pain facial trial of stimulation cortex 2 II men women erratum".split())
ITEMS = st.builds(
    Item,
    key=st.just(0),
    title=st.lists(WORDS, max_size=7).map(" ".join),
    authors=st.lists(st.sampled_from(["Smith, J", "Smith John", "Lee K"]), max_size=2).map(tuple),
    year=st.sampled_from([None, 2001, 2002]),
    journal=st.sampled_from(["", "Pain", "J Neurosurg", "Journal of Neurosurgery"]),
    volume=st.sampled_from(["", "1", "2"]),
    pages=st.sampled_from(["", "1-9", "12", "CD001234"]),
    doi=st.sampled_from(["", "", "10.1/a", "10.1/b", "10.1002/cd1.pub2"]),
    pmid=st.sampled_from(["", "", "1", "2"]),
)


@given(st.lists(ITEMS, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_records_never_matters(drawn, chance):
    items = [replace(item, key=key) for key, item in enumerate(drawn)]
    proposals = propose(items)
    chance.shuffle(items)
    assert propose(items) == proposals
    assert all(pair.a < pair.b and 0 < pair.score <= 1 for pair in proposals)
    assert len(proposals) <= max(len(items) - 1, 0)
    assert all(len(pair.reason) <= 300 for pair in proposals)


@given(ITEMS, ITEMS)
def test_likeness_has_no_direction(a, b):
    first, second = traits_of(a), traits_of(replace(b, key=1))
    assert compare(first, second) == compare(second, first)


@given(st.lists(ITEMS, min_size=1, max_size=6))
def test_a_record_given_twice_is_not_its_own_duplicate(drawn):
    proposals = propose([*drawn, *drawn])
    assert proposals == []  # they all have key 0


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_clusters_are_what_can_be_reached(pairs):
    groups = clusters(pairs)
    members = sorted(itertools.chain(*groups))
    assert members == sorted({key for pair in pairs for key in pair})
    reach = {key: {key} for key in members}
    for _ in members:
        for a, b in pairs:
            reach[a] |= reach[b]
            reach[b] |= reach[a]
    assert {frozenset(group) for group in groups} == {frozenset(group) for group in reach.values()}


def test_titles_lose_only_what_databases_add():
    assert normal_title("[Das Gehirn]") == normal_title("Das Gehirn")
    assert normal_title("Effect of β-blockers &amp; “x”. [German]") == "effect of beta blockers x"
    assert normal_title("About 10,000 men [Erratum appears in Pain. 2") == "about 10000 men"


MANY = 10_000


def letters(seed, count):
    return "".join(random.Random(seed).choices(string.ascii_lowercase, k=count))


CROWDS = {
    "identical": lambda n: Item(n, "Editorial", ("Smith, J",), 2000, "Pain", "1", "1"),
    "one title": lambda n: Item(n, "Reply", (f"S{n % 99}, J",), 1990 + n % 30, "Pain", str(n % 9)),
    "nothing": lambda n: Item(n),
    "one author and year": lambda n: Item(n, letters(n, 50), ("Wang, L",), 2019),
    "one DOI": lambda n: Item(n, f"Abstract {n} on pain", (letters(n, 14),), 2019, doi="10.1/x"),
    "one page": lambda n: Item(n, letters(n, 50), (letters(n + MANY, 14),), 2019, "P", "1", "1"),
}


@pytest.mark.parametrize("crowd", CROWDS)
def test_ten_thousand_alike_take_no_quadratic_step(crowd):
    items = [CROWDS[crowd](n) for n in range(MANY)]
    started = time.process_time()
    proposals = propose(items)
    assert time.process_time() - started < 20
    assert len(proposals) == (MANY - 1 if crowd == "identical" else 0)


def labelled(name):
    """(items, {key: group}) of a labelled set."""

    def read(part):
        with (SHARED / name / part).open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))

    items = [
        Item(
            key=row["ID"],
            title=row["title"],
            authors=tuple(filter(None, row["author"].split(" and "))),
            year=values.year(row["year"]),
            journal=row["journal"] or row.get("booktitle", ""),
            volume=row["volume"],
            pages=values.pages(row["pages"]),
            doi=values.doi(row.get("doi", "")),
        )
        for row in read("records.csv")
    ]
    return items, {row["ID"]: row for row in read("labels.csv")}


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"no labelled sets at {SHARED}")
@pytest.mark.parametrize(
    "name, least", [("bibdedupe_cytology_screening", 0.992), ("bibdedupe_stroke", 0.993)]
)
def test_labelled_sets_without_identifiers(name, least):
    items, labels = labelled(name)
    groups = defaultdict(set)
    for key, row in labels.items():
        groups[row["group"]].add(key)
    found = 0
    for cluster in clusters((pair.a, pair.b) for pair in propose(items)):
        sizes = Counter(labels[key]["group"] for key in cluster)
        assert len(sizes) == 1, cluster
        found += len(cluster) - 1
    assert found / sum(len(group) - 1 for group in groups.values()) >= least


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"no labelled sets at {SHARED}")
def test_a_labelled_set_with_dois():
    items, labels = labelled("iebh_tafenoquine")
    found = {key for pair in propose(items) for key in (pair.a, pair.b)}
    assert found == {key for key, row in labels.items() if row["is_duplicate"] == "1"}
