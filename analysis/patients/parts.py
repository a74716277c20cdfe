"""Parts of a stored model run as tables: who responded, both stages, what may be wrong. Computes
no statistic."""

import math

from ..figures import numbers
from .cells import NOTHING, Table, against, interval, p, plain, share

CHECKS = (
    ("skewness", "Skewness of residuals (0 if normal)", "skewness_p"),
    ("kurtosis", "Kurtosis in excess of the normal", "kurtosis_p"),
    (None, "Equal spread in all studies (Brown and Forsythe)", "spread_p"),
    (None, "Spread against fitted value (Spearman)", "trend_p"),
)


def responders(run):
    """Chances of response and odds ratios."""
    found = run.results.get("responders")
    if not found or "why_not" in found:
        return []
    chances = tuple(
        (one["level"], share(one["middle"]), _shares(one, "middle"), share(one["average"]),
         _shares(one, "average"))
        for one in found["chances"]
    )  # fmt: skip
    odds = tuple(
        (against(one).replace("−", "to"), _odds(one["est"]), _odds_interval(one), p(one["p_lsd"]),
         p(one["p_holm"]), p(one["p_tukey"]))
        for one in found["pairs"]
    )  # fmt: skip
    total = f"{numbers.count(found['responders'])} of {numbers.count(found['n'])} responded"
    return [
        Table(f"Chance of response, {total}",
              ("Group", "In a study at the middle", "Interval", "On average over studies",
               "Interval"), chances),
        Table("Odds ratios of response",
              ("Groups", "Odds ratio", "Interval", "p", "p (Holm)", "p (Tukey)"), odds),
    ]  # fmt: skip


def _shares(one, kind):
    return f"{share(one[kind + '_lb'])} to {share(one[kind + '_ub'])}"


def _odds(log):
    return NOTHING if log is None or abs(log) > 300 else plain(math.exp(log))


def _odds_interval(one):
    if one["ci_lb"] is None:
        return NOTHING
    return f"{_odds(one['ci_lb'])} to {_odds(one['ci_ub'])}"


def stages(run):
    """The effect from one model, from each study by itself, and with published studies."""
    found = run.results.get("stages")
    if not found or "why_not" in found:
        return []
    two, both = found["two"], found["together"]
    rows = [
        ("One model of all patients", *_pooled(found["one"]), f"{found['one']['n']} patients"),
        ("Each study, then pooled", *_pooled(two), f"{two['k']} studies"),
    ]
    if both and "why_not" not in both:
        rows.append(("With published studies", *_pooled(both), f"{both['k']} studies"))
        if both["difference"] is not None:
            apart = plain(both["difference"]), plain(both["difference_se"]), NOTHING
            test = numbers.p_statement(both["difference_p"])
            rows.append(("Published less patients", *apart, test))
    tables = [
        Table(f"In one stage and in two: {effect(run)}",
              ("Model", "Estimate", "SE", "Interval", "From"), tuple(rows))
    ]  # fmt: skip
    if found["left_out"]:
        left = tuple((one["label"], one["reason"]) for one in found["left_out"])
        tables.append(Table("Studies that cannot tell it by themselves", ("Study", "Why"), left))
    return tables


def effect(run):
    """What was pooled in two stages, in words."""
    asked, labels = run.spec["stages"], run.inputs["labels"]
    if asked == "mean":
        return f"mean of {labels[run.spec['outcome']]}"
    key, _, word = asked.partition("=")
    if not word:
        return f"slope of {labels[key]}"
    first = run.results["complete"]["means"][0]["level"]
    return f"{word} − {first}"


def _pooled(one):
    return plain(one["est"]), plain(one["se"]), interval(one["ci_lb"], one["ci_ub"])


def checks(run):
    """What the residuals say of the model's assumptions."""
    found = run.results["complete"].get("checks")
    if not found:
        return []
    rows = tuple(
        (name, plain(found[key]) if key else "", p(found[p_key])) for key, name, p_key in CHECKS
    )
    far = ("Patients beyond 3 SDs", numbers.count(found["far"]), "")
    return [Table("Residual checks", ("Check", "Value", "p"), (*rows, far))]


def filled(run):
    """Observed and imputed values beside each other."""
    found = (run.results["imputed"] or {}).get("filled_values")
    if not found:
        return []
    rows = [row for one in found for row in _filled(one, run.inputs["labels"][one["key"]])]
    header = ("Variable", "Observed", "Filled", "Known", "Gaps")
    return [Table("Observed and filled values", header, tuple(rows))]


def _filled(one, label):
    n, gaps = numbers.count(one["n"]), numbers.count(one["gaps"])
    if "shares" not in one:
        kinds = [f"{plain(one[k + '_mean'])} ± {plain(one[k + '_sd'])}"
                 for k in ("observed", "filled")]  # fmt: skip
        return [(label, *kinds, n, gaps)]
    return [
        (f"{label}: {word}", share(known), share(new), n, gaps)
        for word, (known, new) in one["shares"].items()
    ]
