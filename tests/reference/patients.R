# Writes tests/reference/patients.json: what lme4, lmerTest, pbkrtest, emmeans and mice give for
# patients that are made by formula (tests/patients.py makes the same).
# Run from the top of the checkout: Rscript tests/reference/patients.R
suppressMessages({library(lme4); library(lmerTest); library(pbkrtest); library(emmeans)
                  library(mice); library(jsonlite)})

s <- rep(1:12, each = 10); j <- rep(1:10, 12)
x <- ((7 * s + 3 * j) %% 11) / 2; arm <- (s + j) %% 2
y <- 20 + 1.5 * x + 2 * arm + 3 * sin(7.1 * s) + 0.8 * sin(3.3 * s + 1) * x +
     4 * sin(12.9898 * (10 * s + j))
site <- c("a", "b", "c")[1 + (s + 2 * j) %% 3]
answered <- as.integer(y > 25 + sin(5 * j) * 2)
dat <- data.frame(s = factor(s), x, arm, y, site, answered)
tight <- lmerControl(optimizer = "nloptwrap", calc.derivs = FALSE,
                     optCtrl = list(xtol_abs = 1e-12, ftol_abs = 1e-14, maxeval = 10000))

rows <- function(frame, est) list(est = I(frame[[est]]), se = I(frame$SE), df = I(frame$df))
slopes <- lmer(y ~ arm + x + (x | s), dat, control = tight)
kr <- coef(summary(slopes, ddf = "Kenward-Roger"))
by_site <- lmer(y ~ site + x + (x | s), dat, control = tight)
means <- function(fit, mode) {
  found <- emmeans(fit, "site", lmer.df = mode)
  list(means = rows(as.data.frame(found), "emmean"),
       pairs = rows(as.data.frame(pairs(found, adjust = "none")), "estimate"))
}

# The interval of the ICC: where the profiled restricted likelihood falls by half of chi-squared.
one <- lmer(y ~ arm + x + (1 | s), dat, control = tight)
deviance_at <- lmer(y ~ arm + x + (1 | s), dat, control = tight, devFunOnly = TRUE)
best <- optimize(deviance_at, c(0, 5), tol = 1e-12)
beyond <- function(theta) deviance_at(theta) - best$objective - qchisq(.95, 1)
ends <- c(uniroot(beyond, c(0, best$minimum), tol = 1e-12)$root,
          uniroot(beyond, c(best$minimum, 10), tol = 1e-12)$root)

logit <- glmer(answered ~ site + x + (1 | s), dat, family = binomial, nAGQ = 7)
odds <- emmeans(logit, "site")
chance <- as.data.frame(summary(odds, type = "response"))
averaged <- sapply(as.data.frame(odds)$emmean, function(eta)
  integrate(function(u) plogis(eta + u) * dnorm(u, 0, getME(logit, "theta")), -Inf, Inf,
            rel.tol = 1e-10)$value)

write_json(list(
  versions = list(R = as.character(getRversion()), lme4 = as.character(packageVersion("lme4")),
    lmerTest = as.character(packageVersion("lmerTest")),
    pbkrtest = as.character(packageVersion("pbkrtest")),
    emmeans = as.character(packageVersion("emmeans"))),
  kenward_roger = list(est = I(kr[, 1]), se = I(kr[, 2]), df = I(kr[, 3])),
  kenward_roger_means = means(by_site, "kenward-roger"),
  satterthwaite_means = means(by_site, "satterthwaite"),
  icc = I(ends^2 / (1 + ends^2)),
  odds = list(est = I(as.data.frame(odds)$emmean), se = I(as.data.frame(odds)$SE),
    chance = I(chance$prob), lower = I(chance$asymp.LCL), upper = I(chance$asymp.UCL),
    averaged = I(averaged),
    pairs = rows(as.data.frame(pairs(odds, adjust = "none")), "estimate"))
), "tests/reference/patients.json", digits = 12, auto_unbox = TRUE, pretty = TRUE)
