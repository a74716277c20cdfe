# Writes tests/reference/network.json: what metafor gives for two published networks.
#   diabetes: 26 trials of HbA1c, one of three arms (Senn et al. 2013, Stat Methods Med Res 22:169)
#   smoking: 24 trials, two of three arms (Hasselblad 1998, Med Decis Making 18:37)
# Run from the top of the checkout: Rscript tests/reference/network.R
suppressMessages(library(metafor))
library(jsonlite)

# Contrasts of each study against its reference arm (else its last by name), V written out.
contrasts_of <- function(arms, reference) {
  out <- lapply(split(arms, factor(arms$study, unique(arms$study))), function(d) {
    d <- d[order(d$trt != reference, d$trt), ]
    base <- nrow(d)
    C <- if (is.null(d$shared)) diag(d$v) else diag(d$v) + outer(d$y, d$y) / (2 * sum(d$n))
    D <- cbind(diag(base - 1), -1)
    list(y = c(D %*% d$y), V = D %*% C %*% t(D), trt = d$trt[-base], baseline = rep(d$trt[base], base - 1),
         study = as.character(d$study[-base]), design = paste(sort(d$trt), collapse = "-"))
  })
  all <- do.call(rbind, lapply(out, function(o)
    data.frame(study = o$study, trt = o$trt, baseline = o$baseline, design = o$design, y = o$y)))
  list(rows = all, V = unname(as.matrix(bldiag(lapply(out, `[[`, "V")))))
}
matrix_of <- function(rows, reference) {
  names <- sort(setdiff(unique(c(rows$trt, rows$baseline)), reference))
  X <- outer(rows$trt, names, `==`) - outer(rows$baseline, names, `==`)
  colnames(X) <- names
  X
}
tight <- list(optimizer = "optim", optmethod = "BFGS", reltol = 1e-15)
fit <- function(c, X, method) {
  rows <- transform(c$rows, comp = paste(trt, baseline))
  if (method == "FE") return(rma.mv(y, c$V, mods = ~ 0 + X, data = rows))
  rma.mv(y, c$V, mods = ~ 0 + X, random = ~ comp | study, struct = "CS", rho = 1/2, data = rows,
         method = method, control = tight)
}
scalars <- function(x, names) list(
  terms = I(names), beta = I(c(x$beta)), se = I(x$se),
  tau2 = if (is.null(x$tau2)) 0 else x$tau2, QE = x$QE, QE_df = x$k - x$p)
# What rma.mv does not offer, in matrices. (rma() on rows turned independent will not do: metafor
# 3.8.1 centres the outcome, which is only right where the columns contain an intercept.)
at <- function(c, X, tau2) {
  study <- c$rows$study
  S <- 0.5 * (outer(study, study, `==`) + diag(length(study)))
  W <- solve(c$V + tau2 * S)
  vb <- solve(t(X) %*% W %*% X)
  b <- vb %*% t(X) %*% W %*% c$rows$y
  r <- c$rows$y - X %*% b
  P <- W - W %*% X %*% vb %*% t(X) %*% W
  list(b = c(b), vb = vb, Q = c(t(r) %*% W %*% r), df = nrow(X) - ncol(X), trPS = sum(diag(P %*% S)))
}
by_moments <- function(c, X) {
  o <- at(c, X, 0)
  tau2 <- max(0, (o$Q - o$df) / o$trPS)
  m <- at(c, X, tau2)
  s2 <- o$df / o$trPS
  limit <- function(p) {
    goal <- qchisq(p, o$df)
    if (o$Q < goal) 0 else uniroot(function(t) at(c, X, t)$Q - goal, c(0, 100), tol = 1e-14)$root
  }
  list(terms = I(colnames(X)), beta = I(m$b), se = I(sqrt(diag(m$vb))), tau2 = tau2, QE = o$Q,
       QE_df = o$df, tau2_ci = I(c(limit(0.975), limit(0.025))), I2 = 100 * tau2 / (tau2 + s2))
}
knapp_hartung <- function(c, X, reml) {
  m <- at(c, X, reml$tau2)
  modifyList(scalars(reml, colnames(X)), list(se = I(sqrt(diag(m$vb) * m$Q / m$df))))
}
# One more column for a pair: half of the difference in each arm of the studies that have both.
split_of <- function(c, X, one, other, method) {
  has <- sapply(strsplit(c$rows$design, "-"), function(d) all(c(one, other) %in% d))
  half <- function(t) 0.5 * (t == one) - 0.5 * (t == other)
  x <- fit(c, cbind(X, split = has * (half(c$rows$trt) - half(c$rows$baseline))), method)
  list(first = one, second = other, difference = tail(c(x$beta), 1), se = tail(x$se, 1),
       tau2 = if (is.null(x$tau2)) 0 else x$tau2)
}

diabetes <- with(dat.senn2013, data.frame(study, trt = treatment, n = ni, mean = mi, sd = sdi))
smoking <- with(dat.hasselblad1998, data.frame(study, trt, x = xi, n = ni))

md <- contrasts_of(transform(diabetes, y = mean, v = sd^2 / n), "placebo")
smd <- do.call(rbind, lapply(split(diabetes, factor(diabetes$study, unique(diabetes$study))), function(d) {
  df <- sum(d$n) - nrow(d)
  J <- exp(lgamma(df / 2) - log(sqrt(df / 2)) - lgamma((df - 1) / 2))
  g <- J * d$mean / sqrt(sum((d$n - 1) * d$sd^2) / df)
  transform(d, y = g - mean(g), v = 1 / n, shared = TRUE)
}))
smd <- contrasts_of(smd, "placebo")
empty <- with(smoking, study %in% study[x == 0 | x == n])
log_odds <- contrasts_of(transform(smoking, y = log((x + 0.5 * empty) / (n - x + 0.5 * empty)),
  v = 1 / (x + 0.5 * empty) + 1 / (n - x + 0.5 * empty)), "no_contact")
log_risk <- contrasts_of(transform(smoking, y = log((x + 0.5 * empty) / (n + empty)),
  v = 1 / (x + 0.5 * empty) - 1 / (n + empty)), "no_contact")
risk <- contrasts_of(within(smoking, {
  p <- (x + 0.5 * empty) / (n + empty); v <- p * (1 - p) / (n + empty); y <- p }), "no_contact")

every <- function(c, reference, pairs) {
  X <- matrix_of(c$rows, reference)
  named <- function(x) scalars(x, colnames(X))
  reml <- fit(c, X, "REML")
  list(REML = named(reml), ML = named(fit(c, X, "ML")), FE = named(fit(c, X, "FE")),
       DL = by_moments(c, X), REML_knha = knapp_hartung(c, X, reml),
       splits = lapply(pairs, function(p) split_of(c, X, p[1], p[2], "REML")))
}
of_counts <- list(c("ind_counseling", "no_contact"), c("self_help", "grp_counseling"))
of_means <- list(c("rosiglitazone", "placebo"), c("metformin", "acarbose"), c("sulfonylurea", "metformin"))
write_json(list(
  made_with = list(R = as.character(getRversion()), metafor = as.character(packageVersion("metafor"))),
  diabetes = list(data = diabetes, MD = every(md, "placebo", of_means), SMD = every(smd, "placebo", of_means)),
  smoking = list(data = smoking, OR = every(log_odds, "no_contact", of_counts),
                 RR = every(log_risk, "no_contact", of_counts), RD = every(risk, "no_contact", of_counts))
), "tests/reference/network.json", dataframe = "columns", auto_unbox = TRUE, digits = 15)
