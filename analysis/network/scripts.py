"""A network's run as scripts, as data, and its league table as a sheet."""

import numpy as np

from ..scripts import CSV, TEXT, Script, as_csv
from ..scripts.shared import compared_in_r, head, one_line, quoted, texts, vector
from ..stats import network
from . import shown
from .computing import arms_of, compared, together
from .measures import COMMON, MEASURES

LIKELIHOODS = ("REML", "ML")
FOUND = "c(b[-1], sqrt(diag(vb))[-1], rowMeans(certain, na.rm = TRUE), tau2, at(0)$Q)"


def _contrasts(run):
    spec = run.spec
    arms = [arms_of(row, spec["measure"]) for row in run.inputs["rows"]]
    return network.assemble(arms, reference=spec["reference"])


def _stored(run):
    """The numbers that both scripts find again, by name."""
    results = run.results
    others = results["treatments"][1:]
    found = {f"effect of {one['name']}": one["est"] for one in others}
    found |= {f"SE of {one['name']}": one["se"] for one in others}
    found |= {f"P-score of {one['name']}": one["p_score"] for one in results["treatments"]}
    tau2 = results["heterogeneity"]["tau2"]
    return found | {"tau2": tau2["est"] if tau2 else 0.0, "Q": results["heterogeneity"]["QE"]}


def _blocks(c):
    """The covariances of each study's contrasts, as R's matrices."""
    for study in dict.fromkeys(c.study):
        rows = [i for i, name in enumerate(c.study) if name == study]
        block = c.V[np.ix_(rows, rows)]
        yield f"  matrix({vector(block.ravel())}, {len(rows)})"


def r(run):
    """The text of the R script."""
    spec, c = run.spec, _contrasts(run)
    return "\n".join([
        *head(run), "library(metafor)", "", *_written_out(run, c), *AT,
        *_model(spec, len(c.treatments)), *LEAGUE, f"certain <- {_certainty(spec)}",
        "diag(certain) <- NA", "", *compared_in_r(_stored(run), FOUND),
    ]) + "\n"  # fmt: skip


def _written_out(run, c):
    """The lines of ``dat``, ``V``, ``treatments``, ``X`` and ``S``."""
    names = {str(row["study"]): row["label"] for row in run.inputs["rows"]}
    return [
        "# Differences from a baseline arm of each study, and their covariances written out.",
        "dat <- data.frame(",
        f"  study = {texts(c.study)},",
        f"  label = {texts(names[study] for study in c.study)},",
        f"  trt = {texts(c.treatment)},",
        f"  baseline = {texts(c.baseline)},",
        f"  y = {vector(c.yi)}",
        ")",
        "dat$comp <- paste(dat$trt, dat$baseline)",
        "V <- bldiag(list(",
        ",\n".join(_blocks(c)),
        "))",
        f"treatments <- {texts(c.treatments)}",
        "X <- sapply(treatments[-1], function(t) (dat$trt == t) - (dat$baseline == t))",
        "S <- 0.5 * (outer(dat$study, dat$study, `==`) + diag(nrow(dat)))",
    ]


AT = (
    "at <- function(tau2) {",
    "  W <- solve(V + tau2 * S)",
    "  vb <- solve(t(X) %*% W %*% X)",
    "  res <- dat$y - X %*% vb %*% t(X) %*% W %*% dat$y",
    "  list(vb = vb, Q = c(t(res) %*% W %*% res), W = W)",
    "}",
    "df <- nrow(X) - ncol(X)",
)
LEAGUE = (
    "b <- c(0, fit$beta)",
    "vb <- rbind(0, cbind(0, fit$vb * scale))",
    "",
    "# Every pair, row less column, and the mean certainty of beating another.",
    "est <- outer(b, b, `-`)",
    "se <- sqrt(outer(diag(vb), diag(vb), `+`) - 2 * vb)",
    "dimnames(est) <- list(treatments, treatments)",
    "print(round(est, 4))",
)


def _certainty(spec):
    z = "est / se" if spec["good"] == "large" else "-est / se"
    normal = spec["test"] == "z" or spec["method"] == COMMON
    return f"pnorm({z})" if normal else f"pt({z}, df)"


def _model(spec, treatments):
    """The lines that fit the model: ``fit``, ``tau2`` and the factor ``scale``."""
    method = spec["method"]
    if method == COMMON:
        return ["fit <- rma.mv(y, V, mods = ~ 0 + X, data = dat)", "tau2 <- 0", "scale <- 1"]
    # With two treatments there is one comparison, which has nothing to be correlated with.
    random = (
        'random = ~ comp | study, struct = "CS", rho = 1/2' if treatments > 2
        else "random = ~ 1 | study"
    )  # fmt: skip
    name = "tau2" if treatments > 2 else "sigma2"
    model = f"fit <- rma.mv(y, V, mods = ~ 0 + X, {random}, data = dat"
    if method in LIKELIHOODS:
        lines = [f'{model}, method = "{method}")', f"tau2 <- fit${name}"]
    else:
        lines = [*_moments(method), f"{model}, {name} = tau2)"]
    lines.append("print(fit)")
    if spec["test"] == "z":
        return [*lines, "scale <- 1"]
    scale = "at(tau2)$Q / df"
    # Knapp and Hartung's factor, which rma.mv does not offer.
    return [*lines, f"scale <- {f'max(1, {scale})' if spec['test'] == 'adhoc' else scale}"]


def _moments(method):
    if method == "PM":
        return [
            "tau2 <- if (at(0)$Q <= df) 0 else",
            "  uniroot(function(t) at(t)$Q - df, c(0, 1e6), tol = 1e-12)$root",
        ]
    return [
        "o <- at(0)",
        "P <- o$W - o$W %*% X %*% o$vb %*% t(X) %*% o$W",
        "tau2 <- max(0, (o$Q - df) / sum(diag(P %*% S)))",
    ]


PYTHON = """{head}
# Run it from Concord's folder (python script.py), or with that folder on PYTHONPATH.
import numpy as np

from analysis.stats import network

studies = [
{studies}
]
contrasts = network.assemble(studies, reference={reference})
fit = network.network(contrasts, method={method!r}, test={test!r}, level={level!r})
table = network.league(fit, level={level!r})
scores = network.p_scores(fit, higher_better={higher!r})
for pair in network.node_splits(contrasts, method={method!r}, test={test!r}):
    print(f"{{pair.first}} against {{pair.second}}: direct {{pair.direct:.4f}}, indirect "
          f"{{pair.indirect:.4f}}, p {{pair.pval:.4f}}")
print(network.design_by_treatment(contrasts, method={method!r}))

stored = {{
{stored}
}}
found = [*fit.d[1:], *np.sqrt(np.diag(fit.cov))[1:], *scores, fit.tau2, fit.QE]
for (name, value), now in zip(stored.items(), found, strict=True):
    off = abs(now - value) / max(abs(value), 1e-8)
    print(f"{{name:40}} stored {{value:.10g}}, now {{now:.10g}}, relative difference {{off:.2g}}")
"""


def python(run):
    """The text of the Python script."""
    spec = run.spec
    return PYTHON.format(
        head="\n".join(head(run)),
        studies="\n".join(f"    {_call(row, spec['measure'])},  # {one_line(row['label'])}"
                          for row in run.inputs["rows"]),
        reference=quoted(spec["reference"]), method=spec["method"], test=spec["test"],
        level=spec["level"] / 100, higher=spec["good"] == "large",
        stored="\n".join(f"    {quoted(name)}: {value!r}," for name, value in _stored(run).items()),
    )  # fmt: skip


def _call(row, measure):
    """The engine's call for one study."""
    name = repr(str(row["study"]))
    if MEASURES[measure].printed:
        pairs = ", ".join(f"({quoted(a)}, {quoted(b)}, {y!r}, {se!r})"
                          for a, b, y, se in compared(row))  # fmt: skip
        return f"network.given({name}, [{pairs}])"
    treatments, *columns = together(row)
    make = "counts" if len(columns) == 2 else "means"
    listed = ", ".join(str(list(column)) for column in columns)
    return f"network.{make}({name}, [{', '.join(map(quoted, treatments))}], {listed}, {measure!r})"


def data(run):
    """What entered, as CSV: a line an arm, or a printed comparison."""
    rows = run.inputs["rows"]
    if MEASURES[run.spec["measure"]].printed:
        named, part = ("first", "second"), "pairs"
    else:
        named, part = ("node",), "arms"
    columns = list(rows[0][part][0]["values"])
    return as_csv(
        ["study", "arm", *(name.replace("node", "treatment") for name in named), *columns],
        [
            [row["label"], one["arm"], *(one[name] for name in named),
             *(one["values"][column] for column in columns)]
            for row in rows for one in row[part]
        ],
    )  # fmt: skip


def league(run):
    """The league table as the page shows it, as CSV."""
    names, rows = shown.league(run)
    return as_csv(
        ["row against column; below the diagonal the network, above it direct studies", *names],
        [
            [name, *("" if cell is None else f"{cell.estimate} ({cell.interval})".replace(" ()", "")
                     for cell in cells)]
            for name, cells in rows
        ],
    )  # fmt: skip


SCRIPTS = {
    "R": Script("R script (metafor)", r, TEXT),
    "py": Script("Python script", python, TEXT),
    "csv": Script("data (CSV)", data, CSV),
    "league.csv": Script("league table (CSV)", league, CSV),
}
