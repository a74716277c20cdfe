"""What the engine tells a person: proposals, what is missing, overrides, floors, marks."""

import json
import time
from statistics import median

import pytest

from extraction.instruments.engine import assess, judge_overall
from extraction.instruments.loader import HERE, catalogue, parse

ROB2 = catalogue()["rob2"]
ROBINS = catalogue()["robins_i"]
CHECKLIST = catalogue()["checklist12"]
ASSIGNMENT = {"effect": "assignment"}


def answered(text):
    return dict(pair.split() for pair in text.split(","))


SOUND = answered(
    "1.1 Y, 1.2 Y, 1.3 N, A2.1 N, A2.2 N, A2.6 Y, 3.1 Y, 4.1 N, 4.2 N, 4.3 N, 5.1 Y, 5.2 N, 5.3 N"
)
NRSI = answered(
    "1.1 N, 2.1 N, 2.4 Y, 3.1 Y, 3.2 Y, 3.3 N, 4.1 N, 5.1 Y, 5.2 N, 5.3 N,"
    "6.1 N, 6.2 N, 6.3 Y, 6.4 N, 7.1 N, 7.2 N, 7.3 N"
)


def rob2(answers=SOUND, params=ASSIGNMENT, **more):
    return assess(ROB2, answers, params, **more)


def marks(text, **more):
    return assess(CHECKLIST, dict(zip(CHECKLIST.questions, text, strict=True)), **more)


def about(problems):
    return [problem.on for problem in problems]


def test_a_proposal_comes_with_the_rule_that_fired():
    domain = rob2({**SOUND, "1.2": "PN"}).domain("D1")
    assert (domain.proposal, domain.rule.id) == ("High", "D1.R1")
    assert domain.rule.text == "1.2 is No/Probably no"
    assert not domain.provisional


def test_a_domain_in_parts_shows_the_rule_of_each_part():
    result = rob2({**SOUND, "A2.1": "Y", "A2.3": "PN", "A2.6": "PN", "A2.7": "PN"}).domain("D2A")
    assert [(p.id, p.verdict.level, p.verdict.rule.id) for p in result.parts] == [
        ("P1", "Low", "P1.R2"),
        ("P2", "Some concerns", "P2.R2"),
    ]
    assert result.proposal == "Some concerns"
    assert result.rule.text == (
        "“Awareness and departures (2.1-2.5)” is Some concerns"
        " or “Analysis (2.6-2.7)” is Some concerns"
    )


def test_a_judgement_fixed_early_is_provisional_and_still_asks():
    domain = rob2({"1.2": "N"}).domain("D1")
    assert (domain.proposal, domain.provisional, domain.complete) == ("High", True, False)
    assert domain.missing == ("1.1", "1.3")


def test_before_the_end_the_overall_says_what_is_the_best_it_can_become():
    answers = {**SOUND, "5.1": "NI", "1.1": "N"}
    del answers["3.1"]
    overall = rob2(answers).overall
    assert overall.proposal is None
    assert (overall.floor, overall.floor_domains) == ("Some concerns", ("D1", "D5"))
    assert set(overall.verdict.possible) == {"Some concerns", "High"}


def test_nothing_answered_is_nothing_judged():
    result = rob2({})
    assert result.overall.proposal is None
    assert not result.complete
    assert result.missing[:3] == ("1.1", "1.2", "1.3")
    assert "A2.3" not in result.missing


def test_an_answer_that_stops_applying_is_kept_unused_and_named():
    result = rob2({**SOUND, "3.2": "N"})
    assert result.overall.proposal == "Low"
    assert about(result.warnings) == ["3.2"]
    assert "asked when 3.1 is No/Probably no/No information" in result.warnings[0].text
    (kept,) = [q for q in result.domain("D3").questions if q.id == "3.2"]
    assert (kept.answer, kept.applies) == ("N", False)


def test_an_answer_of_the_other_effect_is_named_too():
    result = rob2({**SOUND, "H2.1": "Y"})
    assert about(result.warnings) == ["H2.1"]
    assert result.complete


@pytest.mark.parametrize(
    ("answers", "params", "on", "says"),
    [
        ({"3.1": "N", "3.2": "NI"}, ASSIGNMENT, "3.2", "3.2: 'NI' is no answer here. Choose"),
        ({"1.1": "NA"}, ASSIGNMENT, "1.1", "1.1 applies, so an answer is needed"),
        ({"1.1": "y"}, ASSIGNMENT, "1.1", "Yes, Probably yes, Probably no, No"),
        ({"9.9": "Y"}, ASSIGNMENT, "9.9", "no question 9.9"),
        ({}, {}, "effect", "Effect of interest for this result: not chosen yet"),
        ({}, {"effect": "both"}, "effect", "'both' cannot be chosen"),
        ({}, {"effect": "adhering"}, "deviations", "not chosen yet"),
        ({}, {"effect": "adhering", "deviations": []}, "deviations", "at least one"),
        ({}, {"effect": "adhering", "deviations": ["x"]}, "deviations", "'x' cannot be"),
        ({}, {"effect": "adhering", "deviations": "implementation"}, "deviations", "a list"),
    ],
)
def test_what_cannot_be_used_is_refused_with_what_to_do(answers, params, on, says):
    result = rob2({**SOUND, **answers}, params)
    assert about(result.errors) == [on]
    assert says in result.errors[0].text
    assert not result.complete


def test_without_the_deviations_their_domain_is_not_judged():
    answers = {**SOUND, "H2.1": "N", "H2.2": "N"}
    domain = assess(ROB2, answers, {"effect": "adhering", "deviations": []}).domain("D2H")
    assert (domain.proposal, domain.complete) == (None, False)


def test_before_the_effect_is_chosen_neither_variant_is_asked_or_judged():
    result = rob2(params={"deviations": ["implementation"]})
    assert {result.domain(name).active for name in ("D2A", "D2H")} == {None}
    assert not {"A2.1", "H2.1", "H2.4"} & set(result.shown)
    undecided = assess(ROBINS, NRSI, {}, {"D4.critical": True})
    assert undecided.overall.proposal is None
    assert "Critical" in undecided.overall.verdict.possible


def test_an_answer_is_not_used_before_it_is_known_to_apply():
    domain = rob2({**SOUND, "3.1": None, "3.2": "Y"}).domain("D3")
    assert (domain.proposal, domain.shown) == (None, ("3.1",))


def test_of_several_rules_to_one_level_the_certain_one_is_named():
    domain = rob2({"4.2": "Y"}).domain("D4")
    assert (domain.proposal, domain.rule.id) == ("High", "D4.R2")


def test_not_applicable_where_it_does_not_apply_says_nothing():
    result = rob2({**SOUND, "3.2": "NA"})
    assert result.complete
    assert not result.warnings


@pytest.mark.parametrize("blank", [None, ""])
def test_blank_is_unanswered(blank):
    assert rob2({**SOUND, "1.3": blank}).missing == ("1.3",)


def test_an_override_keeps_the_proposal_beside_the_final_level():
    overrides = {"D1": {"level": "Some concerns", "reason": "concealment is doubtful"}}
    result = rob2(overrides=overrides)
    domain = result.domain("D1")
    assert (domain.proposal, domain.final, domain.overridden) == ("Low", "Some concerns", True)
    assert domain.reason == "concealment is doubtful"
    assert result.overall.proposal == "Some concerns"
    assert result.complete


@pytest.mark.parametrize("reason", ["", "  ", None])
def test_an_override_without_a_reason_is_refused(reason):
    result = rob2(overrides={"D1": {"level": "High", "reason": reason}})
    assert about(result.errors) == ["D1"]
    assert not result.complete


def test_to_choose_what_is_proposed_is_to_confirm_it():
    result = rob2(overrides={"D1": {"level": "Low"}})
    assert not result.errors
    assert not result.domain("D1").overridden


def test_an_overall_override_stops_at_the_worst_domain():
    overrides = {"overall": {"level": "Low", "reason": "it hardly matters"}}
    result = rob2({**SOUND, "1.2": "N"}, overrides=overrides)
    assert (result.overall.proposal, result.overall.final) == ("High", "High")
    assert about(result.warnings) == ["overall"]
    assert "worst domain" in result.warnings[0].text


def test_escalation_is_offered_and_takes_effect_only_when_a_person_chooses_it():
    answers = {**SOUND, "1.1": "N", "5.1": "NI"}
    offered = rob2(answers).overall
    assert [escalation.to for escalation in offered.escalations] == ["High"]
    assert offered.final == "Some concerns"
    chosen = {"overall": {"level": "High", "reason": "both touch the same outcome"}}
    assert rob2(answers, overrides=chosen).overall.final == "High"
    unsaid = rob2(answers, overrides={"overall": {"level": "High"}})
    assert about(unsaid.errors) == ["overall"]


@pytest.mark.parametrize(
    ("overrides", "on"),
    [
        ({"D9": {"level": "Low"}}, "D9"),
        ({"D1": {"level": "Awful"}}, "D1"),
        ({"D1": "High"}, "D1"),
    ],
)
def test_an_override_of_nothing_or_to_nothing_is_refused(overrides, on):
    assert about(rob2(overrides=overrides).errors) == [on]


def test_an_override_of_a_domain_that_does_not_apply_is_unused():
    result = rob2(overrides={"D2H": {"level": "High", "reason": "x"}})
    assert about(result.warnings) == ["D2H"]
    assert result.overall.final == "Low"


def test_guidance_is_a_suggestion_until_a_person_confirms():
    result = assess(ROBINS, NRSI, ASSIGNMENT)
    assert result.complete
    assert result.unconfirmed == ("D1", "D2", "D3", "D4A", "D5", "D6", "D7")
    confirmed = assess(ROBINS, NRSI, ASSIGNMENT, overrides={"D1": {"level": "Low"}})
    assert "D1" not in confirmed.unconfirmed


def test_a_level_that_guidance_leaves_open_needs_no_reason_and_another_does():
    answers = {**NRSI, "1.1": "Y", "1.2": "N", "1.4": "N", "1.6": "N"}
    domain = assess(ROBINS, answers, ASSIGNMENT).domain("D1")
    assert (domain.proposal, domain.admissible) == ("Serious", ("Serious", "Critical"))
    for level, refused in (("Critical", []), ("Low", ["D1"])):
        chosen = {"D1": {"level": level}}
        assert about(assess(ROBINS, answers, ASSIGNMENT, overrides=chosen).errors) == refused


def test_a_ticked_statement_decides_and_the_tools_consequence_is_said():
    result = assess(ROBINS, NRSI, ASSIGNMENT, flags={"D6.critical": True})
    assert result.overall.final == "Critical"
    assert about(result.warnings) == ["overall"]
    assert "should not enter any synthesis" in result.warnings[0].text


def test_a_tick_on_a_domain_that_does_not_apply_is_unused():
    result = assess(ROBINS, NRSI, ASSIGNMENT, flags={"D4S.critical": True})
    assert about(result.warnings) == ["D4S.critical"]
    assert result.overall.final == "Moderate"


@pytest.mark.parametrize("flags", [{"D1.critical": "yes"}, {"nothing": True}, {"1.1": True}])
def test_a_tick_that_means_nothing_is_refused(flags):
    assert about(assess(ROBINS, NRSI, ASSIGNMENT, flags=flags).errors) == list(flags)


def test_no_information_cannot_slip_under_a_serious_domain():
    answers = {**NRSI, "7.1": "Y"}
    chosen = {"overall": {"level": "NI", "reason": "too little is told"}}
    overall = assess(ROBINS, answers, ASSIGNMENT, overrides=chosen).overall
    assert overall.final == "Serious"


def test_low_is_left_open_beside_no_information():
    answers = {**NRSI, "5.1": "NI", "7.1": "N"}
    overall = assess(ROBINS, answers, ASSIGNMENT, {"D7.preregistered": True}).overall
    assert (overall.proposal, overall.admissible) == ("NI", ("NI", "Moderate", "Low"))
    chosen = {"overall": {"level": "Low"}}
    flags = {"D7.preregistered": True}
    result = assess(ROBINS, answers, ASSIGNMENT, flags, chosen)
    assert (result.overall.final, result.errors) == ("Low", ())


@pytest.mark.parametrize("levels", [{"D9": "Low"}, {"D1": "Awful"}])
def test_overall_of_levels_that_are_not_there_is_refused(levels):
    with pytest.raises(ValueError, match=r"D9|Awful"):
        judge_overall(ROB2, levels)


def test_overall_of_levels_waits_for_a_domain_that_is_not_judged_yet():
    assert judge_overall(ROB2, {"D1": "Low", "D3": None}).proposal is None
    assert judge_overall(ROB2, {"D1": "High", "D3": None}).proposal == "High"


@pytest.mark.parametrize(
    ("text", "low", "high", "band"),
    [
        ("++++++++++--", 10, 10, "High"),
        ("+++++++++---", 9, 9, "Moderate"),
        ("++++++------", 6, 6, "Moderate"),
        ("+++++-------", 5, 5, "Low"),
        ("+++++++++*--", 9, 10, None),
        ("++++++++++*-", 10, 11, "High"),
        ("************", 0, 12, None),
        (["+"] * 10 + ["", "-"], 10, 11, "High"),
        (["+"] * 5 + [""] + ["-"] * 6, 5, 6, None),
    ],
)
def test_a_band_is_given_only_when_the_whole_range_agrees(text, low, high, band):
    result = marks(text)
    (score,) = result.scores
    assert (score.low, score.high) == (low, high)
    assert result.overall.final == band
    assert result.complete == ("" not in list(text))


def test_first_disagreed_is_a_flag_beside_the_final_mark():
    result = marks("++++++++++--", flags={"3": True, "12": True, "4": False})
    assert result.scores[0].value == 10
    printed = {q.id: q.mark for q in result.domains[0].questions}
    assert (printed["3"], printed["4"], printed["12"]) == ("+*", "+", "-*")
    assert not result.warnings


def test_a_lone_star_is_warned_of():
    result = marks("+++++++++*--")
    assert about(result.warnings) == ["10"]
    assert "final mark not recorded" in result.warnings[0].text


def test_a_band_is_arithmetic_and_cannot_be_replaced():
    result = marks("++++++++++--", overrides={"overall": {"level": "Low", "reason": "x"}})
    assert about(result.errors) == ["overall"]
    assert result.overall.final == "High"


def test_a_domain_judged_by_hand_waits_for_the_hand():
    tool = catalogue()["quadas2"]
    answers = dict.fromkeys(tool.questions, "Y")
    by_hand = [domain.id for domain in tool.domains if domain.mode == "manual"]
    assert by_hand
    assert not assess(tool, answers).complete
    chosen = {name: {"level": "Low"} for name in by_hand}
    assert assess(tool, answers, overrides=chosen).complete


def changed(key, change):
    document = json.loads((HERE / "data" / f"{key}.json").read_text())
    change(document)
    return parse(json.dumps(document))


def test_a_domain_kept_out_of_the_overall_does_not_count_in_it():
    tool = changed("rob2", lambda d: d["domains"][-1].update(excluded_from_overall=True))
    result = assess(tool, {**SOUND, "5.2": "Y"}, ASSIGNMENT)
    assert (result.domain("D5").final, result.overall.final) == ("High", "Low")


def test_an_item_that_does_not_apply_scores_nothing():
    routing = {"shown_if": {"q": "1", "in": ["+"]}}
    tool = changed("checklist12", lambda d: d["domains"][0]["questions"][11].update(routing))
    result = assess(tool, dict(zip(tool.questions, "-" + "+" * 10, strict=False)))
    assert (result.scores[0].value, result.overall.final) == (10, "High")


def test_rules_milder_than_the_worst_domain_are_lifted_to_it():
    tool = changed("rob2", lambda d: d["overall"].update(rules=d["overall"]["rules"][-1:]))
    result = assess(tool, {**SOUND, "1.2": "N"}, ASSIGNMENT)
    assert result.overall.final == "High"
    assert about(result.warnings) == ["overall"]


def test_an_assessment_carries_what_it_was_made_with():
    result = rob2()
    pinned = (result.instrument, result.version, result.revision, result.sha256)
    assert pinned == ("rob2", "2019-08-22", 1, ROB2.sha256)


def test_it_is_quick_enough_to_answer_each_keystroke():
    """Measured about 0.15 ms; the limit leaves room for a busy machine."""
    seconds = []
    for _ in range(51):
        start = time.perf_counter()
        rob2()
        seconds.append(time.perf_counter() - start)
    assert median(seconds) < 0.002
