"""Printed numbers as the rules compute with them and say them. Pure."""

from decimal import ROUND_HALF_UP, Decimal


def number(value):
    """The number of a whole, decimal or percentage value."""
    return Decimal(value["number"])


def said(text):
    """A number as a reader sees it, with a true minus."""
    return str(text).replace("-", "−")


def rounded(exact, unit):
    return exact.quantize(Decimal(unit), ROUND_HALF_UP)


def decimals(printed):
    """How many decimals were printed."""
    return len(str(printed).partition(".")[2])


def half_unit(printed):
    """Half a unit of the last printed digit: how far rounding may have moved the number."""
    return Decimal(5).scaleb(-decimals(printed) - 1)


def patients(printed, n):
    """The number of patients out of ``n`` that rounds to the printed percentage, or None."""
    exact = Decimal(printed) * n / 100
    for k in (int(exact), int(exact) + 1):
        if 0 <= k <= n and abs(Decimal(100 * k) / n - Decimal(printed)) <= half_unit(printed):
            return k
    return None


def percent(k, n, printed):
    """``k`` of ``n`` in per cent, with as many decimals as were printed, at least one."""
    return rounded(Decimal(100 * k) / n, f"1e-{max(1, decimals(printed))}")


def spread(value):
    """``(SD, how far rounding may have moved it)``; a derived SD inherits what was printed."""
    sd, parts = Decimal(value["sd"]), value.get("parts", {})
    if not value.get("as"):
        return sd, half_unit(value["sd"])
    if value["as"] == "se":
        return sd, sd * half_unit(parts["se"]) / Decimal(parts["se"])
    if {"low", "high"} <= set(parts) and Decimal(parts["high"]) > Decimal(parts["low"]) > 0:
        width = Decimal(parts["high"]) - Decimal(parts["low"])
        return sd, sd * (half_unit(parts["low"]) + half_unit(parts["high"])) / width
    return sd, sd / 50
