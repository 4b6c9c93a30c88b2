# Meta-regressions, subgroup analyses and Egger's regressions of public data by metafor, under control so tight that
# tau2 does not move any more, with 17 digits. Run in this folder: Rscript make_regression.R > regression.json

suppressMessages({library(metafor); library(metadat); library(jsonlite)})

METHODS <- c("FE", "DL", "PM", "REML", "ML", "SJ", "EB", "HE")
TESTS <- c("z", "knha", "adhoc")

bcg <- escalc("RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
bangert <- na.omit(dat.bangertdrowns2004[c("yi", "vi", "grade", "length", "feedback")])
bangert$grade <- paste("grade", bangert$grade) # a factor
SETS <- list(
  bcg = list(source = "dat.bcg, log RR", data = as.data.frame(bcg), group = "alloc",
    models = list("ablat", c("ablat", "year"), "alloc", c("alloc", "ablat"))),
  raudenbush1985 = list(source = "dat.raudenbush1985", data = as.data.frame(dat.raudenbush1985), group = "setting",
    models = list("weeks", c("weeks", "setting", "tester"))),
  bangertdrowns2004 = list(source = "dat.bangertdrowns2004, complete in grade, length, feedback",
    data = as.data.frame(bangert), group = "grade", models = list("length", c("grade", "length", "feedback")))
)

# Fisher scoring at the tightest relative threshold that converges; the others in one go.
fit <- function(formula, data, method, test) {
  rough <- rma(data$yi, data$vi, mods = formula, data = data, method = "DL")$tau2
  unit <- max(rough, 1e-3 * min(data$vi))
  for (relative in 10^-(15:11)) {
    control <- list(threshold = relative * unit, maxiter = 10000, tol = .Machine$double.eps * unit, tau2.max = 100)
    found <- try(rma(data$yi, data$vi, mods = formula, data = data, method = method, test = test, control = control),
      silent = TRUE)
    if (!inherits(found, "try-error")) return(found)
  }
  stop("no convergence: ", method)
}

one_fit <- function(formula, data, method, test) {
  found <- fit(formula, data, method, test)
  line <- predict(found)[1:4] # at the moderators of the first four trials
  list(method = method, test = test, beta = as.numeric(found$beta), se = found$se, statistic = found$zval,
    p = found$pval, low = found$ci.lb, high = found$ci.ub, tau2 = found$tau2, I2 = found$I2,
    R2 = if (is.null(found$R2)) NA else found$R2, QE = found$QE, QEp = found$QEp, QM = found$QM, QMp = found$QMp,
    predicted = line$pred, predicted_se = line$se, predicted_low = line$ci.lb, predicted_high = line$ci.ub,
    new_low = if (method == "FE") line$ci.lb else line$pi.lb, new_high = if (method == "FE") line$ci.ub else line$pi.ub)
}

one_model <- function(terms, data) {
  tests <- function(method) if (method == "FE") "z" else TESTS
  formula <- reformulate(terms)
  list(terms = as.list(terms), fits = unlist(lapply(METHODS, function(method)
    lapply(tests(method), function(test) one_fit(formula, data, method, test))), recursive = FALSE))
}

# One analysis a group, and the test between their estimates with Wald standard errors; with a common tau2 a regression.
one_split <- function(group, data, method) {
  parts <- lapply(split(data, data[[group]]), function(part) fit(~1, part, method, "z"))
  between <- rma(sapply(parts, coef), sei = sapply(parts, `[[`, "se"), method = "FE")
  together <- fit(reformulate(group), data, method, "z")
  list(method = method, groups = as.list(names(parts)), estimate = sapply(parts, coef), se = sapply(parts, `[[`, "se"),
    tau2 = sapply(parts, `[[`, "tau2"), Q = between$QE, p = between$QEp, QM = together$QM, QMp = together$QMp)
}

egger <- function(data) {
  test <- regtest(as.numeric(data$yi), vi = as.numeric(data$vi), model = "lm", predictor = "sei")
  line <- coef(summary(test$fit))
  list(slope = line[2, 1], slope_se = line[2, 2], t = test$zval, df = test$dfs, p = test$pval, intercept = test$est,
    intercept_se = line[1, 2], intercept_low = test$ci.lb, intercept_high = test$ci.ub)
}

one_set <- function(name, set) {
  columns <- unique(unlist(set$models))
  list(name = name, source = set$source, yi = as.numeric(set$data$yi), vi = as.numeric(set$data$vi),
    moderators = as.list(set$data[union(columns, set$group)]), group = set$group, egger = egger(set$data),
    models = lapply(set$models, one_model, data = set$data),
    subgroups = lapply(c("FE", "DL", "REML", "PM"), function(method) one_split(set$group, set$data, method)))
}

# jsonlite stops at 15 digits: numbers pass through it as marked text with 17, which read back to the same bits.
exact <- function(value) {
  if (is.list(value)) return(lapply(value, exact))
  if (!is.numeric(value)) return(as.character(value))
  I(ifelse(is.finite(value), sprintf("#%.17g", as.numeric(value)), "#null"))
}

versions <- list(R = as.character(getRversion()), metafor = as.character(packageVersion("metafor")),
  metadat = as.character(packageVersion("metadat")))
json <- toJSON(list(versions = versions, datasets = exact(Map(one_set, names(SETS), SETS, USE.NAMES = FALSE))),
  auto_unbox = TRUE)
json <- gsub('"#([^"]+)"', "\\1", json)
cat(gsub('(\\{"(name|method|terms)":)', "\n\\1", json), "\n", sep = "") # one dataset, model or fit a line
