# Fits every dataset of datasets.R with metafor::rma by every estimator of tau2 and every test, under control so tight
# that nothing moves when it is tightened further, and writes rma_public.json and rma_edge.json with 17 digits.
# Run in this folder: Rscript make_rma.R

suppressMessages({library(metafor); library(jsonlite)})
source("datasets.R")

METHODS <- c("FE", "DL", "PM", "REML", "ML", "SJ", "EB", "HE")
TESTS <- c("z", "knha", "adhoc")
SCORING <- c("REML", "ML", "EB") # Fisher scoring: relative threshold, step length
LADDER <- 10^-(15:11)            # relative thresholds, tightest first; the first that converges is taken
STEPS <- c(1, 0.5)

# The size of tau2 that the data could have: thresholds of metafor are absolute, so they are multiples of this.
spread <- function(set) if (length(set$yi) < 2) 1 else max(var(set$yi), min(set$vi))

quietly <- function(expression) {
  messages <- character()
  value <- withCallingHandlers(tryCatch(expression, error = function(e) {
    messages <<- c(messages, conditionMessage(e))
    NULL
  }), warning = function(w) {
    messages <<- c(messages, conditionMessage(w))
    invokeRestart("muffleWarning")
  })
  list(value = value, messages = unique(messages))
}

fit <- function(set, method, test, control) {
  yi <- set$yi
  vi <- set$vi
  quietly(rma(yi, vi, method = method, test = test, control = control))
}

# Log-likelihoods of tau2 with mu profiled out (Hardy and Thompson 1996; Viechtbauer 2005), constants dropped.
log_likelihood <- function(set, tau2, restricted) {
  sapply(tau2, function(t) {
    w <- 1 / (set$vi + t)
    mu <- sum(w * set$yi) / sum(w)
    value <- 0.5 * sum(log(w)) - 0.5 * sum(w * (set$yi - mu)^2)
    if (restricted) value - 0.5 * log(sum(w)) else value
  })
}

# All local maxima on a fine logarithmic grid that begins with zero: where they are several, only the highest counts.
maxima <- function(set, method) {
  scale <- spread(set)
  low <- 1e-6 * min(c(set$vi, scale))
  grid <- c(0, exp(seq(log(low), log(100 * scale), length.out = 4000)))
  value <- log_likelihood(set, grid, method == "REML")
  n <- length(grid)
  peak <- which(c(TRUE, diff(value) > 0) & c(diff(value) < 0, TRUE))
  list(tau2 = grid[peak], value = value[peak], best = grid[peak][which.max(value[peak])])
}

# Fisher scoring at the tightest threshold that converges, relative to the tau2 that a rough fit finds (not to a tau2
# below 1e-3 of the smallest variance); also how far tau2 moves when the threshold is ten times as loose.
by_scoring <- function(set, method, start = NULL) {
  attempts <- list()
  for (step in STEPS) {
    control <- list(threshold = 1e-8 * spread(set), maxiter = 10000, stepadj = step)
    if (!is.null(start)) control$tau2.init <- start
    rough <- fit(set, method, "z", control)$value$tau2
    unit <- max(rough, 1e-3 * min(set$vi))
    for (relative in LADDER) {
      control$threshold <- relative * unit
      found <- fit(set, method, "z", control)
      if (!is.null(found$value)) {
        looser <- fit(set, method, "z", modifyList(control, list(threshold = 10 * control$threshold)))$value$tau2
        tau2 <- found$value$tau2
        return(list(control = control, tau2 = tau2, failed = attempts, threshold = relative, stepadj = step,
          change_when_looser = abs(looser - tau2) / unit))
      }
      attempts[[length(attempts) + 1]] <- list(stepadj = step, threshold = relative, message = as.list(found$messages))
    }
  }
  list(control = NULL, failed = attempts)
}

# How a method is run on a dataset: the control list, and what had to be done to get it to converge at the maximum.
plan <- function(set, method) {
  if (length(set$yi) == 1) return(list(control = list(), notes = list()))
  if (method == "PM") {
    control <- list(tol = .Machine$double.eps * spread(set), maxiter = 10000, tau2.max = 100 * spread(set))
    return(list(control = control, notes = list()))
  }
  if (!method %in% SCORING) return(list(control = list(), notes = list()))
  run <- by_scoring(set, method)
  notes <- list()
  if (method != "EB") {
    peaks <- maxima(set, method)
    if (length(peaks$tau2) > 1) {
      notes$maxima <- list(tau2 = as.list(peaks$tau2), log_likelihood = as.list(peaks$value))
      notes$tau2_from_default_start <- run$tau2
    }
    if (length(peaks$tau2) > 1 || is.null(run$control)) {
      again <- by_scoring(set, method, start = peaks$best)
      if (!is.null(again$control)) run <- again
      notes$started_at <- peaks$best
    }
  }
  if (length(run$failed)) notes$failed <- run$failed
  notes$threshold <- run$threshold
  notes$stepadj <- run$stepadj
  notes$change_when_looser <- run$change_when_looser
  list(control = run$control, notes = notes)
}

one_test <- function(result, test) {
  prediction <- if (result$method == "FE") NULL else predict(result)
  list(test = test, test_used = result$test, beta = as.numeric(result$beta), se = result$se, ci_lb = result$ci.lb,
    ci_ub = result$ci.ub, pval = result$pval, pi_lb = prediction$pi.lb, pi_ub = prediction$pi.ub)
}

one_method <- function(set, method) {
  way <- plan(set, method)
  if (is.null(way$control)) return(list(method = method, failed = TRUE, notes = way$notes))
  tests <- if (method == "FE") "z" else TESTS
  runs <- lapply(tests, function(test) fit(set, method, test, way$control))
  fits <- lapply(runs, `[[`, "value")
  if (any(sapply(fits, is.null))) {
    said <- unique(unlist(lapply(runs, `[[`, "messages")))
    return(list(method = method, failed = TRUE, notes = list(messages = as.list(said))))
  }
  stopifnot(length(unique(sapply(fits, `[[`, "tau2"))) == 1) # tau2 does not depend on the test
  first <- fits[[1]]
  list(method = method, failed = FALSE, tau2 = first$tau2, I2 = first$I2, H2 = first$H2,
    weights = as.list(as.numeric(weights(first)) / 100), notes = way$notes, tests = Map(one_test, fits, tests))
}

# Q-profile interval: one a dataset. `empty` is TRUE where both limits would lie below zero.
q_profile <- function(set) {
  if (length(set$yi) == 1) return(NULL)
  random <- fit(set, "DL", "z", list())$value
  wide <- 1e5 * spread(set)
  found <- confint(random, control = list(tol = .Machine$double.eps * spread(set), maxiter = 10000, tau2.max = wide))
  stopifnot(found$ci.null || found$ub.sign != ">")
  list(lower = found$random["tau^2", "ci.lb"], upper = found$random["tau^2", "ci.ub"], empty = found$ci.null)
}

one_dataset <- function(name, set) {
  common <- fit(set, "FE", "z", list())$value
  list(name = name, source = set$source, yi = as.list(set$yi), vi = as.list(set$vi), QE = common$QE, QEp = common$QEp,
    tau2_interval = q_profile(set), methods = lapply(METHODS, function(method) one_method(set, method)))
}

# jsonlite stops at 15 digits: numbers pass through it as marked text with 17, which read back to the same bits.
exact <- function(value) {
  if (is.list(value)) return(lapply(value, exact))
  if (!is.numeric(value)) return(value)
  stopifnot(!is.infinite(value))
  ifelse(is.na(value), "#null", sprintf("#%.17g", value))
}

write_grid <- function(sets, file) {
  versions <- list(R = R.version.string, metafor = as.character(packageVersion("metafor")),
    metadat = as.character(packageVersion("metadat")), jsonlite = as.character(packageVersion("jsonlite")))
  grid <- list(versions = versions, datasets = Map(one_dataset, names(sets), sets, USE.NAMES = FALSE))
  json <- toJSON(exact(grid), auto_unbox = TRUE, null = "null")
  json <- gsub('"#([^"]+)"', "\\1", json)
  json <- gsub(',(\\{"(name|method|test)":)', ",\n\\1", json) # one dataset, method or test a line
  back <- fromJSON(json, simplifyVector = FALSE)$datasets
  for (i in seq_along(sets)) stopifnot(identical(as.numeric(unlist(back[[i]]$vi)), as.numeric(sets[[i]]$vi)))
  writeLines(json, file)
}

write_grid(c(binary_data(), other_data()), "rma_public.json")
write_grid(edge_data(), "rma_edge.json")
