"""Small formulas in a cell, such as ``=12/45`` or ``=sd(ci(1.2, 3.4, 95), 40)``. Pure.

Exact decimal arithmetic over numbers, ``+ - * / ^``, brackets, per cent signs and the functions
below; nothing else can be written, so nothing else can run.
"""

import re
from decimal import (
    ROUND_HALF_UP,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    localcontext,
)
from statistics import NormalDist

from ..printed import MINUS, Unreadable

LONGEST, DEEPEST, DIGITS = 200, 20, 10
SPREAD = re.compile(r"\s*(±|\+/-)\s*")
TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?|\.\d+|[a-z][a-z0-9]*|[-+*/^(),;%])")
ARITHMETIC = Context(prec=34, Emin=-99, Emax=99, traps=[InvalidOperation, DivisionByZero, Overflow])


def resolved(typed, decimals=None):
    """Return typed text with the result in the place of a formula; other text as it is.

    On either side of a ± a formula may stand. ``decimals`` rounds the result, which otherwise
    keeps ten digits. Raises ``Unreadable`` for a formula that cannot be worked out.
    """
    if not is_formula(typed):
        return typed
    sides = SPREAD.split(typed.strip())
    everywhere = sides[0].startswith("=")
    for place in range(0, len(sides), 2):
        if everywhere or sides[place].startswith("="):
            sides[place] = _text(evaluate(sides[place].lstrip("=")), decimals)
    return " ".join(sides)


def is_formula(typed):
    """Whether what was typed is to be worked out."""
    return isinstance(typed, str) and any(s.startswith("=") for s in SPREAD.split(typed.strip()))


def evaluate(formula):
    """Return the ``Decimal`` that a formula, written without its equals sign, comes to."""
    if len(formula) > LONGEST:
        raise Unreadable(f"a formula may have {LONGEST} characters, this one has more.")
    with localcontext(ARITHMETIC):
        try:
            result = _Parser(formula).result()
        except DivisionByZero:
            raise Unreadable(f"“={formula}” divides by zero.") from None
        except DecimalException:
            raise Unreadable(f"“={formula}” has no result that is a number.") from None
    if not result.is_finite():
        raise Unreadable(f"“={formula}” has no result that is a number.")
    return result


class _Parser:
    """Reads a formula from left to right, one method a strength of binding."""

    def __init__(self, formula):
        self.formula, self.depth, self.tokens, at = formula, 0, [], 0
        plain = formula.translate(MINUS).replace("×", "*").replace("÷", "/").lower().rstrip()
        while at < len(plain):
            found = TOKEN.match(plain, at)
            if not found:
                self.refuse(f"“{plain[at:].strip()[:1]}” cannot stand in a formula")
            self.tokens.append(found[1])
            at = found.end()
        self.tokens.reverse()

    def result(self):
        value = self.sum()
        if self.tokens:
            self.refuse(f"“{self.tokens[-1]}” is one sign too many")
        return value

    def sum(self):
        value = self.product()
        while sign := self.take("+", "-"):
            value = value + self.product() if sign == "+" else value - self.product()
        return value

    def product(self):
        value = self.signed()
        while sign := self.take("*", "/"):
            value = value * self.signed() if sign == "*" else value / self.signed()
        return value

    def signed(self):
        if sign := self.take("-", "+"):
            self.deeper()
            value = self.signed()
            return -value if sign == "-" else value
        return self.power()

    def power(self):
        base = self.atom()
        if self.take("^"):
            self.deeper()
            return base ** self.signed()
        return base

    def atom(self):
        token = self.tokens.pop() if self.tokens else ""
        if token == "(":
            self.deeper()
            value = self.sum()
            self.close()
        elif token[:1].isdigit() or token[:1] == ".":
            value = Decimal(token)
        elif token in FUNCTIONS:
            value = self.call(token)
        else:
            self.refuse(f"“{token}” is not known" if token else "something is missing at its end")
        return value / 100 if self.take("%") else value

    def call(self, name):
        function, takes = FUNCTIONS[name]
        if not self.take("("):
            self.refuse(f"“{name}” needs brackets, like {name}({takes})")
        self.deeper()
        given = [self.sum()]
        while self.take(",", ";"):
            given.append(self.sum())
        self.close()
        if "…" not in takes and len(given) != len(takes.split(", ")):
            self.refuse(f"“{name}” takes {takes}")
        return function(*given)

    def take(self, *signs):
        """The next token if it is one of these, or None."""
        return self.tokens.pop() if self.tokens and self.tokens[-1] in signs else None

    def close(self):
        if not self.take(")"):
            self.refuse("a bracket is not closed")

    def deeper(self):
        self.depth += 1
        if self.depth > DEEPEST:
            self.refuse("it is too long to follow")

    def refuse(self, why):
        raise Unreadable(f"“={self.formula}”: {why}. Write it like =12/45 or =sqrt(40).")


def _level(level):
    """The normal quantile of a two-sided confidence level in per cent, or as a fraction."""
    share = level / 100 if level > 1 else level
    if not 0 < share < 1:
        raise InvalidOperation
    return Decimal(str(NormalDist().inv_cdf(float((1 + share) / 2))))


def _se_of_interval(low, high, level):
    return (high - low) / (2 * _level(level))


def _mean(*given):
    return sum(given) / len(given)


def _round(number, places):
    if places != int(places) or not 0 <= places <= DIGITS:
        raise InvalidOperation
    return number.quantize(Decimal(1).scaleb(-int(places)), ROUND_HALF_UP)


# The spread of a study from what it prints: Cochrane Handbook, chapter 6.5.2.
FUNCTIONS = {
    "sqrt": (Decimal.sqrt, "x"),
    "ln": (Decimal.ln, "x"),
    "log10": (Decimal.log10, "x"),
    "exp": (Decimal.exp, "x"),
    "abs": (abs, "x"),
    "round": (_round, "x, decimals"),
    "sum": (lambda *given: sum(given), "x, y, …"),
    "mean": (_mean, "x, y, …"),
    "min": (min, "x, y, …"),
    "max": (max, "x, y, …"),
    "ci": (_se_of_interval, "low, high, level"),
    "sd": (lambda se, n: se * n.sqrt(), "se, n"),
    "se": (lambda sd, n: sd / n.sqrt(), "sd, n"),
    "iqr": (lambda low, high: (high - low) / Decimal("1.35"), "quartile, quartile"),
}


def _text(number, decimals):
    """A result as plain digits."""
    if decimals not in (None, ""):
        rounded = number.quantize(Decimal(1).scaleb(-int(decimals)), ROUND_HALF_UP)
        return f"{rounded:f}"
    with localcontext(prec=DIGITS, rounding=ROUND_HALF_UP):
        shown = f"{+number:f}"
    shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
    return "0" if shown in ("-0", "") else shown
