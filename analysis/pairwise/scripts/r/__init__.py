"""A run as an R script for metafor. Pure.

It holds the data, every model that the run shows, and the numbers the run stored, and says how far
R is from them.
"""

from ....scripts.shared import head, quoted, texts
from ... import pooled, pooling_models
from ...measures import engine_measure
from ..columns import columns
from . import models, parts

NEEDS = {"CM.EL": ['# The exact likelihood: install.packages("BiasedUrn").']}


def script(run):
    """The text of the script."""
    spec = pooling_models.settled(run.spec)
    pieces = [
        models.main(spec, run),
        parts.subgroups(spec, run),
        parts.regression(spec, run),
    ]
    return "\n".join([
        *head(run),
        "# metafor 4.0 or later agrees with Concord on every measure; 3.8 corrects no ratio of",
        "# means for small samples.",
        "library(metafor)",
        *NEEDS.get(pooling_models.key_of(spec), ()),
        "",
        "dat <- data.frame(",
        *_columns(run),
        "  check.names = FALSE",
        ")",
        *_escalc(spec, run),
        "",
        *(line for piece in pieces for line in piece.code),
        "forest(dat$yi, dat$vi, slab = dat$study)",
        "",
        *_compared([pair for piece in pieces for pair in piece.stored]),
    ]) + "\n"  # fmt: skip


def _columns(run):
    rows = run.inputs["rows"]
    yield f"  study = {texts(pooled.name_of(row) for row in rows)},"
    for name, values in columns(run).items():
        yield f"  {name} = c({', '.join(repr(value) for value in values)}),"
    if "outcomes" in run.spec:
        yield f"  cluster = c({', '.join(str(row['study']) for row in rows)}),"
        yield f"  outcome = {texts(row['place']['outcome'] for row in rows)},"
        for side in ("1", "2"):
            arms = (row["place"].get(side, row["place"].get("", 0)) for row in rows)
            yield f"  arm{side} = c({', '.join(map(str, arms))}),"
    yield from parts.columns(run)


def _escalc(spec, run):
    """GEN needs no effect size: the estimates are given; a log-rank statistic is one."""
    measure, names = engine_measure(spec["measure"]), list(columns(run))
    if measure == "GEN":
        return ["dat$vi <- dat$sei^2"]
    if measure == "HR":
        return ["dat$yi <- dat$oei / dat$voei", "dat$vi <- 1 / dat$voei"]
    given = ", ".join(f"{name} = {name}" for name in names)
    lines = [f'dat <- escalc(measure = "{measure}", {given}, data = dat)']
    if pooling_models.key_of(spec) == "PETO":
        lines.append(f'dat <- escalc(measure = "PETO", {given}, data = dat, drop00 = TRUE)')
    return lines


def _compared(stored):
    """What Concord stored beside what R finds; a number that R has not (a package is missing, an
    interval was not found) is NA there, and left out of the largest difference."""
    names = ", ".join(f"{quoted(one.name)} = {one.value!r}" for one in stored)
    found = ", ".join(one.code for one in stored)
    floors = ", ".join(repr(one.floor) for one in stored)
    return [
        "# What Concord stored, and how far this run of R is from it (relative).",
        f"stored <- c({names})",
        f"found <- c({found})",
        f"off <- abs(found - stored) / pmax(abs(stored), c({floors}))",
        "print(cbind(stored, found, off))",
        'cat("compared:", sum(!is.na(off)), "of", length(off), "\\n")',
        'cat("largest relative difference:", format(max(off, na.rm = TRUE)), "\\n")',
    ]
