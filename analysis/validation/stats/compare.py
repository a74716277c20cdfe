"""Compare what a case expects with what was computed, quantity by quantity."""

import math
import re
from dataclasses import dataclass

import numpy as np

# What a case tells about itself or gives as input, or how R prints: not results.
INFORMATION = {
    "X", "args", "btt", "ci_null", "convergence", "default_control", "dfs", "digits", "dist",
    "engine", "iter", "lb_sign", "mc_se", "message", "messages", "newmods", "note", "notes",
    "null", "optimizer_ll_spread", "slab", "transf", "ub_sign", "warnings",
}  # fmt: skip
ROOT = re.compile(r"/(tau|sd_study|sd_residual)(/|$)")
GROUP_WRAPPER = re.compile(r"^factor\(.*\)")


class Refused:
    """What stands in for a result the engine would not give, with its reason."""

    def __init__(self, problem):
        self.problem = problem

    def __str__(self):
        return f"refused: {self.problem}"


class Broke:
    """What stands in for a result whose computation broke down: never what a case asks for."""

    def __init__(self, crash):
        self.crash = crash

    def __str__(self):
        return f"broke down ({type(self.crash).__name__}): {self.crash}"


def compare(expected, got, rel, abs_, path):
    """Pairs of a quantity's path and what differs: a sentence ("" for nothing) or `NotOffered`.

    An ``{"error": ...}`` block wants a refusal. Where the reference could not follow up on a fit
    and the engine can, there is nothing to hold its number against: `Unwitnessed`.
    """
    if isinstance(got, NotOffered):
        yield path, got
    elif isinstance(expected, dict):
        if set(expected) == {"error"}:
            yield path, _refusal(got, path)
            return
        for key, wanted in expected.items():
            if key not in INFORMATION:
                yield from compare(wanted, _entry(got, key), rel, abs_, f"{path}/{key}")
    elif isinstance(expected, list) and expected and isinstance(expected[0], dict):
        for i, wanted in enumerate(expected):
            found = got[i] if isinstance(got, list) and i < len(got) else Missing()
            yield from compare(wanted, found, rel, abs_, f"{path}/{i + 1}")
    else:
        yield path, _difference(expected, got, rel, max(abs_, _least(path)))


@dataclass(frozen=True, slots=True)
class NotOffered:
    """What stands in for a feature the engine does not have; the quantity is skipped."""

    feature: str

    def __str__(self):
        return f"not offered yet: {self.feature}"


@dataclass(frozen=True, slots=True)
class Unwitnessed:
    """A number of the engine's where the reference stops; it is skipped, not agreed."""

    def __str__(self):
        return "the reference gives no number for this follow-up, the engine does"


def _refusal(got, path):
    if isinstance(got, Refused):
        return ""
    if isinstance(got, Missing | Broke):
        return f"got {got}, expected a refusal"
    return "expected a refusal, got a result" if path.startswith("rma") else Unwitnessed()


class Missing:
    """A quantity the handler did not compute."""

    def __str__(self):
        return "nothing"


def _least(path):
    """What two numbers may differ by through the last bits alone.

    A standard deviation is the root of a variance: 0 and 1e-12 are one variance, in rounding, and
    0 and 1e-6 their roots.
    """
    return 1e-6 if ROOT.search(path) else 0.0


def _entry(got, key):
    if isinstance(got, Refused | Missing | Broke):
        return got
    if isinstance(got, dict):
        return got.get(key, Missing())
    return getattr(got, key, Missing())


def _difference(expected, got, rel, abs_):
    wanted, found = _flat(expected), _flat(got)
    if isinstance(got, Refused | Missing | Broke):
        if all(x is None for x in wanted) and isinstance(got, Refused):
            return ""
        return f"got {got}, expected {_shown(expected)}"
    if all(x is None for x in wanted) and all(x is None for x in found):
        return ""
    if len(wanted) != len(found):
        return f"got {len(found)} values, expected {len(wanted)}: {_shown(got)}"
    for i, (w, f) in enumerate(zip(wanted, found, strict=True)):
        if not _same(w, f, rel, abs_):
            place = f"[{i}]" if len(wanted) > 1 else ""
            return f"{place} got {f}, expected {w}{_relative(w, f)}".strip()
    return ""


def _flat(values):
    """A flat list of numbers, texts and None; NaN is None, R's "Inf" a number."""
    if isinstance(values, np.ndarray):
        values = values.tolist()
    if isinstance(values, list | tuple):
        return [x for value in values for x in _flat(value)]
    if isinstance(values, np.generic):
        values = values.item()
    if values in ("Inf", "-Inf"):
        return [math.inf if values == "Inf" else -math.inf]
    if isinstance(values, float) and math.isnan(values):
        return [None]
    return [values]


def _same(wanted, found, rel, abs_):
    if isinstance(wanted, str) and isinstance(found, str):
        return GROUP_WRAPPER.sub("", wanted) == GROUP_WRAPPER.sub("", found)
    if wanted is None or found is None or isinstance(wanted, str) or isinstance(found, str):
        return wanted == found
    if math.isinf(wanted) or math.isinf(found):
        return wanted == found
    return abs(found - wanted) <= abs_ + rel * abs(wanted)


def _relative(wanted, found):
    numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (wanted, found))
    if not numbers or not wanted or math.isinf(wanted) or math.isinf(found):
        return ""
    return f" (relative difference {abs(found - wanted) / abs(wanted):.1e})"


def _shown(value):
    text = str(value)
    return text if len(text) < 60 else text[:57] + "..."
