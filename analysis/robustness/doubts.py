"""Tests and measures that doubt a run, one line each."""

from dataclasses import dataclass

from .. import present
from ..figures import numbers
from ..stats import asymmetry, failsafe, influence, trimfill
from ..stats.errors import NotEstimable, NotPoolable
from ..stats.scales import scale_of
from .refit import labels, refit

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


def _egger(run, fit):
    found = asymmetry.regtest(fit)
    by = f"t({found.df})" if found.df is not None else "z"
    words = f"{by} = {numbers.fixed(found.stat, 2)}, {numbers.p_statement(found.pval)}."
    if found.limit_est is not None:
        printed = present.printer(run.spec["measure"])
        low, high = printed(found.limit_ci_lb), printed(found.limit_ci_ub)
        write = numbers.alike(high - low)
        words += (
            f" An infinitely large study would show {write(printed(found.limit_est))}"
            f" ({write(low)} to {write(high)})."
        )
    return words + _few(fit)


def _rank(run, fit):
    found = asymmetry.ranktest(fit)
    tau = numbers.fixed(found.tau, 2)
    return f"Kendall's τ = {tau}, {numbers.p_statement(found.pval)}.{_few(fit)}"


def _trim(run, fit):
    found = trimfill.trim_and_fill(fit)
    if not found.k0:
        return f"No study is missing on the {found.side} side."
    printed = present.printer(run.spec["measure"])
    low, high = printed(found.fit.ci_lb[0]), printed(found.fit.ci_ub[0])
    write = numbers.alike(high - low)
    return (
        f"{found.k0} filled in on the {found.side}: {write(printed(found.fit.beta[0]))}"
        f" ({write(low)} to {write(high)})."
    )


def _needs_null(run):
    if scale_of(run.spec["measure"]).null is None:
        raise NotEstimable("this measure has no value that means no effect")


def _rosenthal(run, fit):
    _needs_null(run)
    found = failsafe.rosenthal(fit.yi, fit.vi)
    many = numbers.count(found.fsnum)
    return f"{many} studies of no effect would take its significance away."


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
    ("Regression test for funnel asymmetry", _egger, "Egger et al. 1997; Sterne & Egger 2005"),
    ("Rank test for funnel asymmetry", _rank, "Begg & Mazumdar 1994"),
    ("Trim and fill (L0)", _trim, "Duval & Tweedie 2000"),
    ("Fail-safe N", _rosenthal, "Rosenthal 1979"),
    ("Excess of significant results", _excess, "Ioannidis & Trikalinos 2007"),
    ("Influential studies", _influential, "Viechtbauer & Cheung 2010"),
)
