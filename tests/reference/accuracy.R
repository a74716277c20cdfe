# Writes tests/reference/accuracy.json: what lme4 and metafor give for two sets of test studies.
#   telomerase: urinary telomerase for bladder cancer, 10 studies (Glas et al. 2003, J Urol 169:1975;
#     counts and a correlation of -1 as in Riley et al. 2007, BMC Med Res Methodol 7:3)
#   made_up: eight studies of two groups, made up for this project
# Run from the top of the checkout: Rscript tests/reference/accuracy.R
suppressMessages({library(lme4); library(metafor)})
library(jsonlite)

sets <- list(
  telomerase = data.frame(
    tp = c(25, 17, 88, 16, 40, 38, 23, 27, 14, 37), fn = c(8, 4, 16, 10, 17, 9, 19, 6, 3, 7),
    fp = c(1, 3, 16, 3, 1, 6, 0, 2, 3, 22), tn = c(25, 11, 31, 80, 137, 24, 12, 18, 29, 7),
    group = rep("a", 10)),
  made_up = data.frame(
    tp = c(45, 30, 60, 22, 80, 38, 51, 17), fn = c(5, 10, 6, 8, 9, 20, 4, 3),
    fp = c(4, 12, 2, 20, 15, 3, 1, 25), tn = c(60, 88, 52, 70, 110, 45, 40, 64),
    group = c("a", "a", "b", "b", "a", "b", "a", "b")))
long <- function(d, add = 0) {
  k <- nrow(d)
  half <- add * (d$tp == 0 | d$fn == 0 | d$fp == 0 | d$tn == 0)
  data.frame(study = factor(rep(1:k, 2)), what = factor(rep(c("sens", "spec"), each = k)),
             group = rep(d$group, 2), right = c(d$tp + half, d$tn + half),
             wrong = c(d$fn + half, d$fp + half))
}
exact <- function(d, formula) {
  f <- suppressWarnings(glmer(formula, long(d), binomial, control = glmerControl(
    optimizer = "bobyqa", optCtrl = list(maxfun = 1e6, rhoend = 1e-9), tolPwrss = 1e-12)))
  G <- VarCorr(f)$study
  list(beta = I(unname(fixef(f))), G = unname(matrix(G, 2)), ll = c(logLik(f)))
}
approximate <- function(d, mods, method) {
  l <- long(d, 0.5)
  l$y <- log(l$right / l$wrong)
  l$v <- 1 / l$right + 1 / l$wrong
  f <- rma.mv(y, v, mods = mods, random = ~ what | study, struct = "UN", data = l, method = method,
              control = list(optimizer = "optim", optmethod = "BFGS", reltol = 1e-15))
  G <- matrix(c(f$tau2[1], f$rho * sqrt(prod(f$tau2)), f$rho * sqrt(prod(f$tau2)), f$tau2[2]), 2)
  list(beta = I(c(f$beta)), se = I(f$se), G = G, ll = c(logLik(f)), vb = unname(f$vb))
}
plain <- cbind(right, wrong) ~ 0 + what + (0 + what | study)
grouped <- cbind(right, wrong) ~ 0 + what:group + (0 + what | study)
out <- lapply(sets, function(d) list(
  data = as.list(d),
  binomial = exact(d, plain),
  REML = approximate(d, ~ 0 + what, "REML"), ML = approximate(d, ~ 0 + what, "ML"),
  exact_sens = t(mapply(function(x, n) binom.test(x, n)$conf.int, d$tp, d$tp + d$fn))))
d <- sets$made_up
out$made_up$binomial_grouped <- exact(d, grouped)
g <- approximate(d, ~ 0 + what:group, "REML")
C <- rbind(c(-1, 0, 1, 0), c(0, -1, 0, 1))   # sens a, spec a, sens b, spec b
found <- C %*% g$beta
out$made_up$REML_grouped <- c(g, list(chi2 = c(t(found) %*% solve(C %*% g$vb %*% t(C)) %*% found)))
out$versions <- list(R = R.version.string, lme4 = as.character(packageVersion("lme4")),
                     metafor = as.character(packageVersion("metafor")))
write_json(out, "tests/reference/accuracy.json", digits = 12, auto_unbox = TRUE, pretty = TRUE)
