"""Events from per cents, and estimates with an interval, an error or a p-value. Pure."""

from decimal import ROUND_HALF_EVEN, Decimal
from math import exp, log

from scipy.special import ndtri

from .numbers import Derived, Waits, decimals, exact, shown

Z95 = float(ndtri(0.975))
HANDBOOK = "Cochrane Handbook, section {}"


def from_percent(given):
    """Events = n x per cent / 100, a whole number of patients."""
    n = int(Decimal(given.parts["total"])) if "total" in given.parts else given.size(1)
    percent = Decimal(given.parts["percent"])
    exactly = percent * n / 100
    events = int(exactly.to_integral_value(ROUND_HALF_EVEN))
    fits = whole_patients(given.parts["percent"], n)
    limits = ()
    if not fits:
        limits = (f"{given.parts['percent']} % of {n} is not a whole number of patients.",)
    elif len(fits) > 1:
        limits = (f"Any of {fits[0]} to {fits[-1]} rounds to {given.parts['percent']} %.",)
    formula = (
        f"events = per cent × n / 100 = {given.parts['percent']} × {n} / 100"
        f" = {shown(float(exactly), given.parts)}, in whole patients {events}"
    )
    numbers = {"events": str(events), "total": str(n)}
    return Derived(numbers, formula, HANDBOOK.format("6.4"), limits)


def whole_patients(percent, n):
    """Every number of ``n`` patients that rounds to the printed per cent, as a ``range``."""
    slack = Decimal(5).scaleb(-decimals(percent) - 1)
    low = (Decimal(percent) - slack) * n / 100
    high = (Decimal(percent) + slack) * n / 100
    first = max(0, int(low) if low == int(low) else int(low) + (low > 0))
    return range(first, min(n, int(high)) + 1) if high >= 0 else range(0)


def from_interval(given):
    """SE = (upper - lower) / (2 z), of logarithms for a ratio."""
    z = float(ndtri((1 + given.level()) / 2))
    low, high = (_scaled(given, name) for name in ("low", "high"))
    se = (high - low) / (2 * z)
    ln = "ln " if given.log else ""
    formula = (
        f"SE = ({ln}{given.parts['high']} − {ln}{given.parts['low']}) / (2 × {z:.3f})"
        f" = {shown(se, given.parts)}{' on the log scale' if given.log else ''}"
    )
    estimate, low, high = (given.parts[name] for name in ("estimate", "low", "high"))
    numbers = {"estimate": estimate, "low": low, "high": high, "se": exact(se)}
    section = "6.3.2" if not given.log else "6.3.2, on the log scale"
    return Derived(numbers, formula, HANDBOOK.format(section))


def from_error(given):
    """The interval from a standard error, which for a ratio is that of its logarithm."""
    return _around(given, _scaled(given, "estimate"), given.number("se"), "SE as printed")


def from_p_value(given):
    """SE = |estimate| / z(p), of the logarithm for a ratio."""
    z = float(-ndtri(given.number("p") / 2))
    centre = _scaled(given, "estimate")
    if not z or not centre:
        raise Waits("An estimate without effect, or p = 1, says nothing of the standard error.")
    se = abs(centre) / z
    ln = "ln " if given.log else ""
    how = f"z(p = {given.parts['p']}) = {z:.3f}; SE = |{ln}{given.parts['estimate']}| / z"
    limit = ("Only p < a limit is printed: the SE is at most this.",) if given.below else ()
    return _around(given, centre, se, f"{how} = {shown(se, given.parts)}", limit)


def from_log_interval(given):
    """A ratio printed as its logarithm with an interval of logarithms."""
    z = float(ndtri((1 + given.level()) / 2))
    low, high = given.number("low"), given.number("high")
    se = (high - low) / (2 * z)
    formula = (
        f"ratio = exp({given.parts['estimate']}), limits exp({given.parts['low']}) and"
        f" exp({given.parts['high']}); SE = {shown(se, given.parts)} on the log scale"
    )
    ends = [exact(exp(given.number(name))) for name in ("estimate", "low", "high")]
    numbers = dict(zip(("estimate", "low", "high"), ends, strict=True)) | {"se": exact(se)}
    return Derived(numbers, formula, HANDBOOK.format("6.3.2"))


def from_log_error(given):
    """A ratio printed as its logarithm with the standard error of that."""
    how = f"ratio = exp({given.parts['estimate']})"
    centre, se = given.number("estimate"), given.number("se")
    told = _around(given, centre, se, how)
    return Derived(told.numbers | {"estimate": exact(exp(centre))}, told.formula, told.source)


def _scaled(given, name):
    return log(given.number(name)) if given.log else given.number(name)


def _around(given, centre, se, how, limits=()):
    """Estimate with its 95 % interval from centre and error on the scale of the analysis."""
    ends = [centre - Z95 * se, centre + Z95 * se]
    low, high = (exp(end) for end in ends) if given.log else ends
    formula = (
        f"{how}; 95 % limits: {'exp(ln ' if given.log else ''}estimate ± 1.960 ×"
        f" {given.parts.get('se', shown(se, given.parts))}{')' if given.log else ''} ="
        f" {shown(low, given.parts)} to {shown(high, given.parts)}"
    )
    numbers = {"estimate": given.parts["estimate"], "low": exact(low), "high": exact(high)}
    source = HANDBOOK.format("6.3.2")
    return Derived(numbers | {"se": exact(se)}, formula, source, limits)
