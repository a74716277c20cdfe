# Times of R's peers for benchmarks/engine.py: Rscript engine.R FOLDER TASK...
suppressPackageStartupMessages({library(jsonlite); library(metafor)})
given <- commandArgs(TRUE)
folder <- given[1]

read <- function(task) {
  d <- fromJSON(file.path(folder, paste0(task, ".json")))
  as.data.frame(lapply(d, function(x) if (is.list(x)) unlist(lapply(x, function(v) if (is.null(v)) NA else v)) else x))
}

run <- list(
  reml = function(d) function() rma(d$yi, d$vi, method = "REML"),
  leave_one_out = function(d) { fit <- rma(d$yi, d$vi); function() leave1out(fit) },
  influence = function(d) { fit <- rma(d$yi, d$vi); function() influence(fit) },
  permutation = function(d) {
    fit <- rma(d$yi, d$vi)
    function() { set.seed(1); permutest(fit, iter = 1000, progbar = FALSE) }
  },
  three_level = function(d) function() rma.mv(yi, vi, random = ~ 1 | study/effect, data = d, sparse = TRUE),
  mixed = function(d) {
    suppressPackageStartupMessages(library(lmerTest))
    function() summary(lmer(y ~ arm + age + (1 | study), data = d))$coefficients
  },
  imputations = function(d) {
    suppressPackageStartupMessages(library(mice))
    function() mice(d, m = 5, maxit = 5, printFlag = FALSE, seed = 1)
  }
)

# Seconds of the processor, as engine.py counts its own: others at work do not count.
clock <- function() sum(proc.time()[c("user.self", "sys.self")])
spent <- function(f, runs) {
  begin <- clock()
  for (i in seq_len(runs)) invisible(suppressWarnings(f()))
  (clock() - begin) / runs
}

times <- list()
for (task in given[-1]) {
  kind <- names(run)[sapply(names(run), function(n) startsWith(task, n))][1]
  f <- run[[kind]](read(task))
  seconds <- spent(f, 1)
  if (seconds <= 5) {
    # The clock of R counts milliseconds: a batch of short runs takes 100 of them.
    runs <- max(1, floor(0.1 / max(spent(f, 5), 1e-3)))
    seconds <- spent(f, runs)
    while (length(seconds) < 3 || runs * sum(seconds) < 1) seconds <- c(seconds, spent(f, runs))
  }
  times[[task]] <- min(seconds)
}
write(toJSON(times, auto_unbox = TRUE, digits = 10), file.path(folder, "times.json"))
