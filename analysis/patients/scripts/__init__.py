"""A run of a model of patients as scripts that anybody can run: R with lme4, lmerTest and emmeans,
and Python with Concord's own engine. They carry the patients without identifiers, and the numbers
the run stored."""

from ...scripts import CSV, TEXT, Script
from . import data, python, r

SCRIPTS = {
    "R": Script("R script (lme4, lmerTest, emmeans)", r.script, TEXT),
    "py": Script("Python script", python.script, TEXT),
    "csv": Script("patients (CSV)", data.patients, CSV),
    "imputed.csv": Script("imputed patients (CSV, for mice)", data.imputed, CSV),
}


def of(run):
    """The ``Script`` of a run by name; the imputed patients only where there are any."""
    there = "m" in (run.results["imputed"] or {})
    return {name: one for name, one in SCRIPTS.items() if there or name != "imputed.csv"}
