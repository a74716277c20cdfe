"""Rules on what belongs together: dates, means and their shares, before and after. Pure."""

import re
from decimal import Decimal

from .numbers import half_unit, number, rounded, said
from .rule import CODE, LIMIT, MEAN, SHARE, Rule

DATE = ("date",)
CODES = re.compile(r"\d+")


def _dates_in_order(check, at):
    first, then = at(check["first"]), at(check["then"])
    if first is None or then is None or first["date"] <= then["date"]:
        return None
    return f"{then['date']} is before {first['date']}, which should come first."


def _share_above(check, at):
    """A mean is at least what the share above the threshold makes of it, and at most."""
    value, share = at(check["mean"]), at(check["percent"])
    if value is None or share is None:
        return None
    over, low, high = (Decimal(str(check[name])) for name in ("over", "min", "max"))
    part, mean = number(share) / 100, Decimal(value["mean"])
    slack = half_unit(value["mean"]) + half_unit(share["number"]) * (high - low) / 100
    least, most = part * over + (1 - part) * low, part * high + (1 - part) * over
    if least - slack <= mean <= most + slack:
        return None
    return (
        f"If {said(share['number'])} % are above {over}, the mean lies between"
        f" {said(rounded(least, '0.1'))} and {said(rounded(most, '0.1'))}; {said(value['mean'])}"
        " is printed."
    )


def _percent_change(check, at):
    before, after, change = (at(check[name]) for name in ("before", "after", "change"))
    if None in (before, after, change) or not Decimal(before["mean"]):
        return None
    first, last = Decimal(before["mean"]), Decimal(after["mean"])
    found = 100 * (first - last) / first
    if abs(found - Decimal(change["mean"])) <= Decimal(str(check["within"])):
        return None
    return (
        f"From {said(before['mean'])} to {said(after['mean'])} is a fall of"
        f" {said(rounded(found, '0.1'))} %, but {said(change['mean'])} % is printed. A mean of"
        " changes may differ from the change of means; not by so much."
    )


def _codes_known(check, at):
    value = at(check["field"])
    if value is None:
        return None
    known = set()
    for low, high in re.findall(r"(\d+)(?:\s*-\s*(\d+))?", check["codes"]):
        known |= set(range(int(low), int(high or low) + 1))
    strange = [code for code in CODES.findall(value["text"]) if int(code) not in known]
    if not strange:
        return None
    return f"{', '.join(strange)} is not a code of the legend ({check['codes']})."


RULES = {
    "dates_in_order": Rule(
        "dates are in order",
        {"first": DATE, "then": DATE},
        "then",
        _dates_in_order,
        "Cochrane Handbook, section 5.5.9",
    ),
    "share_above": Rule(
        "a mean fits the share above a threshold",
        {"mean": MEAN, "percent": SHARE, "over": LIMIT, "min": LIMIT, "max": LIMIT},
        "percent",
        _share_above,
        "Markov's inequality on a bounded scale",
    ),
    "percent_change": Rule(
        "a change in per cent fits the means before and after",
        {"before": MEAN, "after": MEAN, "change": MEAN, "within": LIMIT},
        "change",
        _percent_change,
        "Cochrane Handbook, section 6.5.2.8",
    ),
    "codes_known": Rule(
        "codes are those of the legend",
        {"field": ("text",), "codes": CODE},
        "field",
        _codes_known,
    ),
}
