# Reference values for test_dose_oracle.py, by R's own glm() and lm(): run in this folder with Rscript make_dose.R
# The counts and means are invented; the trials have doses in common, but not all.
library(jsonlite)
library(MASS) # profile-likelihood confint() for glm

COUNTS <- list(
  two_trials = data.frame(trial = c("S1", "S1", "S1", "S2", "S2", "S2"), dose = c(0, 5, 10, 0, 2.5, 5),
    events = c(24, 70, 95, 22, 44, 66), n = c(240, 230, 249, 229, 220, 234)),
  one_trial = data.frame(trial = "A", dose = c(0, 1, 2, 4, 8), events = c(3, 7, 9, 14, 15), n = c(40, 41, 39, 40, 42)),
  no_placebo = data.frame(trial = c("A", "A", "B", "B", "B", "C", "C"), dose = c(15, 30, 0, 15, 60, 0, 60),
    events = c(8, 5, 20, 14, 6, 31, 12), n = c(60, 58, 70, 72, 69, 90, 95))
)
MEANS <- list(
  pain = data.frame(trial = c("A", "A", "A", "B", "B"), dose = c(0, 15, 30, 0, 30), mean = c(-2.1, -3.0, -3.4, -1.5, -2.9),
    se = c(0.3, 0.3, 0.28, 0.4, 0.4))
)
TIGHT <- glm.control(epsilon = 1e-12, maxit = 500)
BOUND <- qchisq(0.95, 1)

design <- function(d) if (length(unique(d$trial)) > 1) ~ 0 + factor(trial) + x else ~ x

fit_counts <- function(d, x) {
  d$x <- x
  glm(update(design(d), cbind(events, n - events) ~ .), family = binomial, data = d, control = TIGHT)
}

profile_limits <- function(fit) { # by refitting with an offset, not by interpolation as confint() does
  d <- fit$data
  top <- as.numeric(logLik(fit))
  best <- coef(fit)["x"]
  se <- sqrt(vcov(fit)["x", "x"])
  drop <- function(b) {
    f <- if (length(unique(d$trial)) > 1) cbind(events, n - events) ~ 0 + factor(trial) else cbind(events, n - events) ~ 1
    2 * (top - as.numeric(logLik(glm(f, offset = b * d$x, family = binomial, data = d, control = TIGHT)))) - BOUND
  }
  c(uniroot(drop, c(best - 6 * se, best), tol = 1e-13)$root, uniroot(drop, c(best, best + 6 * se), tol = 1e-13)$root)
}

one_shape <- function(d, x) {
  fit <- fit_counts(d, x)
  list(slope = coef(fit)[["x"]], se = sqrt(vcov(fit)["x", "x"]), log_likelihood = as.numeric(logLik(fit)), aic = AIC(fit),
    deviance = deviance(fit), df = df.residual(fit), limits = profile_limits(fit), confint = as.numeric(confint(fit)["x", ]))
}

emax <- function(d) {
  height <- function(log_ed50) as.numeric(logLik(fit_counts(d, d$dose / (exp(log_ed50) + d$dose))))
  range <- log(c(min(d$dose[d$dose > 0]) / 100, max(d$dose) * 100))
  grid <- seq(range[1], range[2], length.out = 400)
  start <- grid[which.max(sapply(grid, height))]
  best <- optimize(height, start + c(-0.2, 0.2), maximum = TRUE, tol = 1e-12)
  drop <- function(log_ed50) 2 * (best$objective - height(log_ed50)) - BOUND
  limit <- function(end) if (drop(end) < 0) NULL else exp(uniroot(drop, sort(c(end, best$maximum)), tol = 1e-12)$root)
  fit <- fit_counts(d, d$dose / (exp(best$maximum) + d$dose))
  list(ed50 = exp(best$maximum), emax = coef(fit)[["x"]], log_likelihood = best$objective, deviance = deviance(fit),
    low = limit(range[1]), high = limit(range[2]))
}

counts <- function(d) {
  d0 <- min(d$dose[d$dose > 0])
  list(arms = d, linear = one_shape(d, d$dose), loglinear = one_shape(d, log1p(d$dose / d0)), emax = emax(d))
}

means <- function(d) {
  fit <- lm(update(design(d), mean ~ .), data = transform(d, x = dose), weights = 1 / se^2)
  se <- sqrt(vcov(fit)["x", "x"]) / summary(fit)$sigma # variances are known: no residual scale
  list(arms = d, slope = coef(fit)[["x"]], se = se, deviance = deviance(fit), df = df.residual(fit))
}

result <- list(R = R.version.string, counts = lapply(COUNTS, counts), means = lapply(MEANS, means))
write(toJSON(result, auto_unbox = TRUE, digits = 15, pretty = TRUE, null = "null"), "dose.json")
