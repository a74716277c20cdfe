"""Conditions in three-valued logic: what is known, what is not, and what no answer can change."""

import pytest

from extraction.instruments.conditions import holds


class Known:
    """Facts for one test: questions a b c, of which c is open; a part and two domains."""

    codes = {"a": "Y", "b": "NA", "c": None}
    params = {"effect": "itt", "ticks": frozenset({"x"}), "open": None}
    levels = {"D1": frozenset({"Low"}), "D2": frozenset({"Low", "High"})}

    def answer(self, question):
        return self.codes[question]

    def param(self, param):
        return self.params[param]

    def flag(self, flag):
        return flag == "on"

    def part(self, part):
        return self.levels[part]

    def domain(self, domain):
        return self.levels[domain]

    def score(self, score):
        return (2, 5)

    def counted(self):
        return ["D1", "D2"]


TRUE, FALSE, OPEN = {"q": "a", "in": ["Y"]}, {"q": "a", "in": ["N"]}, {"q": "c", "in": ["Y"]}


def count(op, n):
    return {"count": {"of": ["a", "b", "c"], "in": ["Y"]}, "op": op, "n": n}


def at_high(op, n, **scope):
    return {"count_domains": {"in": ["High"], **scope}, "op": op, "n": n}


def score(op, n):
    return {"score": "total", "op": op, "n": n}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"always": True}, True),
        (TRUE, True),
        (FALSE, False),
        (OPEN, None),
        ({"q": "b", "in": ["NA", "N"]}, True),
        ({"q": "b", "in": ["Y"]}, False),
        ({"not": TRUE}, False),
        ({"not": OPEN}, None),
        ({"all": [TRUE, TRUE]}, True),
        ({"all": [TRUE, OPEN]}, None),
        ({"all": [OPEN, FALSE]}, False),
        ({"any": [OPEN, TRUE]}, True),
        ({"any": [OPEN, FALSE]}, None),
        ({"any": [FALSE, FALSE]}, False),
        ({"param": "effect", "eq": "itt"}, True),
        ({"param": "effect", "eq": "pp"}, False),
        ({"param": "open", "eq": "pp"}, None),
        ({"param": "ticks", "contains": "x"}, True),
        ({"param": "ticks", "contains": "y"}, False),
        ({"param": "open", "contains": "y"}, None),
        ({"flag": "on"}, True),
        ({"flag": "off"}, False),
        ({"part": "D1", "in": ["Low"]}, True),
        ({"domain": "D1", "in": ["High"]}, False),
        ({"domain": "D2", "in": ["High"]}, None),
        ({"domain": "D2", "in": ["High", "Low"]}, True),
        (count(">=", 1), True),
        (count(">=", 2), None),
        (count(">=", 3), False),
        (count("==", 1), None),
        (count("==", 0), False),
        (count("!=", 0), True),
        (count("<", 2), None),
        (count("<=", 2), True),
        (count(">", 2), False),
        (at_high(">=", 1), None),
        (at_high(">=", 2), False),
        (at_high("==", 0, of=["D1"]), True),
        (at_high("==", 0, of="active"), None),
        (score(">=", 2), True),
        (score(">=", 6), False),
        (score(">=", 3), None),
        (score("==", 4), None),
        (score("!=", 4), None),
        (score("==", 6), False),
        (score("!=", 6), True),
    ],
    ids=str,
)
def test_holds(condition, expected):
    assert holds(condition, Known()) is expected


@pytest.mark.parametrize("other", [{}, {"eval": "1"}, {"q": "a"}, "1.1 = Y", {"always": False}])
def test_no_other_form_is_a_condition(other):
    with pytest.raises(ValueError, match="not a condition"):
        holds(other, Known())
