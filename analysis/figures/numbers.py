"""How Concord prints a number: true minus, thousands, significant digits, p-values.

Every function refuses NaN and infinities with ``ValueError``: what is undefined is the caller's to
say in words.
"""

import math
import statistics
from decimal import ROUND_HALF_UP, Context, Decimal

MINUS = "−"
_PAPER = Context(prec=400, rounding=ROUND_HALF_UP)
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def fixed(value, digits):
    """``value`` with ``digits`` decimals: −1,234.50; a rounded zero has no sign.

    Halves go away from zero as on paper (6.25 -> 6.3), judged on the shortest decimal form.
    """
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a number that can be printed")
    exact = Decimal(repr(float(value)))
    text = f"{exact.quantize(Decimal(1).scaleb(-digits), context=_PAPER):,f}"
    if not text.strip("-0."):
        return text.lstrip("-")
    return text.replace("-", MINUS)


def count(value):
    """A whole number with thousands: 3,412."""
    return fixed(value, 0)


def significant(value, digits=3):
    """``value`` to ``digits`` significant digits, whole numbers complete: 0.0312, 1.35, 1,234.

    Beyond a million or below a ten-thousandth: 1.20×10⁻⁷.
    """
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return fixed(value, 0)
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    power = int(exponent)
    if power < -4 or power >= 6:
        return f"{mantissa.replace('-', MINUS)}×10{str(power).translate(_SUPERSCRIPT)}"
    return fixed(value, max(0, digits - 1 - power))


def alike(leader, digits=3):
    """The function that prints numbers with as many decimals as ``significant(leader)`` has."""
    text = significant(leader, digits)
    if "×" in text:
        return lambda value: significant(value, digits)
    places = len(text.partition(".")[2])
    return lambda value: "0" if value == 0 else fixed(value, places)


def percent(value, digits=0):
    """``value`` already in per cent: 57%; what would round to nothing is < 0.1%."""
    least = 10.0**-digits
    if 0 < value < least / 2:
        return f"< {least:.{digits}f}%"
    return f"{fixed(value, digits)}%"


def p_value(p):
    """0.24 from 0.1 upwards, 0.013 below, < 0.001 and > 0.99 at the ends."""
    if not 0 <= p <= 1:
        raise ValueError(f"a p-value lies between 0 and 1, not {p}")
    if p < 0.001:
        return "< 0.001"
    if p > 0.99:
        return "> 0.99"
    return fixed(p, 3) if round(p, 3) < 0.1 else fixed(p, 2)


def p_statement(p):
    """p = 0.013, or p < 0.001."""
    text = p_value(p)
    return f"p {text}" if text[0] in "<>" else f"p = {text}"


def degrees(df):
    """Degrees of freedom: 10, or 7.4 when they are not whole."""
    return fixed(df, 0 if float(df).is_integer() else 1)


def interval(lower, upper):
    """Two printed limits as one: [−5.99, −1.41]."""
    return f"[{lower}, {upper}]"


def ratio(value):
    """A ratio with two decimals, fewer from 100 upwards, one significant digit below 0.01."""
    if value >= 100:
        return significant(value, 3)
    if 0 < value < 0.005:
        return significant(value, 1)
    return fixed(value, 2)


def decimals(widths):
    """Decimals for a column of intervals of these ``widths``: 2 as a rule, 1 from 20 upwards, 0
    from 200, 3 and more below 0.1. One answer for a column, so that its numbers are aligned."""
    typical = statistics.median(widths)
    if typical <= 0:
        return 2
    if typical >= 20:
        return 1 if typical < 200 else 0
    return min(12, max(2, 1 - math.floor(math.log10(typical))))


def shortest(value):
    """The label of a tick: 0.5, 1, −2, 1,000, 10⁻⁵."""
    exponent = math.log10(abs(value)) if value else 0
    if abs(exponent) >= 5 and math.isclose(exponent, round(exponent)):
        sign = MINUS if value < 0 else ""
        return f"{sign}10{str(round(exponent)).translate(_SUPERSCRIPT)}"
    if abs(exponent) >= 6:
        return significant(value, 2)
    digits = 0
    while digits < 9 and round(value, digits) != round(value, 9):
        digits += 1
    return fixed(value, digits)
