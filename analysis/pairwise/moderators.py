"""A meta-regression of a run as text."""

from dataclasses import dataclass

from ..figures import numbers
from . import pooling_models


@dataclass(frozen=True, slots=True)
class Regression:
    """A meta-regression as text: a line a coefficient (name, estimate, interval, p) on the scale
    of analysis, and what it explains; or ``why_not``."""

    lines: tuple = ()
    says: str = ""
    why_not: str = ""


def regression_of(run):
    """The ``Regression`` of a run, or None where the plan asks for none."""
    found = run.results.get("regression")
    noun = "results" if pooling_models.of(run.results).several else "studies"
    if not found:
        return None
    if "why_not" in found:
        return Regression(why_not=found["why_not"])
    lines = []
    for one in found["terms"]:
        write = numbers.alike(one["ci_ub"] - one["ci_lb"])
        interval = f"{write(one['ci_lb'])} to {write(one['ci_ub'])}"
        p = numbers.p_value(one["p"])
        lines.append((one["term"], write(one["beta"]), interval, p))
    return Regression(tuple(lines), " ".join(_explained(found, noun)))


def _explained(found, noun):
    df = [numbers.degrees(one) for one in found["QM_df"]]
    symbol = f"F({', '.join(df)})" if len(df) == 2 else f"Q({df[0]})"
    test = f"{symbol} = {numbers.fixed(found['QM'], 2)}, {numbers.p_statement(found['QMp'])}"
    yield f"{found['k']} {noun}. Test of moderators: {test}."
    if found["R2"] is not None:
        yield f"They account for {numbers.percent(found['R2'])} of the heterogeneity."
    if found["left_out"]:
        yield f"Without a value and left out: {', '.join(found['left_out'])}."
    yield from found["notes"]
