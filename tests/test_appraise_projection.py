"""What two appraisals come to, on random answers to every tool of the catalogue."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction import appraisal_consensus as consensus
from extraction import judging
from extraction.appraisal_consensus import Decision, Origin, Status
from extraction.instruments import catalogue
from extraction.instruments.model import OVERALL
from extraction.judging import PROPOSED, Said
from review.consensus import State

ONE, TWO, THIRD = 1, 2, 3
TOOLS = sorted(catalogue())


def codes(tool, result, item):
    """What can be said of an item now."""
    kind, name = judging.parts(item)
    if kind == judging.FLAG:
        return [judging.TICKED, judging.NOT_TICKED]
    if kind == judging.JUDGEMENT:
        judged = result.overall if name == OVERALL else result.domain(name)
        return list(judged.admissible) or [level.code for level in tool.scale]
    if kind == judging.PARAM:
        options = next(param.options for param in tool.params if param.id == name)
    else:
        options = tool.questions[name].options
    return [option.code for option in options if not option.undecided]


def complete(tool, said, choose):
    """Answer whatever is missing, one by one, as one person would."""
    said = dict(said)
    while True:
        result = judging.judge(tool, {}, said)
        missing = judging.missing(tool, result)
        if not missing:
            return said
        item = missing[0][0]
        said[item] = Said(choose(codes(tool, result, item)))


def two_voices(tool, random):
    """Two complete appraisals, half of the time alike but for a few answers."""
    one = complete(tool, {}, random.choice)
    if random.random() < 0.5:
        return one, complete(tool, {}, random.choice)
    kept = random.sample(sorted(one), max(0, len(one) - 3))
    return one, complete(tool, {item: one[item] for item in kept}, random.choice)


def decide(tool, now, voices, decisions, random):
    """Have one open item conceded, answered or ruled."""
    item = random.choice([one for one in now.items.values() if one.status == Status.OPEN])
    said = Said(random.choice(codes(tool, now.result, item.item)))
    conflict = item.state is State.CONFLICT
    if conflict and random.random() < 0.5:
        silence = judging.NOT_TICKED if item.item.startswith(judging.FLAG) else PROPOSED
        said = voices[TWO].get(item.item, Said(silence))
        decisions[item.item] = Decision(Origin.CONCEDED, ONE, said)
    elif not conflict and random.random() < 0.5:
        for person in item.silent:
            voices[person][item.item] = said
    else:
        decisions[item.item] = Decision(Origin.RULED, THIRD, said)


def told(now):
    return {
        item: (one.said.code, one.status, one.origin, one.differs)
        for item, one in now.items.items()
    }


@pytest.mark.once
@pytest.mark.parametrize("key", TOOLS)
@settings(max_examples=15)
@given(random=st.randoms(use_true_random=False))
def test_every_pair_can_be_settled_and_then_nothing_is_missing(key, random):
    tool, decisions = catalogue()[key], {}
    voices = dict(zip((ONE, TWO), two_voices(tool, random), strict=True))
    for _ in range(200):
        now = consensus.project(tool, {}, voices, decisions, 2)
        if now.status == "settled":
            break
        decide(tool, now, voices, decisions, random)
    assert now.status == "settled"
    assert judging.missing(tool, now.result) == [] and now.result.complete
    assert {one.status for one in now.items.values()} <= {Status.CLOSED, Status.UNUSED}
    turned = consensus.project(tool, {}, dict(reversed(voices.items())), decisions, 2)
    assert told(turned) == told(now)


@pytest.mark.parametrize("key", TOOLS)
@settings(max_examples=10)
@given(random=st.randoms(use_true_random=False))
def test_the_same_answers_twice_are_settled_as_one_person_would_judge(key, random):
    tool = catalogue()[key]
    said = complete(tool, {}, random.choice)
    both = consensus.project(tool, {}, {ONE: said, TWO: said}, {}, 2)
    alone = consensus.project(tool, {}, {ONE: said}, {}, 1)
    assert both.status == alone.status == "settled"
    frozen = judging.frozen(judging.judge(tool, {}, said))
    assert judging.frozen(both.result) == judging.frozen(alone.result) == frozen
    assert not any(one.differs for one in both.items.values())


@pytest.mark.parametrize("key", TOOLS)
@settings(max_examples=10)
@given(random=st.randoms(use_true_random=False))
def test_nothing_is_settled_on_one_of_two(key, random):
    tool = catalogue()[key]
    said = complete(tool, {}, random.choice)
    now = consensus.project(tool, {}, {ONE: said}, {}, 2)
    assert (now.status, now.items, now.result) == ("open", {}, None)
