"""Tests and measures that doubt a run, one line each."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from ...figures import numbers
from ...printing import printer
from ...stats import asymmetry, failsafe, henmi_copas, influence, selection, trimfill
from ...stats.errors import NotEstimable, NotPoolable
from ...stats.scales import scale_of
from .refit import labels, patients, refit

ENOUGH = 10  # studies from which a test of asymmetry has a chance to see anything


@dataclass(frozen=True, slots=True)
class Line:
    """``name`` of the test, ``found`` in words, ``source``; ``found`` says why there is none."""

    name: str
    found: str
    source: str


def lines(run):
    """Every test of a run as a ``Line``; one that these studies do not allow says why."""
    fit = refit(run)
    return [Line(name, _told(test, run, fit), source) for name, test, source in TESTS]


def _told(test, run, fit):
    try:
        return test(run, fit)
    except (NotEstimable, NotPoolable) as refusal:
        return f"Not possible: {refusal}."


def _few(fit):
    return f" With {fit.k} studies it can hardly see any." if fit.k < ENOUGH else ""


def _range(run, low, high):
    """A printed interval, and the function that prints its estimate alike."""
    printed = printer(run.spec["measure"])
    width = printed(high) - printed(low)
    if not np.isfinite(width):
        raise NotEstimable("its interval is too wide to be printed")
    write = numbers.alike(width)
    return f"{write(printed(low))} to {write(printed(high))}", lambda x: write(printed(x))


def _regression(run, fit, **options):
    found = asymmetry.regtest(fit, **options)
    if not np.isfinite(found.stat):
        raise NotEstimable("the effects do not scatter, so that there is nothing to test")
    by = f"t({found.df})" if found.df is not None else "z"
    words = f"{by} = {numbers.fixed(found.stat, 2)}, {numbers.p_statement(found.pval)}."
    if found.limit_est is not None:
        interval, write = _range(run, found.limit_ci_lb, found.limit_ci_ub)
        words += f" An infinitely large study would show {write(found.limit_est)} ({interval})."
    return words + _few(fit)


def _by_size(run, fit):
    return _regression(run, fit, predictor="ninv", ni=patients(run))


def _rank(run, fit):
    found = asymmetry.ranktest(fit)
    tau = numbers.fixed(found.tau, 2)
    return f"Kendall's τ = {tau}, {numbers.p_statement(found.pval)}.{_few(fit)}"


def _trim(run, fit, estimator):
    found = trimfill.trim_and_fill(fit, estimator=estimator)
    if not found.k0:
        return f"No study is missing on the {found.side} side."
    interval, write = _range(run, found.fit.ci_lb[0], found.fit.ci_ub[0])
    return f"{found.k0} filled in on the {found.side}: {write(found.fit.beta[0])} ({interval})."


def _henmi_copas(run, fit):
    found = henmi_copas.henmi_copas(fit.yi, fit.vi, level=fit.level)
    interval, write = _range(run, found.ci_lb, found.ci_ub)
    return f"{write(found.est)} ({interval})."


def _selection(run, fit, **options):
    """The effect if studies were published by their p; effects that agree with the pooled one are
    the wanted ones."""
    null = _needs_null(run)
    sign = 1.0 if fit.beta[0] >= null else -1.0
    found = selection.selection_model(sign * (fit.yi - null), fit.vi, level=fit.level, **options)
    ends = sorted((null + sign * found.ci_lb[0], null + sign * found.ci_ub[0]))
    if not np.isfinite(ends).all():
        raise NotEstimable("the studies do not determine it")
    interval, write = _range(run, *ends)
    test = "" if found.LRT_p is None else f" Selection: {numbers.p_statement(found.LRT_p)}."
    few = f" With {fit.k} studies it is hardly informative." if fit.k < 2 * ENOUGH else ""
    return f"{write(null + sign * found.beta[0])} ({interval}).{test}{few}"


def _needs_null(run):
    """The effect that means none, on the scale of analysis."""
    null = scale_of(run.spec["measure"]).null
    if null is None:
        raise NotEstimable("this measure has no value that means no effect")
    return null


def _rosenthal(run, fit):
    _needs_null(run)
    found = failsafe.rosenthal(fit.yi, fit.vi)
    many = numbers.count(found.fsnum)
    return f"{many} studies of no effect would take its significance away."


def _general(run, fit):
    _needs_null(run)
    found = failsafe.general(fit.yi, fit.vi, method=fit.method)
    if not found.fsnum:
        return "The pooled effect is not significant as it is."
    many = numbers.count(found.fsnum)
    return f"{many} studies of no effect on average would take its significance away."


def _orwin(run, fit):
    _needs_null(run)
    found = failsafe.orwin(fit.yi, fit.vi)
    return f"{numbers.count(found.fsnum)} studies of no effect would halve it."


def _excess(run, fit):
    _needs_null(run)
    found = failsafe.excess_significance(fit.yi, fit.vi)
    return (
        f"{found.O} studies are significant, {numbers.fixed(found.E, 1)} were to be expected:"
        f" {numbers.p_statement(found.pval)}."
    )


def _influential(run, fit):
    found = influence.influence(fit)
    names = [name for (_, name), flag in zip(labels(run), found.is_infl, strict=True) if flag]
    return ", ".join(names) if names else "No study stands out."


TESTS = (
    (
        "Regression test for funnel asymmetry",
        _regression,
        "Egger et al. 1997; Sterne & Egger 2005",
    ),
    (
        "The same as weighted least squares",
        partial(_regression, model="lm"),
        "Egger et al. 1997",
    ),
    ("The same by number of patients", _by_size, "Peters et al. 2006, Tang & Liu 2000"),
    ("Rank test for funnel asymmetry", _rank, "Begg & Mazumdar 1994"),
    ("Trim and fill (L0)", partial(_trim, estimator="L0"), "Duval & Tweedie 2000"),
    ("Trim and fill (R0)", partial(_trim, estimator="R0"), "Duval & Tweedie 2000"),
    ("Selection by significance (steps at 0.025)",
     partial(_selection, kind="stepfun", steps=(0.025,)), "Hedges 1992; Vevea & Hedges 1995"),
    ("Selection that falls with p (half-normal)", partial(_selection, kind="halfnorm"),
     "Preston et al. 2004"),
    ("Common effect with a random-effects interval", _henmi_copas, "Henmi & Copas 2010"),
    ("Excess of significant results", _excess, "Ioannidis & Trikalinos 2007"),
    ("Fail-safe N", _rosenthal, "Rosenthal 1979"),
    ("Fail-safe N, random effects", _general, "Viechtbauer 2010 (metafor)"),
    ("Fail-safe N to half the effect", _orwin, "Orwin 1983"),
    ("Influential studies", _influential, "Viechtbauer & Cheung 2010"),
)  # fmt: skip
