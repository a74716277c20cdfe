"""Ten thousand random data sets through the engine: nothing may crash, no NaN without a reason.

    .venv/bin/python benchmarks/random_meta_analyses.py [COUNT] [SEED]

Each set has 1 to 40 studies, effects from 1e-6 to 1e6 in size, missing values, equal effects,
huge and tiny variances, and now and then a variance of zero. A refusal in words is an answer; any
other exception, or a NaN where the fit has no note about it, is printed with the seed that makes it
again, and the script ends with 1.
"""

import sys
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from analysis.stats.asymmetry import ranktest, regtest
from analysis.stats.errors import NotEstimable, NotPoolable
from analysis.stats.heterogeneity import confint
from analysis.stats.influence import influence
from analysis.stats.pooling import TESTS, rma
from analysis.stats.prediction import predict
from analysis.stats.sensitivity import leave_one_out
from analysis.stats.tau2 import COMMON_EFFECT, ESTIMATORS
from analysis.stats.trimfill import trim_and_fill

METHODS = sorted((COMMON_EFFECT | ESTIMATORS.keys()) - {"GENQ"})
FOLLOWING = {
    "leave-one-out": leave_one_out, "influence": influence, "prediction": predict,
    "interval of tau2": confint, "regression test": regtest, "rank test": ranktest,
    "trim and fill": trim_and_fill,
}  # fmt: skip


def data_set(rng):
    k = int(rng.integers(1, 41))
    size = 10.0 ** rng.uniform(-6, 6)
    vi = size**2 * 10.0 ** rng.uniform(-4, 2, k)
    spread = rng.choice([0.0, 0.1, 1.0, 30.0]) * size
    yi = rng.normal(rng.normal(0, size), np.sqrt(vi * rng.choice([0.0, 1.0]) + spread**2))
    if rng.random() < 0.2:
        yi[rng.random(k) < 0.3] = np.nan
    if rng.random() < 0.05:
        vi[rng.integers(k)] = 0.0
    return yi, vi


def unexplained(fit):
    """Names of numbers that are NaN although nothing says why."""
    few = fit.ddf is not None and fit.ddf <= 0
    exact = fit.test in ("knha", "adhoc") and (fit.se == 0).any()
    if few or exact or fit.notes:
        return []
    values = {name: np.asarray(getattr(fit, name)) for name in ("beta", "se", "pval", "ci_lb")}
    values |= {"tau2": np.asarray(fit.tau2), "weights": fit.weights}
    return [name for name, value in values.items() if np.isnan(value.astype(float)).any()]


def one(seed, outcomes):
    rng = np.random.default_rng(seed)
    yi, vi = data_set(rng)
    method, test = rng.choice(METHODS), rng.choice(TESTS)
    try:
        fit = rma(yi, vi, method=method, test=test)
    except NotPoolable:
        outcomes["refused"] += 1
        return []
    outcomes["fitted"] += 1
    problems = [f"{name} is NaN" for name in unexplained(fit)]
    name = rng.choice(list(FOLLOWING))
    try:
        FOLLOWING[name](fit)
        outcomes[name] += 1
    except (NotEstimable, NotPoolable):
        outcomes[f"{name} refused"] += 1
    return [f"{problem} ({method}, {test})" for problem in problems]


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    outcomes, bad = Counter(), 0
    for seed in range(first, first + count):
        try:
            with np.errstate(all="ignore"):
                problems = one(seed, outcomes)
        except (ArithmeticError, LookupError, TypeError, ValueError) as crash:
            problems = [f"{type(crash).__name__}: {crash}"]
        for problem in problems:
            bad += 1
            print(f"seed {seed}: {problem}")
    print(f"{count} data sets, {bad} problems")
    for name, times in sorted(outcomes.items()):
        print(f"  {name}: {times}")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
