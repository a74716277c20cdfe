"""Statistical cases: data and a model, and the numbers that must come out of them.

A case file is one JSON object with ``spec``, ``data``, ``expected`` and ``tolerance``; files whose
name begins with ``_`` are not cases. A block of ``expected`` is computed by the handler whose
pattern fits its name, never by the name of the case.
"""

import json
from pathlib import Path

from ..cases import NoCases, Outcome, Result
from .compare import INFORMATION, NotOffered, Unwitnessed, compare
from .reading import Case
from .registry import computed


def run(directory):
    """An `Outcome` for every quantity of every case file of a directory, in order of name."""
    paths = sorted(p for p in Path(directory).glob("*.json") if not p.name.startswith("_"))
    if not paths:
        raise NoCases(f"{directory} holds no case file named *.json.")
    for path in paths:
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as problem:
            raise NoCases(f"{path} cannot be read as JSON: {problem}") from problem
        yield from run_case(document)


def run_case(document):
    """The `Outcome` of each quantity of one case, as read from its file."""
    case = Case.read(document)
    for block, expected in case.expected.items():
        if block in INFORMATION:
            continue
        got = computed(case, block, expected)
        for path, verdict in compare(expected, got, case.rel, case.abs, block):
            if isinstance(verdict, NotOffered | Unwitnessed):
                result = Result.SKIPPED
            else:
                result = Result.FAILED if verdict else Result.PASSED
            yield Outcome(f"{case.name} {path}", result, str(verdict))
