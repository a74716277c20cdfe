"""An instrument is accepted only when its shape is right and every name leads somewhere."""

import copy
import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from extraction.instruments.loader import (
    HERE,
    InstrumentProblem,
    canonical,
    catalogue,
    load,
    parse,
    schema,
)
from extraction.instruments.shape import ANNOTATIONS, CHECKS, faults

FILES = sorted((HERE / "data").glob("*.json"))
ROB2 = json.loads((HERE / "data" / "rob2.json").read_text())
PEER = Draft202012Validator({**schema()["$defs"]["instrument"], "$defs": schema()["$defs"]})


def ours(document):
    return not any(faults(document, schema()["$defs"]["instrument"], schema()))


def test_the_tools_that_ship():
    assert {key: tool.status for key, tool in catalogue().items()} == {
        "rob2": "active",
        "robins_i": "active",
        "checklist12": "active",
        "rob2_cluster": "draft",
        "robins_i_v2": "draft",
        "amstar2": "draft",
        "nos_cohort": "draft",
        "quadas2": "draft",
        "robis": "draft",
        "rob2_crossover": "unverified",
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_file_is_pinned_by_the_hash_of_its_canonical_text(path):
    tool = load(path)
    document = json.loads(path.read_text())
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert tool.canonical == text
    assert tool.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert parse(tool.canonical) == tool
    reordered = json.dumps(dict(reversed(document.items())), indent=3)
    assert parse(reordered).sha256 == tool.sha256


def test_an_edit_changes_the_hash():
    edited = copy.deepcopy(ROB2)
    edited["domains"][0]["questions"][0]["text"] += "?"
    assert parse(canonical(edited)).sha256 != catalogue()["rob2"].sha256


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_official_wording_is_carried(path):
    assert all(question.official_text is None for question in load(path).questions.values())


def spots(value, at=()):
    """Every place of a document, as a path of keys and indexes."""
    yield at
    if isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from spots(one, (*at, key))


def parent_of(document, spot):
    for step in spot[:-1]:
        document = document[step]
    return document


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_shape_agrees_with_jsonschema_on_shipped_files(path):
    document = json.loads(path.read_text())
    assert ours(document)
    assert PEER.is_valid(document)


@settings(max_examples=300)
@given(st.data())
def test_shape_agrees_with_jsonschema_on_damaged_files(data):
    document = json.loads(data.draw(st.sampled_from(FILES)).read_text())
    places = [spot for spot in spots(document) if spot]
    for _ in range(data.draw(st.integers(1, 2))):
        spot = data.draw(st.sampled_from(places))
        try:
            holder = parent_of(document, spot)
            value = holder[spot[-1]]
        except (KeyError, IndexError, TypeError):
            continue
        how = data.draw(st.sampled_from(["drop", "add", "replace", "empty"]))
        if how == "drop":
            del holder[spot[-1]]
        elif how == "add" and isinstance(value, dict):
            value["onclick"] = "x"
        elif how == "empty" and isinstance(value, dict | list | str):
            holder[spot[-1]] = type(value)()
        else:
            odd = st.sampled_from([None, 1, 0.5, True, "x" * 700, "#zzz", [], {}, {"always": 1}])
            holder[spot[-1]] = data.draw(odd)
    assert ours(document) == PEER.is_valid(document)


def test_every_keyword_of_the_schema_is_checked():
    names = {"properties", "$defs"}

    def keywords(node, inside=None):
        if isinstance(node, dict):
            for key, value in node.items():
                if inside not in names:
                    yield key
                yield from keywords(value, None if inside in names else key)
        elif isinstance(node, list):
            for value in node:
                yield from keywords(value)

    assert set(keywords(schema())) <= CHECKS.keys() | ANNOTATIONS


def put(spot, value):
    def damage(document):
        parent_of(document, spot)[spot[-1]] = value

    return damage


D1 = ("domains", 0)
RULE = (*D1, "judgement", "rules", 0)
HOSTILE = {
    "no licence": (lambda d: d.pop("licence"), "licence"),
    "an unknown entry": (put((*D1, "onclick"), "alert(1)"), "onclick"),
    "a colour that is code": (
        put(("judgement_scale", 0, "colour", "default"), "red;x:url(//e)"),
        "colour",
    ),
    "a condition as text": (put((*RULE, "when"), "__import__('os')"), "when"),
    "a condition of two forms": (put((*RULE, "when"), {"q": "1.1", "in": ["Y"], "not": {}}), "not"),
    "an id with a tag": (put((*D1, "id"), "<b>"), "id"),
    "a status of its own": (put(("status",), "gold"), "status"),
    "revision zero": (put(("revision",), 0), "revision"),
    "always false": (put((*RULE, "when"), {"always": False}), "always"),
    "a text of great length": (put((*D1, "questions", 0, "text"), "x" * 601), "longer"),
    "a code that no option has": (put((*RULE, "when", "in"), ["X"]), "can never be X"),
    "a question that is not there": (put((*RULE, "when", "q"), "9.9"), "9.9"),
    "a level that is not on the scale": (put((*RULE, "then"), "Awful"), "Awful"),
    "a level outside those left open": (put((*RULE, "admissible"), ["Low"]), "leave open"),
    "routing that looks ahead": (
        put((*D1, "questions", 0, "shown_if"), {"q": "1.2", "in": ["Y"]}),
        "comes later",
    ),
    "routing on itself": (
        put((*D1, "questions", 0, "shown_if"), {"q": "1.1", "in": ["Y"]}),
        "comes later",
    ),
    "routing on a judgement": (
        put((*D1, "questions", 0, "shown_if"), {"domain": "D1", "in": ["Low"]}),
        "domain D1",
    ),
    "two questions of one id": (put((*D1, "questions", 1, "id"), "1.1"), "used 2 times"),
    "two rules of one id": (put((*D1, "judgement", "rules", 1, "id"), "D1.R1"), "used 2 times"),
    "a domain called overall": (put((*D1, "id"), "overall"), "overall"),
    "an option set that is not there": (put((*D1, "questions", 0, "options"), "std9"), "option"),
    "a source that is not listed": (put((*RULE, "cite"), ["S99"]), "S99"),
    "a preliminary choice that is not there": (
        put(("domains", 1, "active_if", "param"), "mood"),
        "mood",
    ),
    "a preliminary choice of the wrong type": (
        put(("domains", 1, "active_if"), {"param": "effect", "contains": "assignment"}),
        "effect",
    ),
    "nothing to choose": (put(("params", 5, "options"), []), "nothing to choose"),
    "a part that is not there": (
        put(("domains", 1, "judgement", "rules", 0, "when"), {"part": "P9", "in": ["High"]}),
        "P9",
    ),
    "a flag that is not there": (put((*RULE, "when"), {"flag": "F"}), "flag F"),
    "a score that is not there": (
        put(("overall", "rules", 0, "when"), {"score": "t", "op": ">=", "n": 1}),
        "score t",
    ),
    "an escalation to nowhere": (put(("overall", "escalations", 0, "to"), "Worse"), "Worse"),
    "an overall algorithm without rules": (lambda d: d["overall"].pop("rules"), "no rules"),
    "a consequence of no level": (put(("consequences",), ["beware"]), "consequence"),
    "certainty without its levels": (put(("kind",), "certainty"), "levels"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_faulty_file_is_refused_and_the_fault_named(what):
    damage, named = HOSTILE[what]
    document = copy.deepcopy(ROB2)
    damage(document)
    with pytest.raises(InstrumentProblem) as refusal:
        parse(json.dumps(document), where="mine.json")
    assert str(refusal.value).startswith("mine.json is not an instrument that can be used")
    assert any(named in problem for problem in refusal.value.problems), refusal.value.problems


def nested(depth):
    condition = {"always": True}
    for _ in range(depth):
        condition = {"not": condition}
    document = copy.deepcopy(ROB2)
    put((*RULE, "when"), condition)(document)
    return json.dumps(document)


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("{", "JSON"),
        (b"\xff\xfe\x00", "JSON"),
        ("[]", "must be object"),
        ('{"id": 1, "id": 2}', "written twice"),
        ('{"id": NaN}', "not a number"),
        (" " * 1_000_001, "larger"),
        ("[" * 50_000, "JSON"),
        (nested(40), "nested"),
    ],
    ids=["cut", "bytes", "a list", "double entry", "NaN", "too large", "bottomless", "deep"],
)
def test_a_file_that_is_no_document_is_refused(source, named):
    with pytest.raises(InstrumentProblem, match=named):
        parse(source)


@pytest.mark.parametrize("lacking", ["domains", "judgement_scale", "overall"])
def test_a_reporting_checklist_is_no_judgement_tool(lacking):
    document = {**copy.deepcopy(ROB2), "kind": "reporting_checklist", "items": []}
    with pytest.raises(InstrumentProblem, match="not a judgement tool"):
        parse(json.dumps(document))
    del document[lacking]
    with pytest.raises(InstrumentProblem, match="no questions to judge by"):
        parse(json.dumps(document))


def test_text_is_kept_as_text():
    document = copy.deepcopy(ROB2)
    written = "<script>alert(1)</script> {{ 7|add:1 }}"
    document["domains"][0]["questions"][0]["text"] = written
    assert parse(json.dumps(document)).questions["1.1"].text == written
