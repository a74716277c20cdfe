"""A run as an R script for metafor. Pure."""

from .shared import columns, one_line, quoted


def script(run):
    """The text of the script."""
    spec, results = run.spec, run.results
    return "\n".join([
        f"# {one_line(run.plan.title)}: run {run.pk}",
        f"# Snapshot sha256 {run.snapshot.sha256}",
        f"# Inputs sha256 {run.inputs_sha256}",
        "library(metafor)",
        "",
        "dat <- data.frame(",
        *_columns(run),
        "  check.names = FALSE",
        ")",
        _escalc(spec, run),
        "",
        f'common <- rma(yi, vi, data = dat, method = "FE", level = {results["level"]:g})',
        f'random <- rma(yi, vi, data = dat, method = "{spec["method"]}",'
        f' test = "{spec["test"]}", level = {results["level"]:g})',
        "print(random)",
        "print(confint(random))",
        "print(predict(random))",
        "forest(random, slab = dat$study)",
        "",
        "# What Concord stored, and how far this run of R is from it (relative).",
        *_compared(results),
    ]) + "\n"  # fmt: skip


def _columns(run):
    rows = run.inputs["rows"]
    labels = ", ".join(quoted(row["label"]) for row in rows)
    lines = [f"  study = c({labels}),"]
    for name, values in columns(run).items():
        lines.append(f"  {name} = c({', '.join(repr(value) for value in values)}),")
    return lines


def _escalc(spec, run):
    """GEN needs no effect size: the estimates are given."""
    names = list(columns(run))
    if spec["measure"] == "GEN":
        return "dat$vi <- dat$sei^2"
    given = ", ".join(f"{name} = {name}" for name in names)
    return f'dat <- escalc(measure = "{spec["measure"]}", {given}, data = dat)'


def _compared(results):
    stored = {
        "beta": ("random$beta[1]", results["random"]["beta"]),
        "se": ("random$se", results["random"]["se"]),
        "ci.lb": ("random$ci.lb", results["random"]["ci_lb"]),
        "ci.ub": ("random$ci.ub", results["random"]["ci_ub"]),
        "tau2": ("random$tau2", results["heterogeneity"]["tau2"]["est"]),
        "I2": ("random$I2", results["heterogeneity"]["I2"]["est"]),
        "QE": ("random$QE", results["heterogeneity"]["QE"]),
        "common beta": ("common$beta[1]", results["common"]["beta"]),
        "common se": ("common$se", results["common"]["se"]),
    }
    names = ", ".join(f'"{name}" = {value!r}' for name, (_, value) in stored.items())
    found = ", ".join(code for code, _ in stored.values())
    return [
        f"stored <- c({names})",
        f"found <- c({found})",
        "off <- abs(found - stored) / pmax(abs(stored), 1e-8)",
        "print(cbind(stored, found, off))",
        'cat("largest relative difference:", format(max(off)), "\\n")',
    ]
