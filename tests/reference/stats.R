# Writes tests/reference/stats/*.json: what metafor gives for the 13 BCG trials (Colditz et al. 1994,
# JAMA 271:698) and for two small data sets made up for this project.
# Run from the top of the checkout: Rscript tests/reference/stats.R
suppressMessages(library(metafor))
library(jsonlite)

tight <- list(threshold = 1e-13, tol = 1e-13, maxiter = 10000, stepadj = 0.5)
model <- function(yi, vi, ...)
  suppressWarnings(do.call(rma, list(yi = yi, vi = vi, control = tight, ...)))

scalars <- function(x) list(
  k = x$k, p = x$p, method = x$method, test = x$test, terms = I(rownames(x$beta)),
  beta = I(c(x$beta)), se = I(x$se), stat = I(x$zval), pval = I(x$pval),
  ci_lb = I(x$ci.lb), ci_ub = I(x$ci.ub), tau2 = x$tau2, I2 = x$I2, H2 = x$H2,
  QE = x$QE, QE_df = x$k - x$p, QE_p = x$QEp)
intervals <- function(x, ...) {
  found <- confint(x, control = list(tol = 1e-13, maxiter = 10000), ...)$random
  rows <- list(tau2 = 1, tau = 2, I2 = 3, H2 = 4)
  lapply(rows, function(i) list(est = found[i, 1], lb = found[i, 2], ub = found[i, 3]))
}
predicted <- function(x, ...) {
  p <- predict(x, ...)
  list(pred = I(p$pred), ci_lb = I(p$ci.lb), ci_ub = I(p$ci.ub), pi_lb = I(p$pi.lb),
       pi_ub = I(p$pi.ub))
}
series <- function(x) list(estimate = x$estimate, se = x$se, pval = x$pval, Q = x$Q,
                           tau2 = x$tau2, I2 = x$I2)
cases <- function(x) {
  i <- influence(x)$inf
  list(rstudent = i$rstudent, dffits = i$dffits, cook_d = i$cook.d, cov_r = i$cov.r,
       tau2_del = i$tau2.del, QE_del = i$QE.del, hat = i$hat, weight = i$weight)
}
egger <- function(x, ...) {
  r <- regtest(x, ...)
  list(stat = r$zval, pval = r$pval, limit_est = r$est)
}
filled <- function(x, estimator) {
  f <- suppressWarnings(trimfill(x, estimator = estimator, control = tight))
  list(side = f$side, k0 = f$k0, se_k0 = f$se.k0, fit = scalars(f))
}
matrix_of <- function(x, names) lapply(setNames(x, x), names)

univariate <- function(d, measure, columns) {
  e <- do.call(escalc, c(list(measure = measure), lapply(columns, function(name) d[[name]])))
  fit <- function(method, test = "z", ...) model(e$yi, e$vi, method = method, test = test, ...)
  every <- c("FE", "DL", "HE", "HS", "HSk", "SJ", "ML", "REML", "EB", "PM", "PMM")
  list(
    escalc = list(yi = c(e$yi), vi = e$vi),
    rma_z = matrix_of(every, function(m) scalars(fit(m))),
    rma_t = matrix_of(c("DL", "REML"), function(m) scalars(fit(m, "t"))),
    rma_knha = matrix_of(c("DL", "REML", "PM"), function(m) scalars(fit(m, "knha"))),
    rma_adhoc = matrix_of(c("DL", "REML"), function(m) scalars(fit(m, "adhoc"))),
    confint = list(QP_REML = intervals(fit("REML")), PL_REML = intervals(fit("REML"), type = "PL")),
    predict = list(REML_z = predicted(fit("REML")), REML_knha = predicted(fit("REML", "knha")),
                   REML_z_riley = predicted(fit("REML"), pi.type = "riley")),
    regtest = list(rma_REML_sei = egger(fit("REML")),
                   rma_REML_vi = egger(fit("REML"), predictor = "vi"),
                   lm_sei = egger(fit("REML"), model = "lm")),
    ranktest = (function(r) list(tau = unname(r$tau), pval = r$pval))(ranktest(fit("REML"))),
    trimfill = list(REML_L0 = filled(fit("REML"), "L0"), DL_R0 = filled(fit("DL"), "R0")),
    leave1out = list(REML = series(leave1out(fit("REML"))), DL = series(leave1out(fit("DL")))),
    influence = list(REML = cases(fit("REML"))),
    rstandard = (function(r) list(resid = r$resid, se = r$se, z = r$z))(rstandard(fit("REML"))),
    blup = (function(b) list(pred = b$pred, se = b$se))(blup(fit("REML"))),
    fsn = list(Rosenthal = list(fsnum = fsn(e$yi, e$vi)$fsnum),
               Rosenberg = list(fsnum = fsn(e$yi, e$vi, type = "Rosenberg")$fsnum))
  )
}

bcg <- dat.bcg
tables <- list(ai = "tpos", bi = "tneg", ci = "cpos", di = "cneg")
cells <- c("tpos", "tneg", "cpos", "cneg")

# Relief of pain after treatment in nine imagined trials: means and SDs of two groups.
relief <- data.frame(
  m1 = c(42, 55, 38, 61, 47, 52, 35, 58, 44), s1 = c(18, 21, 16, 24, 19, 22, 15, 20, 17),
  n1 = c(24, 40, 18, 55, 32, 61, 15, 48, 27), m2 = c(30, 41, 33, 40, 39, 37, 31, 44, 29),
  s2 = c(17, 23, 15, 22, 20, 19, 16, 21, 18), n2 = c(25, 38, 20, 53, 30, 60, 16, 50, 26))
groups <- list(m1i = "m1", sd1i = "s1", n1i = "n1", m2i = "m2", sd2i = "s2", n2i = "n2")

# Responders among the treated of eight imagined series, none and all among them.
responders <- data.frame(x = c(0, 7, 12, 25, 9, 14, 31, 8), n = c(11, 19, 20, 48, 9, 33, 52, 21))
events <- list(xi = "x", ni = "n")

moderated <- function() {
  e <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = bcg)
  fit <- function(method, test = "z") model(c(e$yi), e$vi, mods = ~ ablat + alloc, data = e,
                                            method = method, test = test)
  with_test <- function(x) c(scalars(x), list(QM = x$QM, QM_p = x$QMp, R2 = x$R2))
  list(data = list(yi = c(e$yi), vi = e$vi, ablat = e$ablat, alloc = e$alloc), expected = list(
    rma_z = matrix_of(c("FE", "DL", "REML"), function(m) with_test(fit(m))),
    rma_knha = matrix_of("REML", function(m) with_test(fit(m, "knha"))),
    vif = list(vif = unname(sapply(vif(fit("REML"))$vif, function(v) v$vif))),
    rstudent_REML = (function(r) list(resid = r$resid, se = r$se, z = r$z))(rstudent(fit("REML")))))
}

pooled <- function(x) list(
  k = x$k, beta = c(x$beta), se = x$se, pval = x$pval, ci_lb = x$ci.lb, ci_ub = x$ci.ub,
  QE = x$QE, QE_p = x$QEp, I2 = x$I2)
sparse <- function() {
  arguments <- list(ai = bcg$tpos, bi = bcg$tneg, ci = bcg$cpos, di = bcg$cneg)
  mh <- function(m) do.call(rma.mh, c(arguments, list(measure = m)))
  or <- mh("OR")
  list(MH_OR = c(pooled(or), list(CO = or$CO, MH = or$MH, BD = or$BD, TA = or$TA)),
       MH_RR = pooled(mh("RR")), MH_RD = pooled(mh("RD")),
       PETO = pooled(do.call(rma.peto, arguments)))
}

write_case <- function(name, source, spec, data, expected) {
  whole <- list(case = name, source = source, spec = spec, data = data, expected = expected,
                engine = list(R = as.character(getRversion()),
                              metafor = as.character(packageVersion("metafor"))),
                tolerance = list(rel = 1e-6, abs = 1e-8,
                                 note = "both sides iterate to machine precision"))
  write(toJSON(whole, digits = I(15), auto_unbox = TRUE, na = "null", null = "null"),
        file.path("tests/reference/stats", paste0(name, ".json")))
}
spec <- function(measure, columns, ...) list(measure = measure, columns = columns, ...)
colditz <- "the 13 trials of Colditz et al. (1994), JAMA 271:698"
imagined <- "made up for this project"

for (m in c("RR", "OR", "RD")) write_case(
  paste0("bcg_", tolower(m)), colditz, spec(m, tables), as.list(bcg[cells]),
  univariate(bcg, m, tables))
for (m in c("MD", "SMD", "ROM")) write_case(
  paste0("relief_", tolower(m)), imagined, spec(m, groups), as.list(relief),
  univariate(relief, m, groups))
for (m in c("PR", "PLO", "PFT", "PAS")) write_case(
  paste0("responders_", tolower(m)), imagined, spec(m, events), as.list(responders),
  univariate(responders, m, events))
found <- moderated()
write_case("bcg_moderators", colditz, list(mods = "~ ablat + alloc"), found$data, found$expected)
write_case("bcg_sparse", colditz, list(columns = tables), as.list(bcg[cells]), sparse())
