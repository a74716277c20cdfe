"""Read instruments from JSON: the one door by which a tool becomes something to run.

A file is accepted only when it has the shape of ``instrument.schema.json``, every name
in it leads somewhere, and routing only looks back. It carries no code, no HTML and no
pattern that is run: all its text is plain text, to be escaped where it is shown.
"""

import hashlib
import json
from functools import cache
from pathlib import Path
from types import MappingProxyType

from .build import build
from .lint import lint
from .shape import faults

HERE = Path(__file__).parent
LARGEST = 1_000_000
JUDGING = {"domains", "judgement_scale", "overall"}
DEEPEST = 32  # of nested JSON: leaves room for conditions twelve deep


class InstrumentProblem(ValueError):
    """An instrument that cannot be accepted; ``problems`` lists every reason."""

    def __init__(self, where, problems):
        self.problems = tuple(problems)
        super().__init__(f"{where} is not an instrument that can be used: " + "; ".join(problems))


def load(path):
    """Read one instrument file. Raises ``InstrumentProblem`` with every fault found."""
    path = Path(path)
    return parse(path.read_bytes(), where=path.name)


def parse(source, *, where="the file"):
    """Read one instrument from JSON text or bytes, for example ``Instrument.canonical``."""
    document = _document(source, where)
    problems = [f"{place.lstrip('.') or 'the file'} {said}" for place, said in _misshapen(document)]
    if not problems and not document.keys() >= JUDGING:
        problems = ["it has no questions to judge by (a reporting list, a flow, certainty)"]
    if problems:
        raise InstrumentProblem(where, problems)
    text = canonical(document)
    instrument = build(document, text, hashlib.sha256(text.encode()).hexdigest())
    if problems := lint(instrument):
        raise InstrumentProblem(where, problems)
    return instrument


def canonical(document):
    """The one JSON text of a document: keys sorted, no spaces, characters as they are."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@cache
def catalogue():
    """The instruments that come with the workbench, by id, in the order of their titles."""
    instruments = sorted(map(load, (HERE / "data").glob("*.json")), key=lambda one: one.title)
    return MappingProxyType({instrument.id: instrument for instrument in instruments})


@cache
def schema():
    """The JSON Schema of an instrument file."""
    return json.loads((HERE / "instrument.schema.json").read_text(encoding="utf-8"))


def _document(source, where):
    if len(source) > LARGEST:
        raise InstrumentProblem(where, [f"it is larger than {LARGEST:,} bytes"])
    try:
        document = json.loads(source, object_pairs_hook=_no_doubles, parse_constant=_no_constant)
    except (ValueError, RecursionError) as problem:
        raise InstrumentProblem(where, [f"it cannot be read as JSON ({problem})"]) from problem
    if _deeper_than(document, DEEPEST):
        raise InstrumentProblem(where, [f"it is nested more than {DEEPEST} deep"])
    return document


def _misshapen(document):
    return faults(document, schema()["$defs"]["instrument"], schema())


def _no_doubles(pairs):
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError(f"an entry is written twice among {', '.join(keys)[:80]}")
    return dict(pairs)


def _no_constant(name):
    raise ValueError(f"{name} is not a number")


def _deeper_than(document, limit):
    level = [document]
    for _ in range(limit):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return bool(level)
