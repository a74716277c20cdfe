# Writes tests/reference/dose.json: what metafor's rma.mv and Hmisc's splines give for the published
# studies of dose_published.json, with the covariances rebuilt here in another way than in Concord
# (uniroot on the cases of the reference; two equations by nleqslv).
# Run from the top of the checkout: Rscript tests/reference/dose.R
suppressMessages({library(metafor); library(Hmisc); library(nleqslv)})
library(jsonlite)
published <- fromJSON("tests/reference/dose_published.json")

correlated <- function(d, A, N) {
  own <- switch(d$design[1], cc = 1 / A + 1 / (N - A), ci = 1 / A - 1 / N, ir = 1 / A)
  s <- own[-1] + own[1]
  R <- own[1] / sqrt(outer(s, s)); diag(R) <- 1
  R * outer(d$se[-1], d$se[-1])
}
longnecker <- function(d) {
  N <- d$total
  A <- function(first) {
    if (d$design[1] == "ir") return(first / N[1] * N * exp(d$estimate))
    o <- first / (N[1] - first) * exp(d$estimate); N * o / (1 + o)
  }
  top <- if (d$design[1] == "ir") sum(d$cases) else N[1] * (1 - 1e-12)
  correlated(d, A(uniroot(function(a) sum(A(a)) - sum(d$cases), c(1e-9, top), tol = 1e-13)$root), N)
}
hamling <- function(d) {
  cc <- d$design[1] == "cc"; v <- d$se[-1]^2; R <- exp(d$estimate[-1])
  B <- if (cc) d$total - d$cases else d$total
  others <- function(a, b) switch(d$design[1],
    cc = { w <- v - 1 / a - 1 / b; list(A = (1 + R * a / b) / w, B = (1 + b / (a * R)) / w) },
    ci = { w <- v - 1 / a + 1 / b; A <- (1 - R * a / b) / w; list(A = A, B = A * b / (a * R)) },
    ir = { A <- 1 / (v - 1 / a); list(A = A, B = A * b / (a * R)) })
  off <- function(x) {
    a <- exp(x[1]); b <- exp(x[2]); o <- others(a, b)
    c(log(b / sum(o$B)) - log(B[1] / sum(B[-1])), log(sum(o$B) / sum(o$A)) - log(sum(B[-1]) / sum(d$cases[-1])))
  }
  for (factor in c(1, 2, 4, 8, 0.5)) {
    found <- suppressWarnings(nleqslv(log(factor * c(d$cases[1], B[1])), off,
      control = list(ftol = 1e-14, xtol = 1e-14, maxit = 500)))
    if (max(abs(found$fvec)) < 1e-9) break
  }
  stopifnot(max(abs(found$fvec)) < 1e-9)
  a <- exp(found$x[1]); b <- exp(found$x[2]); o <- others(a, b)
  correlated(d, c(a, o$A), if (cc) c(a + b, o$A + o$B) else c(b, o$B))
}

# The best of several optimizers: none of them converges on all of these.
controls <- list(list(optimizer = "optim", optmethod = "BFGS", reltol = 1e-15, maxit = 5000),
  list(optimizer = "nlminb"), list(optimizer = "optim", optmethod = "Nelder-Mead", reltol = 1e-14, maxit = 20000))
best <- function(y, V, ...) {
  given <- list(yi = y, V = V, ...)
  fits <- lapply(controls, function(control)
    tryCatch(suppressWarnings(do.call(rma.mv, c(given, list(control = control)))), error = function(e) NULL))
  fits <- Filter(Negate(is.null), fits)
  fits[[which.max(sapply(fits, function(f) c(logLik(f))))]]
}
basis <- function(x, shape, knots) switch(shape, linear = cbind(x), quadratic = cbind(x, x^2),
  spline = rcspline.eval(x, knots = knots, inclx = TRUE))
columns <- function(d, shape, knots)
  sweep(basis(d$dose[-1], shape, knots), 2, basis(c(d$dose[1], d$dose), shape, knots)[1, ])
numbers <- function(f, unit) list(beta = I(unname(c(f$beta)) / unit), se = I(unname(f$se) / unit),
  QM = f$QM, QE = f$QE, QE_df = f$k - f$p, ll = c(logLik(f)))
between <- function(f, unit) f$G / outer(unit, unit)

one_stage <- function(studies, V, shape, knots, method) {
  X <- do.call(rbind, lapply(studies, columns, shape, knots))
  unit <- apply(abs(X), 2, max)
  dat <- data.frame(sweep(X, 2, unit, "/")); names(dat) <- paste0("x", seq_along(unit))
  dat$study <- rep(seq_along(studies), sapply(studies, nrow) - 1)
  dat$y <- unlist(lapply(studies, function(d) d$estimate[-1]))
  terms <- paste(names(dat)[seq_along(unit)], collapse = " + ")
  mods <- as.formula(paste("~ 0 +", terms))
  random <- as.formula(paste("~ 0 +", terms, "| study"))
  f <- suppressWarnings(if (method == "FE") rma.mv(y, bldiag(V), mods = mods, data = dat, method = "FE")
    else best(dat$y, bldiag(V), mods = mods, random = random, struct = "GEN", data = dat, method = method))
  c(numbers(f, unit), if (method != "FE") list(G = between(f, unit)))
}
two_stages <- function(studies, V, shape, knots, method) {
  first <- Map(function(d, S) {
    X <- columns(d, shape, knots); W <- solve(S); vb <- solve(t(X) %*% W %*% X)
    list(b = c(vb %*% t(X) %*% W %*% d$estimate[-1]), vb = vb)
  }, studies, V)
  p <- length(first[[1]]$b)
  unit <- 1 / apply(abs(sapply(first, `[[`, "b") |> matrix(p)), 1, max)
  y <- unlist(lapply(first, function(f) f$b * unit))
  S <- bldiag(lapply(first, function(f) f$vb * outer(unit, unit)))
  dat <- data.frame(y, term = factor(rep(seq_len(p), length(first))), study = rep(seq_along(first), each = p))
  f <- if (p == 1) rma(y, diag(S), method = if (method == "FE") "EE" else method,
                       control = list(threshold = 1e-14, maxiter = 10000))
    else if (method == "FE") rma.mv(y, S, mods = ~ 0 + term, data = dat, method = "FE")
    else best(y, S, mods = ~ 0 + term, random = ~ term | study, struct = "UN", data = dat,
              method = method)
  out <- numbers(f, unit)
  out$ll <- out$ll + (length(first) - (method == "REML")) * sum(log(unit))
  c(out, if (method != "FE") list(G = if (p == 1) matrix(f$tau2 / unit^2) else between(f, unit)))
}

percentiles <- list(`3` = c(.1, .5, .9), `4` = c(.05, .35, .65, .95))
out <- list(source = list(r = R.version.string, metafor = as.character(packageVersion("metafor")),
  Hmisc = as.character(packageVersion("Hmisc"))))
for (name in names(published$data)) {
  d <- published$data[[name]]
  studies <- split(d, factor(d$study, unique(d$study)))
  V <- lapply(studies, longnecker)
  case <- list(V = lapply(V, unname), hamling = lapply(studies, function(s) unname(hamling(s))))
  for (shape in c("linear", "quadratic", "spline")) {
    knots <- unname(quantile(d$dose, percentiles$`3`))
    for (method in c("REML", "ML", "FE")) {
      case[[paste(shape, method, "2")]] <- two_stages(studies, V, shape, knots, method)
      case[[paste(shape, method, "1")]] <- one_stage(studies, V, shape, knots, method)
    }
  }
  # A study with one dose besides the reference: only one stage can use it.
  short <- studies; short[[1]] <- short[[1]][1:2, ]
  for (shape in c("linear", "spline"))
    case[[paste(shape, "REML short")]] <- one_stage(short, lapply(short, longnecker), shape, knots, "REML")
  out[[name]] <- case
}
doses <- published$data$alcohol_crc$dose
out$splines <- lapply(3:7, function(k) {
  f <- rcspline.eval(doses[seq_along(doses) %% 6 != 1], nk = k, knots.only = TRUE)
  list(k = k, doses = doses[seq_along(doses) %% 6 != 1], knots = f,
       columns = unname(unclass(rcspline.eval(c(0, 2.5, 13, 30, 70), knots = f, inclx = TRUE))[, ]))
})
arms <- list(dose = c(0, 5, 10, 20), mean = c(20.1, 17.4, 15.2, 14.9), sd = c(6.2, 5.1, 7.3, 6), n = c(40, 38, 41, 20))
sp <- with(arms, sqrt(sum((n - 1) * sd^2) / sum(n - 1))); m <- sum(arms$n - 1)
g <- with(arms, (mean - mean[1])[-1] / sp) * exp(lgamma(m / 2) - lgamma((m - 1) / 2) - log(sqrt(m / 2)))
out$means <- c(arms, list(
  MD = list(yi = with(arms, (mean - mean[1])[-1]),
            V = with(arms, diag(sd[-1]^2 / n[-1]) + sd[1]^2 / n[1])),
  SMD = list(yi = g, V = with(arms, diag(1 / n[-1]) + 1 / n[1] + outer(g, g) / (2 * sum(n))))))
counts <- data.frame(x = c(30, 25, 18, 12), n = c(200, 210, 190, 220))
vs <- function(measure, ...) { e <- escalc(measure, ...); list(yi = c(e$yi), vi = c(e$vi)) }
first <- rep(1, 3)
with(counts, out$counts <<- list(cases = x, total = n,
  cc = vs("OR", ai = x[-1], n1i = n[-1], ci = x[first], n2i = n[first]),
  ci = vs("RR", ai = x[-1], n1i = n[-1], ci = x[first], n2i = n[first]),
  ir = vs("IRR", x1i = x[-1], t1i = n[-1], x2i = x[first], t2i = n[first])))
write(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = FALSE), "tests/reference/dose.json")
