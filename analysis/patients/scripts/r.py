"""A run of a model of patients as an R script. Pure but for the rows it reads."""

from review.writers import safe_cell

from ...scripts.shared import head, one_line, quoted
from ...stats.ordering import in_order
from .. import fitting
from . import data

PARTS = {"est": "emmean", "se": "SE", "df": "df"}
HEAD = """library(lme4)
library(lmerTest)
library(emmeans)
emm_options(lmerTest.limit = Inf, pbkrtest.limit = Inf)

# bobyqa: the optimizer that lmer takes by itself stops early where variances are near 0.
bobyqa <- lmerControl(optimizer = "bobyqa", optCtrl = list(maxfun = 1e5, rhoend = 1e-9))

check <- function(what, stored, found) {
  off <- abs(found - stored) / pmax(abs(stored), 1e-8)
  print(cbind(stored, found, off))
  cat(what, "- largest relative difference:", format(max(off, na.rm = TRUE)), "\\n\\n")
}
"""


def script(run):
    """The text of the script."""
    names, table = data.names(run), data.columns(run)
    words = [name for name, values in table.items() if any(isinstance(v, str) for v in values)]
    return "\n".join([
        *head(run),
        *(["# SIMULATED patients, not real ones."] if run.inputs["simulated"] else []),
        *(f"# {name}: {one_line(run.inputs['labels'][key])}" for key, name in names.items()),
        HEAD,
        "# Read as they are written: R would take F for FALSE and 01 for 1.",
        _texts(words),
        'dat <- read.csv(na.strings = "", colClasses = texts, text = c(',
        ",\n".join(f"  {quoted(line)}" for line in data.lines(table)),
        "))",
        *(f"dat${name} <- factor(dat${name}, levels = {_levels(table[name])})" for name in words),
        "",
        *_model(run, names),
        *_responders(run, names),
        *_stages(run),
        *_imputed(run, names, table, words),
    ]) + "\n"  # fmt: skip


def _texts(words):
    """Which columns are read as they are written."""
    told = [f"{name} = {quoted('character')}" for name in words]
    return f"texts <- {_vector(told)}"


def _levels(values, shown=quoted):
    return _vector([shown(v) for v in in_order(v for v in values if v is not None)])


def _guarded(value):
    """A text as a file shows it whose cells no spreadsheet takes for formulas."""
    return quoted(safe_cell(value))


def _vector(texts):
    return f"c({', '.join(texts)})"


def _numbers(rows, part):
    return _vector(_values(rows, part))


def _values(rows, part):
    return ["NA" if row[part] is None else repr(row[part]) for row in rows]


def _formula(run, names):
    slopes = [names[key] for key in run.spec.get("slopes", ())]
    return f"{fitting.formula(names, run.spec)} + ({' + '.join(['1', *slopes])} | study)"


def _model(run, names):
    complete = run.results["complete"]
    yield f"fit <- lmer({_formula(run, names)}, dat, control = bobyqa)"
    yield "print(summary(fit))"
    yield from _compared(run, names, "fit", f', lmer.df = "{run.spec["df"]}"', complete)
    yield f'check("residual variance", {complete["var_residual"]!r}, sigma(fit)^2)'


def _compared(run, names, fit, how, stored):
    """Means and differences of a fit against what the run stored."""
    yield f'means <- emmeans({fit}, "{names[run.spec["factor"]]}"{how})'
    yield 'apart <- as.data.frame(pairs(means, adjust = "none"))'
    yield "means <- as.data.frame(means)"
    for part, column in PARTS.items():
        yield f'check("means, {column}", {_numbers(stored["means"], part)}, means${column})'
    for part, column in (PARTS | {"est": "estimate"}).items():
        yield f'check("differences, {column}", {_numbers(stored["pairs"], part)}, apart${column})'
    yield ""


def _responders(run, names):
    """The logistic model; z tests have no degrees of freedom to compare."""
    found, spec = run.results.get("responders"), run.spec
    if not found or "why_not" in found:
        return
    key = names[spec["response"]]
    how = spec["responding"]
    asked = f"== {quoted(how['is'])}" if "is" in how else f">= {how['least']}"
    yield f"dat$answered <- as.integer(dat${key} {asked})"
    yield (f"logit <- glmer({fitting.formula(names, spec, 'answered')} + (1 | study), dat,"
           " family = binomial, nAGQ = 7)")  # fmt: skip
    yield f'odds <- emmeans(logit, "{names[spec["factor"]]}")'
    yield 'ratios <- as.data.frame(pairs(odds, adjust = "none"))'
    for part, column in (("est", "estimate"), ("se", "SE")):
        yield (f'check("log odds ratios, {column}", {_numbers(found["pairs"], part)},'
               f" ratios${column})")  # fmt: skip
    yield 'chances <- as.data.frame(summary(odds, type = "response"))'
    yield f'check("chance of response", {_numbers(found["chances"], "middle")}, chances$prob)'
    yield ""


def _stages(run):
    """The second stage; the studies' own effects are what the run stored."""
    found = run.results.get("stages")
    if not found or "why_not" in found:
        return
    both, rows = found["together"] or {}, found["studies"]
    yield 'if (requireNamespace("metafor", quietly = TRUE)) {'
    for what, more, stored in (("two stages", [], found["two"]),
                               ("with published studies", both.get("studies"), both)):  # fmt: skip
        if more is not None:
            every = rows + more
            yield (f"  two <- metafor::rma({_numbers(every, 'yi')}, {_numbers(every, 'vi')},"
                   ' test = "knha")')  # fmt: skip
            told = _vector(_values([stored], "est") + _values([stored], "se"))
            yield f'  check("{what}", {told}, c(two$beta[1], two$se))'
    yield "}"
    yield ""


def _imputed(run, names, table, words):
    """Completed tables are read from their file, for no program draws what another drew."""
    found = run.results["imputed"]
    if not found or "why_not" in found:
        return
    there = [name for name in words if name in data.entering(run)]
    yield f"# The {found['m']} imputed tables (seed {found['seed']}) are in this file, as mice has"
    yield "# them: mice::as.mids(long) makes the object of them."
    yield f'file <- "patients-run-{run.pk}.imputed.csv"'
    yield "if (file.exists(file)) {"
    yield f"  {_texts(there)}"
    yield '  long <- read.csv(file, na.strings = "", colClasses = texts)'
    for name in there:
        yield (f"  long${name} <- factor(long${name}, levels = {_levels(table[name], _guarded)},"
               f" labels = {_levels(table[name])})")  # fmt: skip
    yield "  each <- lapply(split(long, long$.imp)[-1], function(d) as.data.frame(emmeans("
    yield (f'    lmer({_formula(run, names)}, d, control = bobyqa), "{names[run.spec["factor"]]}",'
           f' lmer.df = "{run.spec["df"]}")))')  # fmt: skip
    yield "  Q <- sapply(each, function(e) e$emmean); U <- sapply(each, function(e) e$SE^2)"
    yield f'  check("pooled means", {_numbers(found["means"], "est")}, rowMeans(Q))'
    yield (f'  check("pooled SE", {_numbers(found["means"], "se")},'
           " sqrt(rowMeans(U) + (1 + 1 / ncol(Q)) * apply(Q, 1, var)))")  # fmt: skip
    yield "}"
