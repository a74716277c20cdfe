"""Case files and what came out of them. Pure."""

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

PATTERN = "*_cases.json"


class NoCases(ValueError):
    """The directory holds nothing that can be run; the message says what was looked for."""


class Result(StrEnum):
    """A disputed case rests on a rule that is read in two ways: reported, never counted."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case: ``detail`` says got and expected, or why it was not run or is disputed."""

    case: str
    result: Result
    detail: str = ""


def case_groups(directory):
    """Every list of cases in the case files of a directory, as (file name, group, cases).

    Raises ``NoCases`` when there is no directory, no case file, or one that cannot be read.
    """
    directory = Path(directory)
    paths = sorted(directory.glob(PATTERN))
    if not paths:
        raise NoCases(f"{directory} holds no file named {PATTERN}.")
    for path in paths:
        for group, cases in _document(path).items():
            if isinstance(cases, list) and all(isinstance(case, dict) for case in cases):
                yield path.name, group, cases


def _document(path):
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as problem:
        raise NoCases(f"{path} cannot be read as JSON: {problem}") from problem
    if not isinstance(document, dict):
        raise NoCases(f"{path} must hold lists of cases by instrument.")
    return document


def judged(label, case, differences):
    """The outcome of a case that was run: ``differences`` are sentences, none = as expected."""
    detail = "; ".join(differences)
    if case.get("disputed"):
        said = detail or "as expected"
        return Outcome(label, Result.DISPUTED, f"{said} ({case['disputed']})")
    return Outcome(label, Result.FAILED if detail else Result.PASSED, detail)


def difference(name, got, expected):
    """``name: got ..., expected ...`` as a list of none or one; lists are compared as sets."""
    same = got == expected
    if isinstance(got, list | tuple) and isinstance(expected, list | tuple):
        same = sorted(map(str, got)) == sorted(map(str, expected))
    return [] if same else [f"{name}: got {_shown(got)}, expected {_shown(expected)}"]


def _shown(value):
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(str, value))}]"
    return "nothing" if value is None else str(value)
