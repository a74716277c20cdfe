"""A run of diagnostic accuracy as scripts and as data."""

import math

from ..scripts import CSV, TEXT, Script, as_csv
from ..scripts.shared import compared_in_r, head, quoted, texts, vector
from .computing import columns
from .measures import COUNTS


def _stored(run):
    """The numbers that both scripts find again, by name: logits of the summary points, then the
    variances between studies and their covariance."""
    results = run.results
    logits = [
        (f"logit {side} {group['name']}".strip(), math.log(group[side][0] / (1 - group[side][0])))
        for side in ("sens", "spec")
        for group in results["groups"]
    ]
    G = results["G"]
    spread = {"var sens": G[0][0], "var spec": G[1][1], "cov": G[0][1], "log-likelihood":
              results["ll"]}  # fmt: skip
    return dict(logits) | spread


def _data(run):
    rows = run.inputs["rows"]
    lines = [f"  {name} = {texts(row[key] for row in rows)}," for name, key in TEXTS.items()]
    return ["dat <- data.frame(", *lines, *_columns(rows), ")"]


def _columns(rows):
    told = [f"  {name} = {vector(column)}" for name, column in zip(COUNTS, columns(rows),
                                                                    strict=True)]  # fmt: skip
    return [",\n".join(told)]


TEXTS = {"study": "label", "group": "group"}
LONG = (
    "k <- nrow(dat)",
    "dat$group <- factor(dat$group, unique(dat$group))",
    "long <- data.frame(",
    '  study = factor(rep(1:k, 2)), what = factor(rep(c("sens", "spec"), each = k)),',
    "  group = rep(dat$group, 2), right = c(dat$tp, dat$tn), wrong = c(dat$fn, dat$fp)",
    ")",
    "long <- subset(long, right + wrong > 0)",
)
# The estimates of R have the sides within the groups; Concord's the groups within the sides.
GLMER = (
    "library(lme4)",
    "fit <- glmer({formula}, data = long, family = binomial,",
    '             control = glmerControl(optimizer = "bobyqa", tolPwrss = 1e-12,',
    "                                    optCtrl = list(maxfun = 1e6, rhoend = 1e-9)))",
    "print(summary(fit))",
    "b <- fixef(fit)",
    "G <- VarCorr(fit)$study",
    "ll <- c(logLik(fit))",
)
RMA = (
    "library(metafor)",
    "zero <- tapply(long$right == 0 | long$wrong == 0, long$study, any)",
    "half <- 0.5 * zero[as.character(long$study)]",
    "long$yi <- log((long$right + half) / (long$wrong + half))",
    "long$vi <- 1 / (long$right + half) + 1 / (long$wrong + half)",
    "fit <- rma.mv(yi, vi, mods = {mods}, random = ~ what | study, struct = \"UN\", data = long,",
    "              method = \"{method}\", control = list(optimizer = \"optim\",",
    "              optmethod = \"BFGS\", reltol = 1e-15))",
    "print(fit)",
    "b <- coef(fit)",
    "covariance <- fit$rho * sqrt(prod(fit$tau2))",
    "G <- matrix(c(fit$tau2[1], covariance, covariance, fit$tau2[2]), 2)",
    "ll <- c(logLik(fit))",
)  # fmt: skip


def r(run):
    """The text of the R script: lme4 for counts, metafor for logits."""
    terms = "0 + what:group" if run.spec["group"] else "0 + what"
    if run.spec["model"] == "binomial":
        formula = f"cbind(right, wrong) ~ {terms} + (0 + what | study)"
        model = "\n".join(GLMER).format(formula=formula)
    else:
        model = "\n".join(RMA).format(mods=f"~ {terms}", method=run.spec["model"])
    return "\n".join([
        *head(run), "", *_data(run), *LONG, "", model, "",
        *compared_in_r(_stored(run), "c(t(matrix(b, nrow = 2)), G[1, 1], G[2, 2], G[1, 2], ll)"),
    ]) + "\n"  # fmt: skip


PYTHON = """{head}
# Run it from Concord's folder (python script.py), or with that folder on PYTHONPATH.
from math import nan

from analysis.stats import diagnostic

studies = {labels}
{counts}
group = {groups}
fit = diagnostic.{call}
print(fit.point)
print("HSROC:", fit.hsroc)

stored = {{
{stored}
}}
means = fit.theta[:-3]
found = [*means, fit.G[0, 0], fit.G[1, 1], fit.G[0, 1], fit.ll]
for (name, value), now in zip(stored.items(), found, strict=True):
    off = abs(now - value) / max(abs(value), 1e-8)
    print(f"{{name:30}} stored {{value:.10g}}, now {{now:.10g}}, relative difference {{off:.2g}}")
"""


def python(run):
    """The text of the Python script."""
    spec, rows = run.spec, run.inputs["rows"]
    counts = "\n".join(
        f"{name} = {column}" for name, column in zip(COUNTS, columns(rows), strict=True)
    )
    told = f"tp, fn, fp, tn, group=group, level={spec['level'] / 100!r}"
    exact = spec["model"] == "binomial"
    groups = f"[{', '.join(quoted(row['group']) for row in rows)}]" if spec["group"] else "None"
    return PYTHON.format(
        head="\n".join(head(run)),
        labels=f"[{', '.join(quoted(row['label']) for row in rows)}]",
        counts=counts,
        groups=groups,
        call=f"bivariate({told})" if exact else f"reitsma({told}, method={spec['model']!r})",
        stored="\n".join(f"    {quoted(name)}: {value!r}," for name, value in _stored(run).items()),
    )


def data(run):
    """What entered, as CSV: a line a study."""
    rows = run.inputs["rows"]
    return as_csv(
        ["study", "group", *COUNTS],
        [
            [row["label"], row["group"], *(_text(row["values"].get(name)) for name in COUNTS)]
            for row in rows
        ],
    )


def _text(value):
    return "" if value is None else f"{value:g}"


SCRIPTS = {
    "R": Script("R script (lme4 or metafor)", r, TEXT),
    "py": Script("Python script", python, TEXT),
    "csv": Script("data (CSV)", data, CSV),
}
