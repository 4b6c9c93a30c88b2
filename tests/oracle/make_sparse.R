# Writes sparse.json: what R gives for the methods for sparse counts. Run from this folder: Rscript make_sparse.R
# (5 minutes; the direct fits of the binomial-normal model take nearly all of it)
# Data: package metadat. Mantel-Haenszel, Peto and rma.glmm: package metafor. The rest is maximum likelihood written
# out here from densities of base R, with derivatives by numDeriv, so that it shares no code with either side.
suppressMessages({library(metafor); library(metadat); library(numDeriv); library(jsonlite)})
options(warn = -1) # metafor warns of every infinite effect that it leaves out of Q

tables <- function(a, n1, c, n2) {
  keep <- complete.cases(a, n1, c, n2)
  list(a = a[keep], n1 = n1[keep], c = c[keep], n2 = n2[keep])
}
yusuf <- subset(dat.yusuf1985, table == "9")
data <- list(
  bcg = with(dat.bcg, tables(tpos, tpos + tneg, cpos, cpos + cneg)),
  collins1985a_deaths = with(dat.collins1985a, tables(d.xti, nti, d.xci, nci)),
  collins1985b_perinatal = with(dat.collins1985b, tables(ped.xti, fup.nti, ped.xci, fup.nci)),
  yusuf1985_table9 = with(yusuf, tables(ai, n1i, ci, n2i)),
  damico2009 = with(dat.damico2009, tables(xt, nt, xc, nc)),
  one_zero_cell = tables(c(0, 5, 2), c(20, 30, 25), c(3, 4, 6), c(22, 30, 24)),
  double_zeros = tables(c(0, 3, 0, 1), c(40, 50, 10, 80), c(0, 7, 0, 4), c(35, 52, 12, 79)),
  all_events = tables(c(10, 3, 6), c(10, 12, 15), c(9, 5, 9), c(9, 11, 16)),
  one_trial = tables(7, 40, 12, 38),
  unequal_arms = tables(c(3, 1, 12), c(300, 210, 900), c(4, 0, 5), c(100, 30, 150))
)

numbers <- function(fit) list(estimate = fit$beta[1], se = fit$se[1], ci_low = fit$ci.lb[1], ci_high = fit$ci.ub[1],
                              p_value = fit$pval[1], q = fit$QE)
mh <- function(d, measure) {
  fit <- rma.mh(measure = measure, ai = d$a, n1i = d$n1, ci = d$c, n2i = d$n2, add = 0, to = "none", correct = FALSE)
  c(numbers(fit), list(weights = I(unname(weights(fit)) / 100)))
}
peto <- function(d) {
  fit <- rma.peto(ai = d$a, n1i = d$n1, ci = d$c, n2i = d$n2, add = 0, to = "none")
  c(numbers(fit), list(weights = I(unname(weights(fit)) / 100)))
}

# rma.glmm with the finest quadrature that lme4 has, and with a tight optimiser.
glmm <- function(d, coding) {
  tight <- list(optimizer = "bobyqa", optCtrl = list(rhobeg = 1e-2, rhoend = 1e-10, maxfun = 1e6))
  fit <- rma.glmm(measure = "OR", ai = d$a, n1i = d$n1, ci = d$c, n2i = d$n2, model = "UM.FS", nAGQ = 25, coding = coding,
                  control = list(glmerCtrl = tight))
  list(estimate = fit$beta[1], se = fit$se[1], tau2 = fit$tau2)
}

# Two Newton steps with Richardson derivatives finish what nlminb begins.
polish <- function(f, x) {
  x <- nlminb(x, f, control = list(rel.tol = 1e-14, x.tol = 1e-12, iter.max = 1000, eval.max = 1e5))$par
  for (i in 1:2) x <- x - solve(hessian(f, x), grad(f, x))
  list(x = x, covariance = solve(hessian(f, x)), value = -f(x))
}

# The binomial-normal likelihood by adaptive integration (integrate), all parameters free: baselines, theta, log tau.
direct_glmm <- function(d, z) {
  inform <- with(d, a + c > 0 & a + c < n1 + n2)
  d <- lapply(d, function(x) x[inform])
  k <- length(d$a)
  trial <- function(i, alpha, theta, tau) {
    log_f <- function(u) dbinom(d$a[i], d$n1[i], plogis(alpha + z[1] * (theta + tau * u)), log = TRUE) +
      dbinom(d$c[i], d$n2[i], plogis(alpha + z[2] * (theta + tau * u)), log = TRUE) + dnorm(u, log = TRUE)
    mode <- optimize(log_f, c(-8, 8), maximum = TRUE, tol = 1e-8)
    width <- 1 / sqrt(max(-(log_f(mode$maximum + 1e-3) - 2 * mode$objective + log_f(mode$maximum - 1e-3)) / 1e-6, 1))
    f <- function(u) exp(log_f(u) - mode$objective)
    ends <- mode$maximum + width * c(-40, -6, 0, 6, 40)
    parts <- sapply(1:4, function(j) integrate(f, ends[j], ends[j + 1], rel.tol = 1e-12, abs.tol = 0, subdivisions = 500,
                                               stop.on.error = FALSE)$value)
    mode$objective + log(sum(parts))
  }
  f <- function(x) -sum(sapply(1:k, function(i) trial(i, x[i], x[k + 1], exp(x[k + 2]))))
  start <- c(qlogis((d$a + d$c) / (d$n1 + d$n2)), 0, log(0.5))
  fit <- polish(f, start)
  list(estimate = fit$x[k + 1], se = sqrt(fit$covariance[k + 1, k + 1]), tau2 = exp(2 * fit$x[k + 2]),
       log_likelihood = fit$value)
}

# Beta-binomial with the link itself as the parameter: g(mu_C) = b0, g(mu_T) = b0 + b1, logit rho.
direct_beta_binomial <- function(d, link) {
  inverse <- switch(link, OR = plogis, RR = exp, RD = identity)
  g <- switch(link, OR = qlogis, RR = log, RD = identity)
  density <- function(y, n, mu, rho) {
    s <- (1 - rho) / rho
    lchoose(n, y) + lbeta(y + mu * s, n - y + (1 - mu) * s) - lbeta(mu * s, (1 - mu) * s)
  }
  f <- function(x) {
    mu <- inverse(c(x[1] + x[2], x[1]))
    if (any(mu <= 0 | mu >= 1)) return(1e10)
    rho <- plogis(x[3])
    -sum(density(d$a, d$n1, mu[1], rho)) - sum(density(d$c, d$n2, mu[2], rho))
  }
  p <- c(sum(d$a) / sum(d$n1), sum(d$c) / sum(d$n2))
  fit <- polish(f, c(g(p[2]), g(p[1]) - g(p[2]), qlogis(0.02)))
  list(estimate = fit$x[2], se = sqrt(fit$covariance[2, 2]), rho = plogis(fit$x[3]), log_likelihood = fit$value)
}

half <- c(0.5, -0.5); treatment <- c(1, 0)
random <- c("bcg", "collins1985b_perinatal", "damico2009")
both <- function(d, f) list(half = f(d, 1/2, half), treatment = f(d, 1, treatment))
result <- list(
  versions = c(list(R = R.version.string), sapply(c("metafor", "metadat", "lme4", "numDeriv"),
                                                  function(name) as.character(packageVersion(name)), simplify = FALSE)),
  data = lapply(data, function(d) lapply(d, I)),
  mantel_haenszel = lapply(data, function(d) sapply(c("OR", "RR", "RD"), function(m) mh(d, m), simplify = FALSE)),
  peto = lapply(data, peto),
  rma_glmm = lapply(data[c(random, "collins1985a_deaths")], both, function(d, coding, z) glmm(d, coding)),
  logistic = lapply(data[random], both, function(d, coding, z) direct_glmm(d, z)),
  beta_binomial = lapply(data[c("bcg", "collins1985a_deaths", "collins1985b_perinatal", "damico2009")],
                         function(d) sapply(c("OR", "RR", "RD"), function(m) direct_beta_binomial(d, m), simplify = FALSE))
)

# 17 significant digits give every double back; what stands in I() stays a list, also with one element.
exact <- function(x) {
  if (is.list(x)) return(lapply(x, exact))
  if (!is.numeric(x)) return(x)
  text <- paste(sprintf("%.17g", as.numeric(x)), collapse = ", ")
  structure(if (inherits(x, "AsIs")) paste0("[", text, "]") else text, class = "json")
}
writeLines(prettify(toJSON(exact(result), auto_unbox = TRUE, json_verbatim = TRUE), indent = 1), "sparse.json")
