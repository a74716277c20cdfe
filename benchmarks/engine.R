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
spent <- function() sum(proc.time()[c("user.self", "sys.self")])

times <- list()
for (task in given[-1]) {
  kind <- names(run)[sapply(names(run), function(n) startsWith(task, n))][1]
  f <- run[[kind]](read(task))
  seconds <- numeric(0)
  while (length(seconds) < 20 && sum(seconds) < 0.5) {
    begin <- spent()
    invisible(suppressWarnings(f()))
    seconds <- c(seconds, spent() - begin)
  }
  # The clock of R counts milliseconds: the mean of several short runs, the shortest of long ones.
  times[[task]] <- if (max(seconds) < 0.05) mean(seconds[-1]) else min(seconds)
}
write(toJSON(times, auto_unbox = TRUE, digits = 10), file.path(folder, "times.json"))
