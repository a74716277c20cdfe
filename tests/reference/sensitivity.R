# Writes tests/reference/sensitivity.json: missing participants, missing SDs and a specification
# curve, computed without Concord: variances by numerical derivatives (numDeriv), expectations by
# statmod's quadrature, Rubin's rules by mice, every model by metafor.
# Run from the top of the checkout: Rscript tests/reference/sensitivity.R
suppressMessages({library(metafor); library(jsonlite); library(numDeriv); library(statmod)})
suppressMessages(library(mice))

tight <- list(threshold = 1e-13, tol = 1e-13, maxiter = 10000, stepadj = 0.5)
fit <- function(yi, vi, method, test = "z")
  suppressWarnings(rma(yi, vi, method = method, test = test, control = tight))
told <- function(x) list(beta = c(x$beta), ci_lb = x$ci.lb, ci_ub = x$ci.ub, pval = x$pval,
                         tau2 = x$tau2)
both <- function(e) list(yi = e$yi, vi = e$vi, FE = told(fit(e$yi, e$vi, "FE")),
                         DL = told(fit(e$yi, e$vi, "DL")))

# Haloperidol against placebo, 17 trials (Joy et al. 2006, as in Higgins et al. 2008): improved,
# not improved, missing; then the same of placebo.
halo <- matrix(c(
  25,25,2,18,33,0, 29,18,22,20,14,34, 12,17,1,2,28,1, 3,9,0,0,12,0, 10,11,0,3,19,0, 11,8,0,1,14,0,
  7,18,1,4,21,1, 8,9,0,3,10,0, 19,45,2,14,50,2, 1,9,0,0,10,0, 11,23,3,0,13,0, 20,9,0,2,9,0,
  17,1,11,7,4,18, 4,10,0,0,13,1, 2,14,0,0,7,1, 11,1,0,1,11,0, 9,20,1,0,29,1), ncol = 6, byrow = TRUE)

link <- list(RR = log, OR = qlogis, RD = identity)

# Risk in an arm from the observed risk and the shares of the missing, by reason.
risk <- function(p, shares, q) p * (1 - sum(shares)) + sum(shares * sapply(q, function(f) f(p)))
arm <- function(measure, r, f, m, q, split) {
  n <- r + f; N <- n + m; p <- r / n; shares <- m / N * split
  g <- function(x) link[[measure]](risk(x[1], x[-1], q))
  d <- grad(g, c(p, shares))
  V <- matrix(0, 1 + length(shares), 1 + length(shares))
  V[1, 1] <- p * (1 - p) / n
  V[-1, -1] <- (diag(shares, length(shares)) - outer(shares, shares)) / N
  c(g(c(p, shares)), c(d %*% V %*% d))
}
zero <- function(p) 0; one <- function(p) 1; same <- function(p) p
odds <- function(or) function(p) or * p / (or * p + 1 - p)

study <- function(measure, x, which, imor) {
  certain <- list("ICA-1" = c(1, 0, 1, 0), "ICA-0" = c(0, 1, 0, 1), "ICA-b" = c(1, 0, 0, 1),
                  "ICA-w" = c(0, 1, 1, 0))[[which]]
  if (is.null(certain)) certain <- c(0, 0, 0, 0)
  if (any(x[c(1, 2, 4, 5)] + certain * x[c(3, 3, 6, 6)] == 0)) x[c(1, 2, 4, 5)] <- x[c(1, 2, 4, 5)] + .5
  pe <- x[1] / (x[1] + x[2]); pc <- x[4] / (x[4] + x[5])
  q <- switch(which, "ICA-0" = list(zero, zero), "ICA-1" = list(one, one), "ICA-b" = list(one, zero),
              "ICA-w" = list(zero, one), "ICA-p" = list(same, same),
              "ICA-pc" = list(odds(qodds(pc) / qodds(pe)), same),
              "ICA-pe" = list(same, odds(qodds(pe) / qodds(pc))),
              imor = list(odds(imor[1]), odds(imor[2])))
  e <- arm(measure, x[1], x[2], x[3], q[1], 1); c <- arm(measure, x[4], x[5], x[6], q[2], 1)
  c(e[1] - c[1], e[2] + c[2])
}
qodds <- function(p) p / (1 - p)
scenario <- function(measure, which, imor = c(1, 1)) {
  rows <- t(apply(halo, 1, study, measure = measure, which = which, imor = imor))
  both(list(yi = rows[, 1], vi = rows[, 2]))
}
# Half of the missing count as failures, half have the risk of their own arm.
mixed <- function(measure) {
  rows <- t(apply(halo, 1, function(x) {
    if (any(x[c(1, 2, 4, 5)] + c(0, .5, 0, .5) * x[c(3, 3, 6, 6)] == 0)) x[c(1, 2, 4, 5)] <- x[c(1, 2, 4, 5)] + .5
    e <- arm(measure, x[1], x[2], x[3], list(zero, same), c(.5, .5))
    c <- arm(measure, x[4], x[5], x[6], list(zero, same), c(.5, .5))
    c(e[1] - c[1], e[2] + c[2])
  }))
  both(list(yi = rows[, 1], vi = rows[, 2]))
}
halves <- function(x) { if (any(x[c(1, 2, 4, 5)] == 0)) x[c(1, 2, 4, 5)] <- x[c(1, 2, 4, 5)] + .5; x }
table_of <- function(measure, X) escalc(measure = measure, ai = X[, 1], bi = X[, 2], ci = X[, 4],
                                        di = X[, 5], add = 0, to = "none")
gamble <- function(measure) {
  X <- t(apply(halo, 1, halves)); B <- W <- X
  B[, 1] <- B[, 1] + X[, 3]; B[, 5] <- B[, 5] + X[, 6]
  W[, 2] <- W[, 2] + X[, 3]; W[, 4] <- W[, 4] + X[, 6]
  a <- table_of(measure, X); b <- table_of(measure, B); w <- table_of(measure, W); z <- qnorm(.975)
  se <- ((b$yi + z * sqrt(b$vi)) - (w$yi - z * sqrt(w$vi))) / (2 * z)
  both(list(yi = c(a$yi), vi = c(se^2)))
}
uncertain <- function(measure, mean, sd, corr) {
  quad <- gauss.quad.prob(40, "normal")
  grid <- expand.grid(a = seq_along(quad$nodes), b = seq_along(quad$nodes))
  z1 <- quad$nodes[grid$a]; z2 <- quad$nodes[grid$b]; w <- quad$weights[grid$a] * quad$weights[grid$b]
  le <- mean[1] + sd[1] * z1; lc <- mean[2] + sd[2] * (corr * z1 + sqrt(1 - corr^2) * z2)
  rows <- t(apply(halo, 1, function(x) {
    x <- halves(x)
    at <- study(measure, x, "imor", exp(mean))
    y <- sapply(seq_along(w), function(i) {
      p <- function(r, f, m, or) { n <- r + f; a <- m / (n + m); r / n * (1 - a) + a * odds(or)(r / n) }
      link[[measure]](p(x[1], x[2], x[3], exp(le[i]))) - link[[measure]](p(x[4], x[5], x[6], exp(lc[i])))
    })
    c(sum(w * y), at[2] + sum(w * y^2) - sum(w * y)^2)
  }))
  both(list(yi = rows[, 1], vi = rows[, 2]))
}

# Means: relief of pain in nine imagined trials, with some patients lost.
relief <- data.frame(
  m1 = c(42, 55, 38, 61, 47, 52, 35, 58, 44), s1 = c(18, 21, 16, 24, 19, 22, 15, 20, 17),
  n1 = c(24, 40, 18, 55, 32, 61, 15, 48, 27), m2 = c(30, 41, 33, 40, 39, 37, 31, 44, 29),
  s2 = c(17, 23, 15, 22, 20, 19, 16, 21, 18), n2 = c(25, 38, 20, 53, 30, 60, 16, 50, 26),
  l1 = c(3, 0, 5, 12, 4, 9, 0, 7, 2), l2 = c(5, 2, 4, 9, 6, 11, 1, 3, 0))
J <- function(m) exp(lgamma(m / 2) - log(sqrt(m / 2)) - lgamma((m - 1) / 2))
lost_means <- function(measure, kind, mean, sd, corr) {
  rows <- t(apply(relief, 1, function(r) {
    N1 <- r["n1"] + r["l1"]; N2 <- r["n2"] + r["l2"]; df <- r["n1"] + r["n2"] - 2
    S <- sqrt(((r["n1"] - 1) * r["s1"]^2 + (r["n2"] - 1) * r["s2"]^2) / df)
    star <- function(x, a, l) if (kind == "difference") x + a * l else x * (1 - a + a * exp(l))
    f <- function(v) {
      t1 <- star(v[1], v[3], v[5]); t2 <- star(v[2], v[4], v[6])
      switch(measure, MD = t1 - t2, ROM = log(t1) - log(t2), SMD = J(df) * (t1 - t2) / S)
    }
    at <- c(r["m1"], r["m2"], r["l1"] / N1, r["l2"] / N2, mean[1], mean[2])
    d <- grad(f, at)
    e1 <- if (measure == "SMD") (S / J(df))^2 / r["n1"] else r["s1"]^2 / r["n1"]
    e2 <- if (measure == "SMD") (S / J(df))^2 / r["n2"] else r["s2"]^2 / r["n2"]
    V <- diag(c(e1, e2, at[3] * (1 - at[3]) / N1, at[4] * (1 - at[4]) / N2, sd[1]^2, sd[2]^2))
    V[5, 6] <- V[6, 5] <- corr * sd[1] * sd[2]
    y <- f(at)
    v <- c(d %*% V %*% d) + if (measure == "SMD") y^2 / (2 * (r["n1"] + r["n2"])) else 0
    c(y, v)
  }))
  both(list(yi = rows[, 1], vi = rows[, 2]))
}

known <- relief; known$s1[c(2, 5)] <- NA; known$s2[c(2, 7)] <- NA
sds <- function() {
  s <- c(known$s1, known$s2); n <- c(known$n1, known$n2); m <- c(known$m1, known$m2); ok <- !is.na(s)
  line <- lm(log(s[ok]) ~ log(m[ok])); b <- unname(coef(line))
  list(pooled = sqrt(sum((n[ok] - 1) * s[ok]^2) / sum(n[ok] - 1)), median = median(s[ok]),
       largest = max(s[ok]), regression = exp(b[1] + b[2] * log(m[!ok])), sigma = sigma(line))
}
rubin <- function() {
  q <- c(1.1, 1.4, 1.25, 1.31); u <- c(.04, .05, .045, .041); p <- pool.scalar(q, u, n = Inf)
  list(q = q, u = u, qbar = p$qbar, t = p$t, df = p$df)
}

curve <- function() {
  rows <- list()
  for (measure in c("RR", "OR", "RD")) {
    e <- escalc(measure = measure, ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
    for (method in c("REML", "DL", "PM", "ML", "EB", "SJ", "HE", "HS"))
      for (test in c("z", "knha", "adhoc"))
        rows[[length(rows) + 1]] <- c(list(measure = measure, method = method, test = test),
                                      told(fit(c(e$yi), e$vi, method, test)))
  }
  rows
}
flipped <- function() {
  e <- escalc(measure = "OR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg[1:7, ])
  sapply(c(DL = "DL", HE = "HE", REML = "REML", SJ = "SJ"), function(method)
    permutest(fit(c(e$yi), e$vi, method), exact = TRUE, progbar = FALSE)$pval)
}

pairs <- list(c(2, 2), c(.5, .5), c(2, .5))
out <- list(
  made_by = list(R = as.character(getRversion()), metafor = as.character(packageVersion("metafor")),
                 mice = as.character(packageVersion("mice"))),
  halo = halo, relief = as.list(relief), known = as.list(known),
  scenarios = lapply(setNames(nm = names(link)), function(m)
    lapply(setNames(nm = c("ICA-0", "ICA-1", "ICA-pc", "ICA-pe", "ICA-p", "ICA-b", "ICA-w")),
           function(s) scenario(m, s))),
  mixed = lapply(setNames(nm = names(link)), mixed),
  gamble_hollis = lapply(setNames(nm = names(link)), gamble),
  imor = lapply(pairs, function(i) list(imor = i, RR = scenario("RR", "imor", i),
                                        OR = scenario("OR", "imor", i))),
  uncertain = lapply(list(c(0, 1), c(.5, 1)), function(x)
    list(mean = c(0, log(2)), sd = c(1, .5), corr = x[1], RR = uncertain("RR", c(0, log(2)), c(1, .5), x[1]),
         OR = uncertain("OR", c(0, log(2)), c(1, .5), x[1]))),
  means = lapply(list(list("MD", "difference"), list("SMD", "difference"), list("ROM", "difference"),
                      list("MD", "ratio"), list("SMD", "ratio"), list("ROM", "ratio")), function(x) {
    mean <- if (x[[2]] == "ratio") c(log(.8), log(1.1)) else c(-5, 3)
    sd <- if (x[[2]] == "ratio") c(.2, .1) else c(4, 6)
    c(list(measure = x[[1]], kind = x[[2]], mean = mean, sd = sd, corr = .4),
      lost_means(x[[1]], x[[2]], mean, sd, .4))
  }),
  sds = sds(), rubin = rubin(), curve = curve(), flipped = as.list(flipped()))
write(toJSON(out, digits = I(15), auto_unbox = TRUE, na = "null"), "tests/reference/sensitivity.json")
