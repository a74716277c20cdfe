"""A dose-response run as scripts: R with metafor, Python with Concord's engine, and its arms."""

from ..scripts import CSV, TEXT, Script, as_csv
from ..scripts.shared import head, quoted, texts, vector

R_HEAD = """\
library(metafor)

# Contrasts of each study against its reference dose; V as Concord rebuilt it.
"""
R_COLUMNS = {
    "linear": "columns <- function(x) cbind(x)",
    "quadratic": "columns <- function(x) cbind(x, x^2)",
    "spline": """\
columns <- function(x) {
  p <- function(z) pmax(z, 0)^3; n <- length(knots); last <- knots[n] - knots[n - 1]
  cbind(x, sapply(seq_len(n - 2), function(j) (p(x - knots[j]) -
    p(x - knots[n - 1]) * (knots[n] - knots[j]) / last +
    p(x - knots[n]) * (knots[n - 1] - knots[j]) / last) / (knots[n] - knots[1])^2))
}""",
}
R_BEST = """
# The best of several optimizers: none of them converges on every set of studies.
best <- function(y, V, ...) {
  controls <- list(list(optimizer = "nlminb"),
    list(optimizer = "optim", optmethod = "BFGS", reltol = 1e-14, maxit = 5000),
    list(optimizer = "optim", optmethod = "Nelder-Mead", maxit = 20000))
  fits <- lapply(controls, function(control)
    tryCatch(do.call(rma.mv, c(list(yi = y, V = V, ...), list(control = control))),
             error = function(e) NULL))
  fits <- Filter(Negate(is.null), fits)
  fits[[which.max(sapply(fits, function(f) c(logLik(f))))]]
}
"""
R_TWO = """
X <- columns(dat$dose) - columns(dat$reference)
first <- lapply(unique(dat$study), function(s) {
  own <- dat$study == s; W <- solve(V[own, own, drop = FALSE]); Z <- X[own, , drop = FALSE]
  vb <- solve(t(Z) %*% W %*% Z)
  list(b = c(vb %*% t(Z) %*% W %*% dat$yi[own]), vb = vb)
})
p <- ncol(X); k <- length(first)
unit <- 1 / apply(matrix(abs(sapply(first, `[[`, "b")), p), 1, max)
b <- unlist(lapply(first, function(f) f$b * unit))
S <- as.matrix(bldiag(lapply(first, function(f) f$vb * outer(unit, unit))))
two <- data.frame(b, term = factor(rep(seq_len(p), k)), study = rep(seq_len(k), each = p))
"""
R_TWO_FIT = {
    "FE": 'fit <- rma.mv(b, S, mods = ~ 0 + term, data = two, method = "FE")',
    "DL": """\
# metafor has no method of moments for several coefficients: Concord's G is given to it.
G <- stored_G * outer(unit, unit)
M <- S + kronecker(diag(k), G)
fit <- rma.mv(b, M, mods = ~ 0 + term, data = two, method = "FE")""",
    "": """\
fit <- best(b, S, mods = ~ 0 + term, random = ~ term | study, struct = "UN", data = two,
            method = method)""",
}
R_LINE = {
    "FE": 'fit <- rma(b, diag(S), method = "EE")',
    "": """\
fit <- rma(b, diag(S), method = method, control = list(threshold = 1e-12, maxiter = 10000))""",
}
R_ONE = """
X <- columns(dat$dose) - columns(dat$reference)
unit <- apply(abs(X), 2, max)
Z <- as.data.frame(sweep(X, 2, unit, "/")); names(Z) <- paste0("x", seq_along(unit))
one <- cbind(dat, Z); terms <- paste(names(Z), collapse = " + ")
mods <- as.formula(paste("~ 0 +", terms)); random <- as.formula(paste("~ 0 +", terms, "| study"))
"""
R_ONE_FIT = {
    "FE": 'fit <- rma.mv(one$yi, V, mods = mods, data = one, method = "FE")',
    "": """\
fit <- best(one$yi, V, mods = mods, random = random, struct = "GEN", data = one,
            method = method)""",
}
R_END = """
print(fit)
found <- c(unname(c(fit$beta)) / unit, unname(fit$se) / unit)
off <- abs(found - stored) / pmax(abs(stored), 1e-12)
print(cbind(stored, found, off))
cat("largest relative difference:", format(max(off)), "\\n")
"""


def r_script(run):
    """The run for metafor's ``rma.mv``."""
    spec, results = run.spec, run.results
    shape = "spline" if spec["shape"].startswith("spline") else spec["shape"]
    terms, two = results["terms"], spec["stages"] == 2
    fits = (R_LINE if len(terms) == 1 else R_TWO_FIT) if two else R_ONE_FIT
    stored = [one[name] for name in ("beta", "se") for one in terms]
    return "\n".join([
        *head(run), R_HEAD, *_r_data(results),
        f"knots <- {vector(results['knots'])}", R_COLUMNS[shape],
        f"stored <- {vector(stored)}",
        f"stored_G <- matrix({vector(x for row in results['G'] for x in row)}, {len(terms)})",
        f'method <- "{spec["method"]}"', R_BEST, R_TWO if two else R_ONE,
        fits.get(spec["method"], fits[""]), R_END,
    ])  # fmt: skip


def _r_data(results):
    found = results["studies"]
    place = [i + 1 for i, one in enumerate(found) for _ in one["dose"]]
    doses, effects = (vector(x for one in found for x in one[name]) for name in ("dose", "yi"))
    yield f"labels <- {texts(one['label'] for one in found)}"
    yield f"dat <- data.frame(study = c({', '.join(map(str, place))}),"
    yield f"  dose = {doses},"
    yield f"  reference = {vector(one['reference'] for one in found for _ in one['dose'])},"
    yield f"  yi = {effects})"
    yield "V <- as.matrix(bldiag(list("
    blocks = [
        f"  matrix({vector(x for row in one['V'] for x in row)}, {len(one['V'])})" for one in found
    ]
    yield ",\n".join(blocks)
    yield ")))"


PYTHON = """\
{head}
# Run it from Concord's folder (python script.py), or with that folder on PYTHONPATH.
import numpy as np

from analysis.stats.dose_response import curves, trends
from analysis.stats.dose_response.covariance import Contrasts

# label, doses, reference dose, effects against it, their covariance
given = [
{studies}
]
studies = {{
    f"{{place}} {{label}}": Contrasts(
        np.array(dose), reference, np.array(yi), np.array(V), np.arange(len(dose))
    )
    for place, (label, dose, reference, yi, V) in enumerate(given, 1)
}}
curve = curves.Curve({shape!r}, {knots!r})
trend = trends.fit_trend(studies, curve, stages={stages}, method={method!r}, level={level!r})
stored = {stored!r}
found = [*trend.beta, *trend.se, *trend.tau]
for name, value, again in zip([*curve.terms] * 3, stored, found):
    off = abs(again - value) / max(abs(value), 1e-12)
    print(f"{{name:14}} stored {{value:.10g}}, now {{again:.10g}}, relative difference {{off:.2g}}")
predicted = trends.predict(trend, {doses!r}, {reference!r})
for row in zip(predicted.dose, predicted.pred, predicted.ci_lb, predicted.ci_ub):
    print("dose {{:g}}: {{:.6g}} ({{:.6g}} to {{:.6g}})".format(*row))
"""


def python_script(run):
    """The run for Concord's own engine, which needs NumPy and SciPy only."""
    spec, results = run.spec, run.results
    rows = [
        f"    ({quoted(one['label'])}, {one['dose']!r}, {one['reference']!r}, {one['yi']!r},"
        f" {one['V']!r}),"
        for one in results["studies"]
    ]
    shape = "spline" if spec["shape"].startswith("spline") else spec["shape"]
    return PYTHON.format(
        head="\n".join(head(run)),
        studies="\n".join(rows), shape=shape, knots=tuple(results["knots"]),
        stages=spec["stages"], method=spec["method"], level=spec["level"] / 100,
        stored=[one[name] for name in ("beta", "se", "tau") for one in results["terms"]],
        doses=[one["dose"] for one in results["predictions"]], reference=results["reference"],
    )  # fmt: skip


HEADS = {"estimate": "log_ratio"}


def data(run):
    """Every arm as it entered: study, arm, whether it is the reference, and its numbers."""
    rows = run.inputs["rows"]
    columns = list(
        dict.fromkeys(name for row in rows for arm in row["arms"] for name in arm["values"])
    )
    return as_csv(
        ["study", "arm", "reference", *(HEADS.get(name, name) for name in columns)],
        [
            [row["label"], arm["arm"], "" if place in found["rows"] else "yes",
             *(arm["values"].get(name) for name in columns)]
            for row, found in zip(rows, run.results["studies"], strict=True)
            for place, arm in enumerate(row["arms"])
        ],
    )  # fmt: skip


SCRIPTS = {
    "R": Script("R script (metafor)", r_script, TEXT),
    "py": Script("Python script", python_script, TEXT),
    "csv": Script("data (CSV)", data, CSV),
}
