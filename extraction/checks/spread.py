"""Rules on means and SDs: possible, missing, zero, an SE in disguise, copied. Pure."""

from decimal import Decimal
from math import sqrt

from .numbers import decimals, half_unit, rounded, said, spread
from .rule import COUNT, LIMIT, MEAN, Rule

TIMES, FAR_APART, FEWEST = 3, 3, 10


def largest_sd(mean, n, low, high):
    """The largest sample SD of ``n`` values between ``low`` and ``high`` whose mean rounds to
    the printed one: sqrt((mean - low)(high - mean) n / (n - 1))."""
    centre, slack, middle = Decimal(mean), half_unit(mean), (low + high) / 2
    if low <= centre <= high:
        centre = min(max(middle, centre - slack), centre + slack)
    else:
        centre = middle
    return ((centre - low) * (high - centre) * n / (n - 1)).sqrt()


def _sd_possible(check, at):
    value, total = at(check["field"]), at(check["n"])
    if value is None or value["sd"] is None or total is None:
        return None
    n = int(total["number"])
    sd, slack = spread(value)
    shown = said(rounded(sd, "0.001").normalize() if value.get("as") else value["sd"])
    if n < 2:
        return f"An SD of {shown} cannot come from {n} patient." if sd else None
    low, high = Decimal(str(check["min"])), Decimal(str(check["max"]))
    largest = largest_sd(value["mean"], n, low, high)
    if sd - slack <= largest:
        return None
    return (
        f"An SD of {shown} is impossible for {n} values between {said(check['min'])} and"
        f" {said(check['max'])} with this mean: it can be {rounded(largest, '0.01')} at most."
    )


def _mean_without_sd(check, at):
    value = at(check["field"])
    if value is None or value["sd"] is not None:
        return None
    return (
        f"The mean {said(value['mean'])} is given without an SD: it has no sampling variance"
        " and cannot be weighted."
    )


def _zero_sd(check, at):
    value = at(check["field"])
    if value is None or value["sd"] is None or Decimal(value["sd"]):
        return None
    return (
        f"The SD is given as {value['sd']}: every patient would have had the same value, and a"
        " study with zero variance cannot be weighted."
    )


def _sd_like_se(check, at):
    value, total = at(check["field"]), at(check["n"])
    if value is None or not value["sd"] or value.get("as") or total is None:
        return None
    arms = at.spreads(check["field"])
    n, own = int(total["number"]), arms.get(at.place[0])
    others = [told for arm, told in arms.items() if arm != at.place[0]]
    if n < FEWEST or own is None or not others:
        return None
    (mean, sd), larger = own, max(spread for _, spread in others)
    read_as_se = _short(Decimal(value["sd"]) * Decimal(n).sqrt(), value["sd"])
    if larger >= TIMES * sd and larger / 2 <= sd * sqrt(n) <= larger * 2:
        return (
            f"An SD of {value['sd']} is {larger / sd:.0f} times smaller than in another arm. Read"
            f" as a standard error, the SD is {read_as_se}."
        )
    apart = max(abs(mean - one) / sqrt((sd**2 + other**2) / 2) for one, other in others)
    if apart < FAR_APART:
        return None
    return (
        f"The means of the arms lie {apart:.1f} SDs apart, which hardly any treatment does. Read as"
        f" a standard error, the SD is {read_as_se}."
    )


def _short(number, printed):
    return rounded(number, f"1e-{decimals(printed)}")


def _repeated_sd(check, at):
    value = at(check["field"])
    if value is None or not value["sd"] or len(value["sd"].replace(".", "").lstrip("0")) < 3:
        return None
    for other in at.neighbours(check["field"]):
        if other and other["sd"] == value["sd"] and other["mean"] != value["mean"]:
            return (
                f"The same SD, {value['sd']}, stands in the row beside it with another mean"
                f" ({said(other['mean'])}): was it copied by mistake?"
            )
    return None


def _same_n(check, at):
    value, n = at(check["field"]), at.size(check["field"])
    used = (value or {}).get("with", {}).get("n")
    if used is None or n is None or int(Decimal(used)) == n:
        return None
    return f"The numbers were derived with {used} patients, but {n} are given here."


def _someone_measured(check, at):
    value, total, missing = at.raw(check["field"]), at(check["n"]), at(check["missing"])
    if value is None or total is None or missing is None:
        return None
    left = int(total["number"]) - int(missing["number"])
    if left < 0:
        return f"{missing['number']} of {total['number']} patients cannot be missing."
    if left == 0:
        return (
            f"Every patient ({total['number']}) is given as missing, and still a value is printed."
        )
    if left == 1 and value.get("sd") and Decimal(value["sd"]):
        return f"Only 1 patient was measured, and still an SD of {value['sd']} is printed."
    return None


MISREAD = "Gøtzsche et al. (2007), Data extraction errors in meta-analyses, JAMA 298:430-437"
RULES = {
    "sd_possible": Rule(
        "an SD is possible on its scale",
        {"field": MEAN, "min": LIMIT, "max": LIMIT, "n": COUNT},
        "field",
        _sd_possible,
        "Bhatia & Davis (2000), A better bound on the variance, Am Math Mon 107:353-357",
    ),
    "mean_without_sd": Rule(
        "a mean has its SD",
        {"field": MEAN},
        "field",
        _mean_without_sd,
        "Cochrane Handbook, section 6.5.2",
    ),
    "zero_sd": Rule(
        "an SD is not zero",
        {"field": MEAN},
        "field",
        _zero_sd,
        "Cochrane Handbook, section 6.5.2",
    ),
    "sd_like_se": Rule(
        "an SD does not look like a standard error",
        {"field": MEAN, "n": COUNT},
        "field",
        _sd_like_se,
        MISREAD,
    ),
    "repeated_sd": Rule(
        "an SD is not that of the row beside it",
        {"field": MEAN},
        "field",
        _repeated_sd,
        MISREAD,
    ),
    "same_n": Rule(
        "a derived value rests on the number of patients beside it",
        {"field": ("mean_sd", "events")},
        "field",
        _same_n,
        "Cochrane Handbook, section 6.5.2",
    ),
    "someone_measured": Rule(
        "a value needs somebody who was measured",
        {"field": ("mean_sd", "decimal", "percent"), "n": COUNT, "missing": COUNT},
        "field",
        _someone_measured,
        "Cochrane Handbook, section 5.5.9",
    ),
}
