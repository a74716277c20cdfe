"""What must hold of every answer set of every tool that ships, not of chosen examples."""

from collections import defaultdict
from functools import cache
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.instruments.conditions import references
from extraction.instruments.engine import assess
from extraction.instruments.loader import catalogue
from extraction.instruments.model import NOT_APPLICABLE

TOOLS = catalogue()
RULED = ("algorithm", "guidance")
DEVIATIONS = ("non_protocol", "implementation", "non_adherence")
ROB2_PARAMS = [
    {"effect": "assignment"},
    *(
        {"effect": "adhering", "deviations": list(picked)}
        for size in (1, 2, 3)
        for picked in combinations(DEVIATIONS, size)
    ),
]
PARAMS = {
    "rob2": ROB2_PARAMS,
    "rob2_cluster": ROB2_PARAMS,
    "rob2_crossover": ROB2_PARAMS,
    "robins_i": [{"effect": "assignment"}, {"effect": "starting_adhering"}],
    "robins_i_v2": [{"c4": "itt"}, {"c4": "pp"}],
}
# Answers that let the domains of a tool apply, where a triage comes first.
ENTRY = {"robins_i_v2": {"S.B1": "Y", "S.B3": "N"}}


def conditions(tool):
    for domain in tool.domains:
        yield from filter(None, [domain.active_if, *(q.shown_if for q in domain.questions)])
        for rules in (domain.rules, *(part.rules for part in domain.parts)):
            yield from (rule.when for rule in rules)
    yield from (rule.when for rule in tool.overall.rules)


@cache
def alike(key):
    """By question: one answer of each group that no condition tells apart, and its size."""
    tool, seen_by = TOOLS[key], defaultdict(lambda: defaultdict(list))
    for number, condition in enumerate(conditions(tool)):
        for spot, (kind, name, codes) in enumerate(references(condition)):
            if kind == "question":
                for code in codes:
                    seen_by[name][code].append((number, spot))
    groups = defaultdict(lambda: defaultdict(list))
    for name, question in tool.questions.items():
        for option in question.options:
            groups[name][tuple(seen_by[name][option.code])].append(option.code)
    return {
        name: [(codes[0], len(codes)) for codes in group.values()] for name, group in groups.items()
    }


def routed(tool, domain, answers, params, flags, stands_for=1):
    """Every complete way through one domain, with the number of answer sets it stands for."""
    result = assess(tool, answers, params, flags).domain(domain.id)
    if not result.missing:
        yield result, stands_for
        return
    question = result.missing[0]
    for code, size in alike(tool.id)[question]:
        more = {**answers, question: code}
        yield from routed(tool, domain, more, params, flags, stands_for * size)


def ways(tool, domain, params, flags):
    entry = ENTRY.get(tool.id, {})
    if assess(tool, entry, params).domain(domain.id).active:
        yield from routed(tool, domain, entry, params, flags)


JUDGED = [
    pytest.param(tool, domain, id=f"{tool.id}-{domain.id}")
    for tool in TOOLS.values()
    for domain in tool.domains
    if domain.mode in RULED
]


@pytest.mark.parametrize(("tool", "domain"), JUDGED)
def test_every_complete_way_gives_one_level_and_every_rule_can_fire(tool, domain):
    fired, inner = set(), set()
    ticks = [{}, *({flag.id: True} for flag in domain.flags)]
    for params, flags in product(PARAMS.get(tool.id, [{}]), ticks):
        for result, _ in ways(tool, domain, params, flags):
            assert result.complete
            assert result.proposal is not None, result
            assert result.proposal in result.admissible
            assert result.final == result.proposal
            fired.add(result.rule.id)
            inner |= {part.verdict.rule.id for part in result.parts}
    assert fired == {rule.id for rule in domain.rules}
    assert inner == {rule.id for part in domain.parts for rule in part.rules}


# The numbers on which these tables were compared, elsewhere, with independent programs.
ANSWER_SETS = {
    ("rob2", "D1"): 125,
    ("rob2", "D2A"): 13_277,
    ("rob2", "D2H"): 12_889,
    ("rob2", "D3"): 110,
    ("rob2", "D4"): 493,
    ("rob2", "D5"): 125,
    ("robins_i", None): 5_631,
    ("robins_i_v2", None): 55_242,
}


@pytest.mark.parametrize(("key", "domain_id"), ANSWER_SETS)
def test_routing_leaves_as_many_answer_sets_as_were_compared(key, domain_id):
    tool, total = TOOLS[key], 0
    for domain in tool.domains:
        if domain.mode in RULED and domain_id in (None, domain.id):
            numbers = [
                sum(number for _, number in ways(tool, domain, params, {}))
                for params in PARAMS[key]
            ]
            total += max(numbers)  # adhering: with all three deviations looked at
    assert total == ANSWER_SETS[key, domain_id]


@st.composite
def complete(draw, tools=tuple(TOOLS)):
    """A tool with params, ticked flags and an answer to every question that applies."""
    tool = TOOLS[draw(st.sampled_from(tools))]
    params = draw(st.sampled_from(PARAMS.get(tool.id, [{}])))
    flags = {
        flag.id: draw(st.booleans()) and draw(st.booleans())
        for domain in tool.domains
        for flag in domain.flags
    }
    answers = {}
    while missing := assess(tool, answers, params, flags).missing:
        for question in missing:
            options = [option.code for option in tool.questions[question].options]
            answers[question] = draw(st.sampled_from(options))
    return tool, answers, params, flags


def levels(assessment):
    return {d.id: d.proposal for d in assessment.domains}, assessment.overall.proposal


@given(complete())
def test_a_complete_form_is_judged_throughout(form):
    tool, answers, params, flags = form
    result = assess(tool, answers, params, flags)
    assert not result.errors
    assert result.missing == ()
    for domain in result.domains:
        assert (domain.proposal is not None) == (domain.mode in RULED and domain.active)
        assert not domain.provisional
    undecided = any(score.value is None for score in result.scores)
    if tool.overall.mode in RULED and not undecided:
        assert result.overall.proposal is not None
    manual = any(d.mode == "manual" for d in tool.domains) or tool.overall.mode == "manual"
    assert result.complete != manual


@given(complete(), st.randoms(use_true_random=False))
def test_the_order_of_answers_never_matters(form, random):
    tool, answers, params, flags = form
    shuffled = list(answers.items())
    random.shuffle(shuffled)
    assert assess(tool, dict(shuffled), params, flags) == assess(tool, answers, params, flags)


@given(complete(), st.data())
def test_answers_to_questions_that_do_not_apply_change_nothing_and_are_named(form, data):
    tool, answers, params, flags = form
    before = assess(tool, answers, params, flags)
    hidden = [
        question.id
        for domain in before.domains
        for question in domain.questions
        if question.applies is False
    ]
    extra = {
        name: data.draw(st.sampled_from([o.code for o in tool.questions[name].options]))
        for name in hidden
    }
    after = assess(tool, {**answers, **extra}, params, flags)
    assert levels(after) == levels(before)
    assert after.shown == before.shown
    assert after.complete == before.complete
    assert {problem.on for problem in after.warnings} >= set(hidden)
    kept = {q.id: q.answer for d in after.domains for q in d.questions if q.id in extra}
    assert kept == extra


@given(complete(), st.data())
def test_a_judgement_fixed_early_is_the_one_the_whole_form_gives(form, data):
    tool, answers, params, flags = form
    whole, overall = levels(assess(tool, answers, params, flags))
    some = {name: code for name, code in answers.items() if data.draw(st.booleans())}
    early = assess(tool, some, params, flags)
    for domain in early.domains:
        if domain.proposal is not None:
            assert domain.proposal == whole[domain.id]
        elif domain.active and domain.mode in RULED:
            assert whole[domain.id] in domain.verdict.possible
    if early.overall.proposal is not None:
        assert early.overall.proposal == overall
    elif overall is not None:
        assert overall in early.overall.verdict.possible
    assert not (early.missing and early.complete)


@given(complete(("rob2", "rob2_cluster", "rob2_crossover")))
def test_probably_never_changes_a_rob2_judgement(form):
    tool, answers, params, _ = form
    sure = {"PY": "Y", "PN": "N"}
    firm = {name: sure.get(code, code) for name, code in answers.items()}
    assert levels(assess(tool, firm, params)) == levels(assess(tool, answers, params))


FLOORED = tuple(key for key, tool in TOOLS.items() if tool.overall.floor)


@settings(max_examples=200)
@given(complete(FLOORED), st.data())
def test_the_overall_is_never_milder_than_the_worst_domain(form, data):
    tool, answers, params, flags = form
    codes = st.sampled_from([level.code for level in tool.scale])
    names = [domain.id for domain in tool.domains if domain.mode in RULED] + ["overall"]
    overrides = {
        name: {"level": data.draw(codes), "reason": "as discussed"}
        for name in data.draw(st.lists(st.sampled_from(names), unique=True))
    }
    some = {name: code for name, code in answers.items() if data.draw(st.integers(0, 9))}
    result = assess(tool, some, params, flags, overrides)
    ranks = [tool.severity(d.final) for d in result.domains if d.active and d.final]
    worst = max((rank for rank in ranks if rank is not None), default=None)
    for overall in (result.overall.proposal, result.overall.final):
        rank = tool.severity(overall)
        if None not in (worst, rank):
            assert rank >= worst


@given(st.sampled_from(list(TOOLS)), st.data())
def test_nothing_a_person_enters_makes_the_engine_fail(key, data):
    tool = TOOLS[key]
    odd = st.one_of(
        st.sampled_from(["Y", "N", "NI", NOT_APPLICABLE, "*", "+", "", " ", "y"]),
        st.sampled_from([None, True, 0, 3.5, [], ["Y"], {}, {"level": "Low"}, {"level": []}]),
        st.text(max_size=3),
    )
    names = [*tool.questions, *(domain.id for domain in tool.domains), "overall", "effect"]
    names += ["deviations", "c4", "D1.critical", "nowhere"]
    entries = st.dictionaries(st.sampled_from(names), odd, max_size=12)
    result = assess(tool, *(data.draw(entries) for _ in range(4)))
    assert not (result.errors and result.complete)
    assert all(problem.on and problem.text for problem in result.errors + result.warnings)
