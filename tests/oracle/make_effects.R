# Effect sizes by metafor's escalc on public data and on made-up tables, and estimates with their intervals, t and p, all
# with 17 digits: Rscript tests/oracle/make_effects.R > tests/oracle/effects.json
suppressMessages({
  library(metafor)
  library(metadat)
  library(jsonlite)
})

# 17 significant digits give every double back; what does not exist is null.
numbers <- function(x) {
  written <- ifelse(is.finite(x), sprintf("%.17g", as.numeric(x)), "null")
  structure(paste0("[", paste(written, collapse = ", "), "]"), class = "json")
}
columns <- function(data) lapply(as.list(data), numbers)
result <- function(effect) list(effect = numbers(effect$yi), variance = numbers(effect$vi))
quietly <- suppressWarnings # escalc warns of every NA that it returns

# ---- two-by-two tables
every_zero <- data.frame( # every pattern of zeros, arms of unlike size, arms of one patient
  ai = c(0, 3, 0, 5, 0, 10, 5, 20, 1, 0, 12, 1),
  n1i = c(10, 10, 10, 10, 20, 10, 5, 20, 1, 1, 30, 400),
  ci = c(2, 0, 0, 10, 0, 10, 0, 3, 0, 1, 30, 0),
  n2i = c(10, 12, 10, 10, 35, 12, 7, 41, 1, 9, 30, 3)
)
two_arms <- c("ai", "n1i", "ci", "n2i")
tables <- list(
  bcg = list(
    source = "metadat dat.bcg: Colditz et al. 1994, JAMA 271:698",
    cells = with(dat.bcg, data.frame(ai = tpos, n1i = tpos + tneg, ci = cpos, n2i = cpos + cneg))
  ),
  catheters = list(
    source = "metadat dat.nielweise2007: Niel-Weise et al. 2007, Intensive Care Med 33:2058",
    cells = dat.nielweise2007[two_arms]
  ),
  beta_blockers = list(
    source = "metadat dat.yusuf1985: Yusuf et al. 1985, Prog Cardiovasc Dis 27:335",
    cells = na.omit(subset(dat.yusuf1985, table == "6")[two_arms]) # not every trial has figures
  ),
  every_zero = list(source = "made up", cells = every_zero)
)

count_effects <- function(cells) {
  x <- within(cells, {
    bi <- n1i - ai
    di <- n2i - ci
  })
  by_escalc <- function(measure, to) {
    result(quietly(escalc(measure, ai = ai, bi = bi, ci = ci, di = di, data = x, add = 1 / 2, to = to, drop00 = measure != "RD")))
  }
  # The correction of Sweeting et al. 2004 by its definition; escalc takes the corrected cells as they are.
  zero <- with(x, ai == 0 | bi == 0 | ci == 0 | di == 0)
  total <- 1 / x$n1i + 1 / x$n2i
  kt <- ifelse(zero, (1 / x$n2i) / total, 0)
  kc <- ifelse(zero, (1 / x$n1i) / total, 0)
  corrected <- with(x, data.frame(ai = ai + kt, bi = bi + kt, ci = ci + kc, di = di + kc))
  dropped <- with(x, (ai == 0 & ci == 0) | (bi == 0 & di == 0))
  by_arm <- function(measure) {
    effect <- quietly(escalc(measure, ai = ai, bi = bi, ci = ci, di = di, data = corrected, to = "none"))
    if (measure != "RD") effect[dropped, ] <- NA
    result(effect)
  }
  policies <- c(leave = "none", add_half_where_needed = "only0", add_half_to_all = "all")
  effects <- lapply(c(RR = "RR", OR = "OR", RD = "RD"), function(measure) {
    c(lapply(policies, function(to) by_escalc(measure, to)), list(treatment_arm = by_arm(measure)))
  })
  c(effects, list(PETO = list(leave = by_escalc("PETO", "none"))))
}

# ---- means
means <- list(
  stroke = list(
    source = "metadat dat.normand1999: Normand 1999, Stat Med 18:321",
    cells = dat.normand1999[c("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")]
  ),
  plants = list(
    source = "metadat dat.curtis1998: Hedges, Gurevitch and Curtis 1999, Ecology 80:1150",
    cells = dat.curtis1998[c("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")]
  )
)
mean_effects <- function(x) {
  by_escalc <- function(measure, vtype) {
    result(escalc(measure, m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = x, vtype = vtype))
  }
  list(MD = by_escalc("MD", "LS"), SMD = list(`large-sample` = by_escalc("SMD", "LS"), borenstein = by_escalc("SMD", "LS2")))
}

# ---- estimates as a report would print them, but with all digits
printed <- function(effect, level, measure) {
  s <- summary(effect, level = level, transf = if (measure %in% c("RR", "OR")) exp else FALSE)
  shown <- if (measure %in% c("RR", "OR")) exp else identity
  z <- effect$yi / sqrt(effect$vi)
  list(
    measure = measure, level = level / 100, estimate = numbers(shown(effect$yi)),
    low = numbers(s$ci.lb), high = numbers(s$ci.ub), t = numbers(z),
    p = numbers(2 * pnorm(abs(z), lower.tail = FALSE)), effect = numbers(effect$yi), variance = numbers(effect$vi)
  )
}
normal <- list(
  printed(escalc("RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg), 95, "RR"),
  printed(escalc("OR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg), 98.3, "OR"),
  printed(escalc("RD", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg), 90, "RD"),
  printed(with(means$stroke$cells, escalc("MD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i)), 99, "MD")
)
from_t <- function(name, fit, level) { # coefficients of a linear model, the intercept left out
  table <- summary(fit)$coefficients[-1, , drop = FALSE]
  limits <- confint(fit, level = level)[-1, , drop = FALSE]
  list(
    model = name, measure = "MD", level = level, df = fit$df.residual, estimate = numbers(table[, 1]), low = numbers(limits[, 1]),
    high = numbers(limits[, 2]), t = numbers(table[, 3]), p = numbers(table[, 4]), effect = numbers(table[, 1]),
    variance = numbers(table[, 2]^2)
  )
}
student <- list(
  from_t("lm(len ~ supp, ToothGrowth)", lm(len ~ supp, ToothGrowth), 0.95),
  from_t("lm(breaks ~ wool + tension, warpbreaks)", lm(breaks ~ wool + tension, warpbreaks), 0.9),
  from_t("lm(extra ~ group, sleep)", lm(extra ~ group, sleep), 0.95),
  from_t("lm(mpg ~ wt + am, mtcars)", lm(mpg ~ wt + am, mtcars), 0.99)
)

version_of <- function(package) as.character(packageVersion(package))
out <- list(
  made_by = list(R = paste(R.version$major, R.version$minor, sep = "."), metafor = version_of("metafor"), metadat = version_of("metadat")),
  counts = lapply(tables, function(t) list(source = t$source, cells = columns(t$cells), effects = count_effects(t$cells))),
  means = lapply(means, function(t) list(source = t$source, cells = columns(t$cells), effects = mean_effects(t$cells))),
  estimates = c(normal, student)
)
text <- toJSON(out, auto_unbox = TRUE, json_verbatim = TRUE)
cat(gsub("([]}],)(?=\")", "\\1\n", text, perl = TRUE), "\n", sep = "") # an array a line
