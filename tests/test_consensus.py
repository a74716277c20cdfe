"""THE rule: whatever the order, the people and the number of votes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.consensus import Judgement, NotIndependent, State, may_settle, outcome

PEOPLE = st.integers(1, 6)
VALUES = st.sampled_from(["include", "exclude", "maybe"])
REASONS = st.none() | st.integers(1, 3)


@st.composite
def panels(draw, least=0):
    """Judgements of different people."""
    people = draw(st.lists(PEOPLE, unique=True, min_size=least, max_size=5))
    return [Judgement(person, draw(VALUES), draw(REASONS)) for person in people]


RULES = st.fixed_dictionaries(
    {"required": st.integers(1, 3)},
    optional={"maybe": st.just("maybe"), "maybe_joins": st.sampled_from([None, "include"])},
)


@given(panels(), RULES, st.randoms())
def test_the_order_of_votes_never_matters(panel, rules, random):
    shuffled = panel[:]
    random.shuffle(shuffled)
    assert outcome(panel, **rules) == outcome(shuffled, **rules)


@given(panels(), RULES, VALUES)
def test_nothing_settles_with_too_few(panel, rules, ruled):
    third = Judgement("third", ruled)
    if len(panel) < rules["required"]:
        for ruling in (None, third):
            found = outcome(panel, ruling=ruling, **rules)
            assert found.state is State.WAITING
            assert (found.value, found.reason) == (None, None)
    else:
        assert outcome(panel, ruling=third, **rules).closed


@given(panels(least=1), RULES, st.data())
def test_an_arbiter_is_never_a_voter(panel, rules, data):
    voter = data.draw(st.sampled_from(panel)).person
    assert not may_settle(voter, [judgement.person for judgement in panel])
    with pytest.raises(NotIndependent):
        outcome(panel, ruling=Judgement(voter, "include"), **rules)


@given(panels(least=1), RULES, st.data())
def test_nobody_judges_twice(panel, rules, data):
    again = data.draw(st.sampled_from(panel))
    with pytest.raises(NotIndependent):
        outcome([*panel, Judgement(again.person, data.draw(VALUES))], **rules)


@given(panels(), RULES)
def test_what_is_decided_was_said_by_somebody(panel, rules):
    found = outcome(panel, **rules)
    if found.closed:
        assert found.value in {judgement.value for judgement in panel}
        assert found.differs is None
    else:
        assert found.value is None
        assert (found.differs is not None) == (found.state is State.CONFLICT)


@given(panels(), RULES)
def test_a_maybe_alone_decides_nothing(panel, rules):
    if rules.get("maybe") is None:
        return
    unsure = [Judgement(one.person, "maybe", one.reason) for one in panel]
    assert not outcome(unsure, **rules).closed


@given(panels(least=2))
def test_a_ruling_counts_only_in_a_conflict(panel):
    rules = {"required": 2, "maybe": "maybe", "maybe_joins": "include"}
    before = outcome(panel, **rules)
    after = outcome(panel, ruling=Judgement("third", "exclude", 9), **rules)
    if before.state is State.CONFLICT:
        assert (after.state, after.value, after.reason) == (State.SETTLED, "exclude", 9)
    else:
        assert after == before


def test_a_difference_in_the_reason_only_is_named():
    panel = [Judgement(1, "exclude", 1), Judgement(2, "exclude", 2)]
    assert outcome(panel, required=2).differs == "reason"
    assert outcome([panel[0], Judgement(2, "include")], required=2).differs == "value"


def test_at_least_one_judgement_is_required():
    with pytest.raises(ValueError, match="at least one"):
        outcome([], required=0)
