"""The statistics engine against its peers, in one run.

R's metafor, lmerTest and mice take part where `Rscript` finds them, PyMARE where the Python that
``--pymare PYTHON`` names has it. Times are seconds of the processor (others at work do not
count), the shortest of several batches of runs on the same data.
``--large`` adds the sizes that take R minutes.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from analysis.stats.imputation import impute
from analysis.stats.influence import influence
from analysis.stats.mixed import fit_mixed
from analysis.stats.mixed_tests import satterthwaite
from analysis.stats.multilevel import fit_multilevel
from analysis.stats.permutation import permutation_test
from analysis.stats.pooling import rma
from analysis.stats.sensitivity import leave_one_out
from analysis.stats.structures import nested

HERE = Path(__file__).parent


def studies(k, seed=1):
    rng = np.random.default_rng(seed)
    vi = rng.uniform(0.01, 0.2, k)
    return rng.normal(0.3, np.sqrt(vi + 0.05)), vi


def clusters(k=1000, groups=200, seed=2):
    rng = np.random.default_rng(seed)
    study = np.repeat(np.arange(groups), k // groups)
    vi = rng.uniform(0.01, 0.2, k)
    yi = rng.normal(0, 0.2, groups)[study] + rng.normal(0.3, np.sqrt(vi + 0.05))
    return {"yi": yi.tolist(), "vi": vi.tolist(), "study": [f"s{i}" for i in study],
            "effect": [f"e{i}" for i in range(k)]}  # fmt: skip


def patients(n=10_000, groups=200, seed=3):
    rng = np.random.default_rng(seed)
    study = rng.integers(0, groups, n)
    arm, age = rng.integers(0, 2, n), rng.normal(60, 10, n)
    y = 40 + 3 * arm + 0.2 * age + rng.normal(0, 3, groups)[study] + rng.normal(0, 8, n)
    return {"study": [f"s{i}" for i in study], "arm": np.array(["a", "b"])[arm].tolist(),
            "age": age.tolist(), "y": y.tolist()}  # fmt: skip


def gapped(n=5000, seed=4):
    """Twelve variables of 5,000 patients, a fifth of eight of them missing."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=n)
    table = {f"x{j}": (0.6 * common + rng.normal(size=n)) for j in range(12)}
    for j in range(8):
        table[f"x{j}"][rng.random(n) < 0.2] = np.nan
    return {name: [None if np.isnan(v) else float(v) for v in x] for name, x in table.items()}


def best(function, least=0.5, batch=0.025):
    """The shortest of repeated batches, in seconds a run; a batch of short runs takes 25 ms."""
    first = spent(function, 1)
    if first > 5:
        return first
    runs = max(1, int(batch / spent(function, 1)))
    times = [spent(function, runs) for _ in range(3)]
    while runs * sum(times) < least:
        times.append(spent(function, runs))
    return min(times)


def spent(function, runs):
    begin = time.process_time()
    for _ in range(runs):
        function()
    return (time.process_time() - begin) / runs


@dataclass(frozen=True, slots=True)
class Task:
    """``run`` is timed; ``data`` is what the peers get; ``times`` faster is to be reached."""

    name: str
    run: Callable
    data: dict
    times: float
    slow: bool = False


def pooled_tasks():
    for k, times in ((10, 5), (100, 20), (1000, 300), (10_000, 10_000)):
        y, v = studies(k)
        yield Task(f"reml_{k}", partial(rma, y, v), pairs(y, v), times, slow=k == 10_000)
    for k, times in ((300, 200), (1000, 1000)):
        y, v = studies(k)
        run = partial(leave_one_out, rma(y, v))
        yield Task(f"leave_one_out_{k}", run, pairs(y, v), times, slow=k == 1000)
    y, v = studies(100)
    yield Task("influence_100", partial(influence, rma(y, v)), pairs(y, v), 50)
    y, v = studies(30)
    run = partial(permutation_test, rma(y, v), draws=1000, seed=1)
    yield Task("permutation_1000", run, pairs(y, v), 20)


def other_tasks():
    levels = clusters()

    def three_level():
        random = [nested(levels["study"]), nested(levels["study"], levels["effect"])]
        return fit_multilevel(levels["yi"], levels["vi"], random=random)

    yield Task("three_level_1000", three_level, levels, 5)
    people = patients()

    def mixed():
        fit = fit_mixed("y ~ arm + age", people)
        return satterthwaite(fit, np.eye(fit.p))

    yield Task("mixed_10000", mixed, people, 1)
    table = gapped()
    run = partial(impute, table, m=5, iterations=5, seed=1)
    yield Task("imputations_5", run, table, 1)


def pairs(y, v):
    return {"yi": y.tolist(), "vi": v.tolist()}


def peers(command, names, folder):
    """Seconds by task of a program that reads ``folder`` and writes ``times.json`` there."""
    try:
        subprocess.run([*command, folder, *names], check=True, capture_output=True, text=True)
    except FileNotFoundError:
        return {}
    except subprocess.CalledProcessError as problem:
        print(f"{command[0]}: {problem.stderr.strip().splitlines()[-1]}")
        return {}
    return json.loads((Path(folder) / "times.json").read_text())


def shown(seconds):
    return "" if seconds is None else f"{1000 * seconds:.3g} ms"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="let R fit its slowest sizes")
    parser.add_argument("--pymare", help="a Python that has PyMARE")
    chosen = parser.parse_args()
    found = [task for task in (*pooled_tasks(), *other_tasks())]
    ours = {task.name: best(task.run) for task in found}
    names = [task.name for task in found if chosen.large or not task.slow]
    with tempfile.TemporaryDirectory() as folder:
        for task in found:
            (Path(folder) / f"{task.name}.json").write_text(json.dumps(task.data))
        r = peers(["Rscript", str(HERE / "engine.R")], names, folder)
        pymare = {}
        if chosen.pymare:
            reml = [name for name in names if name.startswith("reml")]
            pymare = peers([chosen.pymare, str(HERE / "engine_pymare.py")], reml, folder)
    print("| what | here | R | times faster | to reach | PyMARE |\n|---|---|---|---|---|---|")
    for task in found:
        mine, theirs = ours[task.name], r.get(task.name)
        ratio = "" if theirs is None else f"{theirs / mine:,.0f}"
        row = [task.name, shown(mine), shown(theirs), ratio, f"{task.times:,}",
               shown(pymare.get(task.name))]  # fmt: skip
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
