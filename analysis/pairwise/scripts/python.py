"""A run as a Python script for Concord's engine, which needs NumPy and SciPy only. Pure."""

import json

from ...scripts.shared import head

SCRIPT = """{head}
# Run it from Concord's folder (python script.py), or with that folder on PYTHONPATH.
# The engine by itself, call by call: analysis.stats (effects, pooling, sparse, glmm, multilevel).
import json

from analysis.pairwise import pooled
from analysis.datasets import Row

# How it is pooled, and the numbers of each study by the engine's columns.
spec = json.loads({spec})
rows = [Row(**row) for row in json.loads({rows})]
results = pooled.pool(rows, spec)
for row, found in zip(rows, results["studies"]):
    print(f"{{row.label:40}} {{found['yi']:12.6f}} {{found['vi'] ** 0.5:12.6f}}")

# What Concord stored, and how far this computation is from it (relative).
stored = json.loads({stored})


def compare(name, was, now):
    if isinstance(was, dict):
        for key, value in was.items():
            compare(f"{{name}} {{key}}".strip(), value, now[key])
    elif isinstance(was, list):
        for place, (one, other) in enumerate(zip(was, now, strict=True), 1):
            compare(f"{{name}} {{place}}", one, other)
    elif isinstance(was, float):
        off = abs(now - was) / max(abs(was), 1e-8)
        print(f"{{name:32}} stored {{was:.10g}}, now {{now:.10g}}, relative difference {{off:.2g}}")
    else:
        assert was == now, f"{{name}}: stored {{was}}, now {{now}}"


compare("", stored, results)
"""
SAID = ("studies", "adjusted")  # printed study by study


def script(run):
    """The text of the script."""
    stored = {name: value for name, value in run.results.items() if name not in SAID}
    return SCRIPT.format(
        head="\n".join(head(run)),
        spec=_text(run.spec),
        rows=_lines(run.inputs["rows"]),
        stored=_text(stored),
    )


def _text(value):
    """Plain JSON as a literal of a text."""
    return repr(json.dumps(value))


def _lines(rows):
    """The same, a row a line."""
    lines = (json.dumps(row) for row in rows)
    return "(\n    " + "\n    ".join(repr(line) for line in _separated(list(lines))) + "\n)"


def _separated(lines):
    last = len(lines) - 1
    for place, line in enumerate(lines):
        yield ("[" if place == 0 else "") + line + ("]" if place == last else ",")
