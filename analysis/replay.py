"""A run computed again from its snapshot, number by number."""

import math
from dataclasses import dataclass

from . import datasets, runs
from .patients import modelling

SAME = 1e-6  # relative: other libraries and processors add up in another order


@dataclass(frozen=True, slots=True)
class Number:
    """One stored value of a run and the value found now; ``path`` names it, as in
    ``results.random.beta``."""

    path: str
    stored: object
    found: object

    @property
    def agrees(self):
        if isinstance(self.stored, float) and isinstance(self.found, float):
            return math.isclose(self.stored, self.found, rel_tol=SAME, abs_tol=SAME)
        return self.stored == self.found


def replay(run):
    """Every ``Number`` of a run's inputs and results, in order; what the stored run holds is
    compared, so that a quantity which only newer versions compute is no difference.

    Raises ``runs.NotAnalysable``, ``KeyError``, ``TypeError`` or ``ValueError`` when the snapshot
    and the spec no longer make an analysis.
    """
    inputs, results = runs.compute(datasets.content(run.snapshot), run.spec)
    found = {"inputs": inputs, "results": results}
    stored = {"inputs": run.inputs, "results": run.results}
    return list(_numbers("", stored, found))


def replay_patients(run):
    """The same for a run of a model of patients. Raises ``patients.model.NotModelled`` too."""
    inputs, sha256, results = modelling.compute(run.snapshot, run.spec)
    found = {"inputs": inputs, "sha256": sha256, "results": results}
    stored = {"inputs": run.inputs, "sha256": run.inputs_sha256, "results": run.results}
    return list(_numbers("", stored, found))


def _numbers(path, stored, found):
    if isinstance(stored, dict) and isinstance(found, dict):
        for name, value in stored.items():
            yield from _numbers(f"{path}.{name}".lstrip("."), value, found.get(name))
    elif isinstance(stored, list) and isinstance(found, list) and len(stored) == len(found):
        for place, (one, other) in enumerate(zip(stored, found, strict=True), 1):
            yield from _numbers(f"{path}[{place}]", one, other)
    else:
        yield Number(path, stored, found)
