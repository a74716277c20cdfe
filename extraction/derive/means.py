"""Mean and SD from a mean printed with another spread, or with a test. Pure.

Source of each: Cochrane Handbook for Systematic Reviews of Interventions (version 6), chapter 6.
"""

from math import exp, log, sqrt

from scipy.special import ndtri, stdtrit

from .numbers import Derived, Waits, exact, shown

HANDBOOK = "Cochrane Handbook, section {}"
ASYMMETRIC = "The mean is not halfway between the limits: the interval may be of a log scale."
HIGGINS = "Higgins, White & Anzures-Cabrera (2008), Stat Med 27:6072 (method 1)"


def _told(given, sd, formula, section, *limits, mean=None):
    mean = given.parts.get("mean") if mean is None else exact(mean)
    numbers = {"mean": mean, "sd": exact(sd)}
    source = HANDBOOK.format(section) if section[0].isdigit() else section
    return Derived(numbers, formula, source, tuple(filter(None, limits)))


def from_se(given):
    """SD = SE x sqrt(n)."""
    n, sd = given.size(), given.number("se") * sqrt(given.size())
    formula = f"SD = SE × √n = {given.parts['se']} × √{n} = {shown(sd, given.parts)}"
    return _told(given, sd, formula, "6.5.2.2")


def from_ci(given):
    """SD = sqrt(n) x (upper - lower) / (2 t), t with n - 1 degrees of freedom."""
    n = given.size()
    t = float(stdtrit(n - 1, (1 + given.level()) / 2))
    return _from_ci(given, n, t, f"t with {n - 1} degrees of freedom")


def from_ci_normal(given):
    """SD = sqrt(n) x (upper - lower) / (2 z)."""
    z = float(ndtri((1 + given.level()) / 2))
    small = "With fewer than 60 patients the interval usually rests on t, not on z."
    return _from_ci(given, given.size(), z, "z", small if given.size() < 60 else "")


def _from_ci(given, n, quantile, named, *limits):
    low, high = given.number("low"), given.number("high")
    sd = sqrt(n) * (high - low) / (2 * quantile)
    formula = (
        f"SD = √n × (upper − lower) / (2 × {named[0]}) ="
        f" √{n} × ({given.parts['high']} − {given.parts['low']}) / (2 × {quantile:.3f})"
        f" = {shown(sd, given.parts)}, with the {named[0]} of a"
        f" {given.parts.get('level', '95')} % interval{named[1:]}"
    )
    off = abs(low + high - 2 * given.number("mean")) > 0.1 * (high - low)
    return _told(given, sd, formula, "6.5.2.2", ASYMMETRIC if off else "", *limits)


def from_iqr(given):
    """SD = (q3 - q1) / (2 z((0.75 n - 0.125) / (n + 0.25)))."""
    n = given.size(5)
    width = 2 * float(ndtri((0.75 * n - 0.125) / (n + 0.25)))
    return _from_width(given, "q1", "q3", width, "6.5.2.5", n)


def from_range(given):
    """SD = (max - min) / (2 z((n - 0.375) / (n + 0.25)))."""
    n = given.size(5)
    width = 2 * float(ndtri((n - 0.375) / (n + 0.25)))
    return _from_width(given, "min", "max", width, "6.5.2.6", n)


def _from_width(given, low, high, width, section, n):
    sd = (given.number(high) - given.number(low)) / width
    formula = (
        f"SD = ({high} − {low}) / ξ(n = {n}) = ({given.parts[high]} − {given.parts[low]})"
        f" / {width:.3f} = {shown(sd, given.parts)}"
    )
    source = f"{HANDBOOK.format(section)}; Wan et al. (2014), BMC Med Res Methodol 14:135"
    range_only = section == "6.5.2.6"
    limits = ["Assumes values not far from normal."]
    limits += ["A range depends on its two extreme patients: a last resort."] if range_only else []
    return _told(given, sd, formula, source, *limits)


def from_p(given):
    """SD from the two-sided p of a t test of two groups: see ``_from_t``."""
    n, other, p = given.size(1), given.other_size(), given.number("p")
    if n + other < 3:
        raise Waits("It needs three patients or more in the two groups.")
    t = float(-stdtrit(n + other - 2, p / 2))
    limit = "Only p < a limit is printed: the SD is at most this." if given.below else ""
    how = f"t({n + other - 2}; p = {given.parts['p']}) = {t:.3f}; "
    return _from_t(given, t, n, other, how, "6.5.2.3", limit)


def from_t(given):
    """SD from the t of a t test of two groups."""
    return _from_t(given, abs(given.number("t")), given.size(1), given.other_size(), "", "6.5.2.3")


def from_f(given):
    """SD from the F of two groups, of which t is the root."""
    t = sqrt(given.number("f"))
    how = f"t = √F = √{given.parts['f']} = {t:.3f}; "
    return _from_t(given, t, given.size(1), given.other_size(), how, "6.5.2.3")


def _from_t(given, t, n, other, how, section, *limits):
    difference = abs(given.number("difference"))
    if not t or not difference:
        raise Waits("A difference or a test of 0 says nothing of the SD.")
    se = difference / t
    sd = se / sqrt(1 / n + 1 / other)
    formula = (
        f"{how}SE = |difference| / t = {difference:g} / {t:.3f} = {se:.4g};"
        f" SD = SE / √(1/n₁ + 1/n₂) = {se:.4g} / √(1/{n} + 1/{other}) = {shown(sd, given.parts)}"
    )
    shared = "One SD for both groups: their average. Only for an unadjusted t test of two groups."
    return _told(given, sd, formula, section, shared, *limits)


def from_change(given):
    """Change from baseline: final - baseline, SD from both SDs and their correlation."""
    first, last, r = given.number("first_sd"), given.number("last_sd"), given.number("r")
    mean = given.number("last") - given.number("first")
    sd = sqrt(max(0.0, first**2 + last**2 - 2 * r * first * last))
    one, two = given.parts["first_sd"], given.parts["last_sd"]
    formula = (
        f"change = {given.parts['last']} − {given.parts['first']} = {shown(mean, given.parts)};"
        f" SD = √({one}² + {two}² − 2 × {given.parts['r']} × {one} × {two})"
        f" = {shown(sd, given.parts)}"
    )
    limit = "Rests on the correlation: where it was assumed, try others in a sensitivity analysis."
    return _told(given, sd, formula, "6.5.2.8", limit, mean=mean)


def from_paired_p(given):
    """SD of a change from the two-sided p of its paired t test."""
    n, p = given.size(), given.number("p")
    t = float(-stdtrit(n - 1, p / 2))
    mean = abs(given.number("mean"))
    if not t or not mean:
        raise Waits("A change of 0, or p = 1, says nothing of the SD.")
    sd = mean / t * sqrt(n)
    formula = (
        f"t({n - 1}; p = {given.parts['p']}) = {t:.3f}; SD = |change| / t × √n ="
        f" {mean:g} / {t:.3f} × √{n} = {shown(sd, given.parts)}"
    )
    limit = "Only p < a limit is printed: the SD is at most this." if given.below else ""
    return _told(given, sd, formula, "6.5.2.3", limit)


def from_geometric_sd(given):
    """Geometric mean and geometric SD, to the raw scale unless the field is of logarithms."""
    spread = log(given.number("gsd"))
    return _from_log(given, log(given.number("mean")), spread, "σ = ln GSD")


def from_geometric_ci(given):
    """Geometric mean and its interval, to the raw scale unless the field is of logarithms."""
    n = given.size()
    t = float(stdtrit(n - 1, (1 + given.level()) / 2))
    spread = sqrt(n) * (log(given.number("high")) - log(given.number("low"))) / (2 * t)
    how = f"σ = √{n} × (ln {given.parts['high']} − ln {given.parts['low']}) / (2 × {t:.3f})"
    return _from_log(given, log(given.number("mean")), spread, how)


def from_log_values(given):
    """Mean and SD of natural logarithms, to the raw scale unless the field is of logarithms."""
    return _from_log(given, given.number("mean"), given.number("sd"), "printed as logarithms")


def _from_log(given, mu, sigma, how):
    if given.log:
        formula = f"{how}; mean of logs = {mu:.5g}, SD of logs = {sigma:.5g}"
        return _told(given, sigma, formula, HIGGINS, mean=mu)
    mean = exp(mu + sigma**2 / 2)
    sd = mean * sqrt(exp(sigma**2) - 1)
    formula = (
        f"μ = {mu:.5g}, {how} = {sigma:.5g}; mean = exp(μ + σ²/2) = {shown(mean, given.parts)};"
        f" SD = mean × √(exp(σ²) − 1) = {shown(sd, given.parts)}"
    )
    limit = "Assumes log-normal values; natural logarithms."
    return _told(given, sd, formula, HIGGINS, limit, mean=mean)
