"""Rules on estimates: their interval, its symmetry, and the p-value beside it. Pure."""

from math import inf, log

from scipy.special import ndtr, ndtri, stdtr, stdtrit

from .numbers import half_unit, said
from .rule import Rule

ESTIMATE = ("estimate",)
TOLERANCE = 0.1  # of the width: exact and bootstrap intervals are a little askew
FEWEST_DF = 8
HANDBOOK = "Cochrane Handbook, section 6.3.2"
ALTMAN = "Altman & Bland (2011), How to obtain the P value from an interval, BMJ 343:d2304"


def _interval_holds(check, at):
    value = at(check["field"])
    parts = _printed(value)
    if parts is None:
        return None
    low, centre, high = (float(one) for one in parts)
    if low <= centre <= high:
        return None
    return f"{said(parts[1])} lies outside its own interval, {said(parts[0])} to {said(parts[2])}."


def _printed(value):
    """Lower limit, estimate and upper limit as printed, or None without an interval."""
    parts = (value or {}).get("parts", {})
    centre = parts.get("estimate", parts.get("mean"))
    if centre is None or not {"low", "high"} <= set(parts):
        return None
    return parts["low"], centre, parts["high"]


def _ci_symmetric(check, at):
    value, field = at(check["field"]), at.asked[check["field"]]
    parts = _printed(value)
    if parts is None:
        return None
    ratio = _is_ratio(field, value)
    if _askew(parts, ratio) <= TOLERANCE:
        return None
    words = (
        f"The interval {said(parts[0])} to {said(parts[2])} is not symmetric about"
        f" {said(parts[1])}{' on the log scale' if ratio else ''}."
    )
    other = min(float(one) for one in parts) > 0 and _askew(parts, not ratio) <= TOLERANCE / 4
    if not other:
        return words
    return f"{words} It is on the {'plain scale' if ratio else 'log scale, as of a ratio'}."


def _is_ratio(field, value):
    """Whether the printed interval should be symmetric after taking logarithms."""
    code = value.get("as", "")
    if field["kind"] == "mean_sd":
        return code == "geometric_ci"
    return field.get("scale") == "log" and not code.startswith("log")


def _askew(parts, ratio):
    """How far, as a share of the width, the estimate is from the middle beyond rounding."""
    low, centre, high = (float(one) for one in parts)
    slack = [float(half_unit(one)) for one in parts]
    if ratio:
        if min(low, centre, high) <= 0:
            return inf
        slack = [s / x for s, x in zip(slack, (low, centre, high), strict=True)]
        low, centre, high = log(low), log(centre), log(high)
    if high <= low:
        return inf
    off = abs(low + high - 2 * centre) - slack[0] - 2 * slack[1] - slack[2]
    return max(0.0, off) / (high - low)


def _p_agrees(check, at):
    value, told = at(check["estimate"]), at(check["p"])
    parts = _printed(value)
    if parts is None or told is None or not 0 <= float(told["number"]) <= 1:
        return None
    field = at.asked[check["estimate"]]
    p, slack = float(told["number"]), float(half_unit(told["number"]))
    level = float(value.get("level", "95")) / 100
    null, ratio = (1.0, True) if _is_ratio(field, value) else (0.0, False)
    if words := _contradicts(parts, null, p, slack, level, told["number"]):
        return words
    low, high = _p_range(parts, ratio, level)
    if low - slack <= p <= high + slack:
        return None
    shown = f"{low:.2g}" if f"{low:.2g}" == f"{high:.2g}" else f"{low:.2g} to {high:.2g}"
    return f"The estimate and its interval give p = {shown}, but {told['number']} is printed."


def _contradicts(parts, null, p, slack, level, printed):
    """The interval holds the value of no effect exactly when p is above 1 - level."""
    low, high = (float(parts[end]) for end in (0, 2))
    rounding = [float(half_unit(parts[end])) for end in (0, 2)]
    alpha = round(1 - level, 10)
    inside = low + rounding[0] <= null <= high - rounding[1]
    outside = low - rounding[0] > null or high + rounding[1] < null
    if inside and p + slack < alpha:
        how = "holds", "above"
    elif outside and p - slack > alpha:
        how = "does not hold", "below"
    else:
        return None
    return (
        f"The interval {said(parts[0])} to {said(parts[2])} {how[0]} {null:g}, so p is {how[1]}"
        f" {alpha:g}; but {printed} is printed."
    )


def _p_range(parts, ratio, level):
    """The least and the largest p that rounding allows, with z and with t of few patients."""
    low, centre, high = (float(one) for one in parts)
    ends = [float(half_unit(one)) for one in parts]
    if ratio:
        if min(low, centre, high) <= 0:
            return 0.0, 1.0
        ends = [s / x for s, x in zip(ends, (low, centre, high), strict=True)]
        low, centre, high = log(low), log(centre), log(high)
    width, found = (high - low) / 2, []
    slack = (ends[0] + ends[2]) / 2
    for reach, half in (
        (abs(centre) + ends[1], width - slack),
        (abs(centre) - ends[1], width + slack),
    ):
        share = max(0.0, reach) / half if half > 0 else inf
        found.append(2 * float(ndtr(-share * ndtri((1 + level) / 2))))
        found.append(2 * float(stdtr(FEWEST_DF, -share * stdtrit(FEWEST_DF, (1 + level) / 2))))
    return min(found), max(found)


RULES = {
    "interval_holds": Rule(
        "an interval holds its estimate",
        {"field": ("estimate", "mean_sd")},
        "field",
        _interval_holds,
        HANDBOOK,
    ),
    "ci_symmetric": Rule(
        "an interval is symmetric on its scale",
        {"field": ("estimate", "mean_sd")},
        "field",
        _ci_symmetric,
        HANDBOOK,
    ),
    "p_agrees": Rule(
        "estimate, interval and p-value agree",
        {"estimate": ESTIMATE, "p": ("decimal",)},
        "p",
        _p_agrees,
        ALTMAN,
    ),
}
