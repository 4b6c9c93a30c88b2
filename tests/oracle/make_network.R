# Network meta-analyses of public data by metafor's rma.mv with the exact covariance matrix, and what follows from them.
# Run in this folder: Rscript make_network.R > network.json (seconds)
# rma.mv fits the common-effect model and REML. It has no DL; that, the root of the REML score, shares of trials and
# P-scores are written out here with dense matrices, and rma.mv is then run at the tau2 so found.

suppressMessages({library(metafor); library(metadat); library(jsonlite)})
invisible(Sys.setlocale("LC_COLLATE", "C")) # treatments in the order of their characters

arm_table <- function(trial, treatment, ...) data.frame(trial = as.character(trial), treatment = as.character(treatment), ...)
wide <- dat.franchini2012
franchini <- do.call(rbind, lapply(1:3, function(i) arm_table(wide$Study, wide[[paste0("Treatment", i)]],
  mean = wide[[paste0("y", i)]], sd = wide[[paste0("sd", i)]], n = wide[[paste0("n", i)]])))
franchini <- franchini[!is.na(franchini$mean), ]
senn <- with(dat.senn2013, arm_table(study, treatment, mean = mi, sd = sdi, n = ni))
hasselblad <- with(dat.hasselblad1998, arm_table(study, trt, events = xi, n = ni))
dong <- with(dat.dong2013, arm_table(id, treatment, events = death, n = randomized))
linde <- with(dat.linde2016, data.frame(trial = as.character(id), treatment = treat1, control = treat2, effect = lnOR,
  se = selnOR))
SETS <- list(
  senn = list(source = "dat.senn2013", measure = "MD", arms = senn),
  senn_smd = list(source = "dat.senn2013", measure = "SMD", arms = senn),
  franchini = list(source = "dat.franchini2012 (Dias et al., NICE DSU TSD 2, Parkinson)", measure = "MD", arms = franchini),
  hasselblad = list(source = "dat.hasselblad1998", measure = "OR", arms = hasselblad),
  hasselblad_rr = list(source = "dat.hasselblad1998", measure = "RR", arms = hasselblad),
  hasselblad_rd = list(source = "dat.hasselblad1998", measure = "RD", arms = hasselblad),
  dong = list(source = "dat.dong2013", measure = "OR", arms = dong),
  linde = list(source = "dat.linde2016", measure = "OR", contrasts = linde, inactive = "Placebo")
)

# Contrasts of one trial with its first arm, and their covariance.
contrasts_of <- function(arms, measure) {
  arms <- arms[order(arms$treatment), ]
  if (measure %in% c("OR", "RR", "RD")) {
    e <- arms$events; n <- arms$n
    if (measure != "RD" && (all(e == 0) || all(e == n))) return(NULL)
    if (any(e == 0 | e == n)) { e <- e + 0.5; n <- n + 1 }
    yi <- switch(measure, OR = qlogis(e / n), RR = log(e / n), RD = e / n)
    vi <- switch(measure, OR = 1 / e + 1 / (n - e), RR = 1 / e - 1 / n, RD = e / n * (1 - e / n) / n)
  } else {
    yi <- arms$mean; vi <- arms$sd^2 / arms$n
  }
  y <- yi[-1] - yi[1]
  V <- diag(vi[-1], length(y)) + vi[1]
  if (measure == "SMD") { # Gleser and Olkin, times J^2
    N <- sum(arms$n); m <- N - nrow(arms)
    s <- sqrt(sum((arms$n - 1) * arms$sd^2) / m)
    J <- exp(lgamma(m / 2) - log(sqrt(m / 2)) - lgamma((m - 1) / 2))
    V <- J^2 * (diag(1 / arms$n[-1], length(y)) + 1 / arms$n[1] + tcrossprod(y / s) / (2 * N))
    y <- J * y / s
  }
  list(trial = arms$trial[1], base = arms$treatment[1], arm = arms$treatment[-1], y = y, V = V)
}
contrasts_from_pairs <- function(pairs) {
  arms <- sort(unique(c(pairs$treatment, pairs$control)))
  X <- outer(pairs$treatment, arms[-1], "==") - outer(pairs$control, arms[-1], "==")
  v <- matrix(0, length(arms), length(arms), dimnames = list(arms, arms))
  v[cbind(pairs$treatment, pairs$control)] <- v[cbind(pairs$control, pairs$treatment)] <- pairs$se^2
  V <- (outer(v[-1, 1], v[-1, 1], "+") - v[-1, -1, drop = FALSE]) / 2
  list(trial = pairs$trial[1], base = arms[1], arm = arms[-1], y = unname(qr.solve(X, pairs$effect)), V = unname(V))
}

prepare <- function(set) {
  table <- if (is.null(set$arms)) set$contrasts else set$arms
  one <- if (is.null(set$arms)) contrasts_from_pairs else function(arms) contrasts_of(arms, set$measure)
  trials <- Filter(Negate(is.null), lapply(split(table, factor(table$trial, unique(table$trial))), one))
  size <- sapply(trials, function(trial) length(trial$y))
  trial <- rep(sapply(trials, `[[`, "trial"), size)
  base <- rep(sapply(trials, `[[`, "base"), size)
  arm <- unlist(lapply(trials, `[[`, "arm"))
  treatments <- sort(unique(c(base, arm)))
  X <- outer(arm, treatments, "==") - outer(base, treatments, "==")
  colnames(X) <- treatments
  S <- outer(trial, trial, "==") * (diag(length(trial)) + 1) / 2
  list(trial = unname(trial), base = unname(base), arm = unname(arm), y = unname(unlist(lapply(trials, `[[`, "y"))),
    V = as.matrix(bldiag(lapply(trials, `[[`, "V"))), X = X, S = S, treatments = treatments)
}

# P = W - WX (X'WX)^-1 X'W.
projection <- function(d, X, t) {
  W <- solve(d$V + t * d$S)
  W - W %*% X %*% solve(t(X) %*% W %*% X, t(X) %*% W)
}
dl <- function(d, X) {
  P <- projection(d, X, 0)
  max(0, (drop(d$y %*% P %*% d$y) - (length(d$y) - ncol(X))) / sum(P * d$S))
}
# rma.mv's REML at the tightest relative tolerance that converges, then the root of the score next to it; 0 if the score is below 0 there.
reml <- function(d, X) {
  frame <- data.frame(trial = d$trial, arm = d$arm)
  for (relative in 10^-(14:8)) {
    fit <- try(rma.mv(d$y, d$V, mods = X, intercept = FALSE, random = ~ arm | trial, struct = "CS", rho = 0.5, data = frame,
      method = "REML", control = list(optimizer = "nlminb", rel.tol = relative, iter.max = 10000, eval.max = 10000)),
      silent = TRUE)
    if (!inherits(fit, "try-error")) break
  }
  found <- fit$tau2
  score <- function(t) { P <- projection(d, X, t); drop(d$y %*% P %*% d$S %*% P %*% d$y) - sum(P * d$S) }
  exact <- 0
  if (score(0) > 0 || found > 1e-6) exact <- uniroot(score, c(0.9, 1.1) * found, tol = 1e-16, maxiter = 1000)$root
  list(metafor = found, exact = exact)
}
at <- function(d, X, t) rma.mv(d$y, d$V + t * d$S, mods = X, intercept = FALSE, method = "FE")

p_score <- function(b, covariance) { # small values are good
  difference <- outer(b, b, "-")
  se <- sqrt(outer(diag(covariance), diag(covariance), "+") - 2 * covariance)
  p <- pnorm(-difference / se)
  diag(p) <- 0
  rowSums(p) / (length(b) - 1)
}

# Symmetrical side-splitting: omega / 2 for one arm, - omega / 2 for the other, in the trials that have both.
side_splits <- function(d, method) {
  has <- function(treatment) d$trial %in% d$trial[d$arm == treatment | d$base == treatment]
  all_pairs <- combn(d$treatments, 2, simplify = FALSE)
  shared <- Filter(function(pair) any(has(pair[1]) & has(pair[2])), all_pairs)
  lapply(shared, function(pair) {
    both <- has(pair[1]) & has(pair[2])
    X <- cbind(d$X[, -1], omega = both * (d$X[, pair[1]] - d$X[, pair[2]]) / 2)
    if (qr(X)$rank < ncol(X)) return(list(treatment = pair[1], control = pair[2], full_rank = FALSE))
    tau2 <- if (method == "REML") reml(d, X)$exact else 0
    fit <- at(d, X, tau2)
    list(treatment = pair[1], control = pair[2], full_rank = TRUE, tau2 = tau2, omega = fit$beta[ncol(X)],
      se = fit$se[ncol(X)], z = fit$zval[ncol(X)], p = fit$pval[ncol(X)])
  })
}

designs <- function(d) {
  set <- sapply(d$trial, function(trial) paste(sort(unique(c(d$base[d$trial == trial], d$arm[d$trial == trial]))),
    collapse = " : "))
  full <- model.matrix(~ 0 + factor(paste(set, d$arm)))
  within <- at(d, full, 0)$QE
  detached <- lapply(sort(unique(set)), function(one) {
    X <- cbind(d$X[, -1], full[, colSums(full[set == one, , drop = FALSE]) > 0, drop = FALSE])
    X <- X[, qr(X)$pivot[seq_len(qr(X)$rank)]]
    lost <- ncol(X) - (ncol(d$X) - 1)
    list(design = one, lost = lost, Q = if (lost) at(d, X, 0)$QE - within else NA)
  })
  tau2 <- dl(d, full)
  random <- at(d, d$X[, -1], tau2)$QE - at(d, full, tau2)$QE
  list(within = within, within_df = nrow(full) - ncol(full), tau2 = tau2, random = random, detached = detached)
}

# Share of each trial in the estimates against the first treatment.
shares <- function(d, t) {
  X <- d$X[, -1]
  W <- solve(d$V + t * d$S)
  C <- solve(t(X) %*% W %*% X)
  trials <- unique(d$trial)
  found <- sapply(trials, function(trial) {
    i <- d$trial == trial
    diag(C %*% t(X[i, , drop = FALSE]) %*% W[i, i] %*% X[i, , drop = FALSE] %*% C) / diag(C)
  })
  list(trials = trials, shares = lapply(seq_len(nrow(found)), function(i) found[i, ]))
}

components <- function(d, inactive) {
  names <- setdiff(sort(unique(unlist(strsplit(d$treatments, " + ", fixed = TRUE)))), inactive)
  C <- sapply(names, function(name) sapply(strsplit(d$treatments, " + ", fixed = TRUE), function(parts) name %in% parts))
  X <- d$X %*% C
  stopifnot(qr(X)$rank == ncol(X))
  spread <- list(common = 0, DL = dl(d, X), REML = reml(d, X)$exact)
  list(names = names, QE = at(d, X, 0)$QE, df = nrow(X) - ncol(X), fits = lapply(spread, function(t) {
    fit <- at(d, X, t)
    list(tau2 = t, b = as.numeric(fit$beta), se = fit$se)
  }))
}

one_set <- function(name, set) {
  d <- prepare(set)
  X <- d$X[, -1]
  root <- reml(d, X)
  fits <- lapply(list(common = 0, DL = dl(d, X), REML = root$exact), function(t) {
    fit <- at(d, X, t)
    b <- c(0, fit$beta)
    covariance <- rbind(0, cbind(0, fit$vb))
    list(tau2 = t, b = b, covariance = as.numeric(covariance), p_scores = p_score(b, unname(covariance)))
  })
  check <- rma.mv(d$y, d$V, mods = X, intercept = FALSE, method = "FE")
  out <- list(name = name, source = set$source, measure = set$measure, treatments = d$treatments, fits = fits,
    metafor_tau2 = root$metafor, QE = check$QE, QEp = check$QEp, trials = length(unique(d$trial)),
    side_splits = side_splits(d, if (name %in% c("senn", "hasselblad")) "REML" else "common"), designs = designs(d),
    contributions = shares(d, root$exact))
  if (!is.null(set$inactive)) out$components <- components(d, set$inactive)
  out$arms <- as.list(set$arms)
  out$contrasts <- as.list(set$contrasts)
  out
}

# jsonlite stops at 15 digits: numbers pass through it as marked text with 17, which read back to the same bits.
exact <- function(value) {
  if (is.list(value)) return(lapply(value, exact))
  if (is.logical(value) && !is.na(value[1])) return(value)
  if (!is.numeric(value) && !all(is.na(value))) return(as.character(value))
  ifelse(is.finite(value), sprintf("#%.17g", as.numeric(value)), "#null")
}

versions <- list(R = as.character(getRversion()), metafor = as.character(packageVersion("metafor")),
  metadat = as.character(packageVersion("metadat")))
json <- toJSON(list(versions = versions, datasets = exact(Map(one_set, names(SETS), SETS, USE.NAMES = FALSE))),
  auto_unbox = TRUE)
json <- gsub('"#([^"]+)"', "\\1", json)
cat(gsub('(\\{"(name|treatment|design)":|"(fits|components|arms|contrasts|contributions|designs)":)', "\n\\1", json), "\n",
  sep = "")
