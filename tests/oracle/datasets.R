# The trials of the oracle grid: public data of metadat as escalc() turns them into effects and variances, and edge
# cases that stand here as numbers. `datasets()` returns a named list; each element has source, yi, vi.

effects_of <- function(source, ...) {
  call <- match.call()
  call[[1]] <- quote(escalc)
  call$source <- NULL
  table <- eval(call, parent.frame())
  complete <- is.finite(table$yi) & is.finite(table$vi)
  list(source = source, yi = as.numeric(table$yi)[complete], vi = as.numeric(table$vi)[complete])
}

numbers <- function(source, yi, vi) list(source = source, yi = yi, vi = vi)

against_control <- function(treatment) {
  rows <- split(dat.pagliaro1992, dat.pagliaro1992$study)
  pairs <- lapply(rows, function(trial) {
    one <- trial[trial$trt == treatment, ]
    other <- trial[trial$trt == "control", ]
    if (nrow(one) == 1 && nrow(other) == 1) data.frame(ai = one$xi, n1i = one$ni, ci = other$xi, n2i = other$ni)
  })
  do.call(rbind, pairs)
}

binary_data <- function() list(
  bcg_rr = effects_of("dat.bcg, log RR", measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg),
  bcg_or = effects_of("dat.bcg, log OR", measure = "OR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg),
  bcg_rd = effects_of("dat.bcg, RD", measure = "RD", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg),
  collins1985a_or = effects_of("dat.collins1985a, rebleeding, log OR, 1/2 added where a cell is zero",
    measure = "OR", ai = b.xti, n1i = nti, ci = b.xci, n2i = nci, data = dat.collins1985a),
  collins1985b_or = effects_of("dat.collins1985b, pre-eclampsia, log OR", measure = "OR", ai = pre.xti,
    n1i = pre.nti, ci = pre.xci, n2i = pre.nci, data = dat.collins1985b),
  yusuf1985_or = effects_of("dat.yusuf1985, table 6, log OR", measure = "OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i,
    data = subset(dat.yusuf1985, table == "6")),
  li2007_or = effects_of("dat.li2007, log OR, 1/2 added where a cell is zero", measure = "OR", ai = ai, n1i = n1i,
    ci = ci, n2i = n2i, data = dat.li2007),
  egger2001_or = effects_of("dat.egger2001, log OR, 1/2 added where a cell is zero", measure = "OR", ai = ai,
    n1i = n1i, ci = ci, n2i = n2i, data = dat.egger2001),
  hart1999_irr = effects_of("dat.hart1999, log incidence rate ratio", measure = "IRR", x1i = x1i, t1i = t1i,
    x2i = x2i, t2i = t2i, data = dat.hart1999),
  cannon2006_rr = effects_of("dat.cannon2006, first end point, log RR", measure = "RR", ai = ep1t, n1i = nt,
    ci = ep1c, n2i = nc, data = dat.cannon2006),
  hine1989_rd = effects_of("dat.hine1989, RD", measure = "RD", ai = ai, n1i = n1i, ci = ci, n2i = n2i,
    data = dat.hine1989),
  lee2004_rr = effects_of("dat.lee2004, log RR", measure = "RR", ai = ai, n1i = n1i, ci = ci, n2i = n2i,
    data = dat.lee2004),
  lau1992_or = effects_of("dat.lau1992, log OR", measure = "OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i,
    data = dat.lau1992),
  linde2005_rr = effects_of("dat.linde2005, log RR", measure = "RR", ai = ai, n1i = n1i, ci = ci, n2i = n2i,
    data = dat.linde2005),
  nielweise2007_or = effects_of("dat.nielweise2007, log OR, 1/2 added where a cell is zero", measure = "OR", ai = ai,
    n1i = n1i, ci = ci, n2i = n2i, data = dat.nielweise2007),
  laopaiboon2015_rr = effects_of("dat.laopaiboon2015, log RR", measure = "RR", ai = ai, n1i = n1i, ci = ci, n2i = n2i,
    data = dat.laopaiboon2015),
  viechtbauer2021_or = effects_of("dat.viechtbauer2021, log OR", measure = "OR", ai = xTi, n1i = nTi, ci = xCi,
    n2i = nCi, data = dat.viechtbauer2021),
  pagliaro1992_beta_or = effects_of("dat.pagliaro1992, beta-blockers against control, log OR", measure = "OR", ai = ai,
    n1i = n1i, ci = ci, n2i = n2i, data = against_control("beta-blockers")),
  pagliaro1992_sclero_or = effects_of("dat.pagliaro1992, sclerotherapy against control, log OR", measure = "OR",
    ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = against_control("sclerotherapy")),
  pritz1997_logit = effects_of("dat.pritz1997, logit of a proportion", measure = "PLO", xi = xi, ni = ni,
    data = dat.pritz1997),
  debruin2009_logit = effects_of("dat.debruin2009, logit of a proportion", measure = "PLO", xi = xi, ni = ni,
    data = dat.debruin2009)
)

other_data <- function() list(
  hackshaw1998 = numbers("dat.hackshaw1998, log OR as given", dat.hackshaw1998$yi, dat.hackshaw1998$vi),
  normand1999_md = effects_of("dat.normand1999, MD", measure = "MD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i,
    sd2i = sd2i, n2i = n2i, data = dat.normand1999),
  normand1999_smd = effects_of("dat.normand1999, SMD", measure = "SMD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i,
    sd2i = sd2i, n2i = n2i, data = dat.normand1999),
  gibson2002_smd = effects_of("dat.gibson2002, SMD", measure = "SMD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i,
    sd2i = sd2i, n2i = n2i, data = dat.gibson2002),
  curtis1998_rom = effects_of("dat.curtis1998, log ratio of means, first 30 rows", measure = "ROM", m1i = m1i,
    sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = dat.curtis1998[1:30, ]),
  bangertdrowns2004 = numbers("dat.bangertdrowns2004, SMD as given", dat.bangertdrowns2004$yi,
    dat.bangertdrowns2004$vi),
  raudenbush1985 = numbers("dat.raudenbush1985, SMD as given", as.numeric(dat.raudenbush1985$yi),
    as.numeric(dat.raudenbush1985$vi)),
  berkey1998_pd = with(subset(dat.berkey1998, outcome == "PD"), numbers("dat.berkey1998, probing depth", yi, vi)),
  berkey1998_al = with(subset(dat.berkey1998, outcome == "AL"), numbers("dat.berkey1998, attachment level", yi, vi)),
  baskerville2012 = numbers("dat.baskerville2012, SMD and SE as given", dat.baskerville2012$smd,
    dat.baskerville2012$se^2),
  molloy2014_zcor = effects_of("dat.molloy2014, Fisher z", measure = "ZCOR", ri = ri, ni = ni, data = dat.molloy2014),
  cohen1981_zcor = effects_of("dat.cohen1981, Fisher z", measure = "ZCOR", ri = ri, ni = ni, data = dat.cohen1981),
  bonett2010_alpha = effects_of("dat.bonett2010, transformed Cronbach alpha", measure = "ABT", ai = ai, mi = mi,
    ni = ni, data = dat.bonett2010),
  pignon2000_hr = with(subset(dat.pignon2000, grp == 1), numbers("dat.pignon2000, group 1, (O-E)/V", OmE / V, 1 / V))
)

edge_data <- function() {
  bcg <- effects_of("", measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
  i <- 1:60
  list(
    k1 = numbers("one trial", 0.3, 0.1),
    k2_agree = numbers("two trials, tau2 = 0", c(0.1, 0.3), c(0.04, 0.09)),
    k2_disagree = numbers("two trials, tau2 > 0", c(-0.6, 0.5), c(0.03, 0.05)),
    k3 = numbers("three trials", c(0.12, 0.47, 0.95), c(0.05, 0.02, 0.11)),
    k3_equal_variances = numbers("three trials of equal variance", c(0, 0.5, 1), c(0.1, 0.1, 0.1)),
    homogeneous = numbers("tau2 = 0, Q below its degrees of freedom", c(-0.21, -0.35, -0.12, -0.28, 0.02, -0.30),
      c(0.04, 0.02, 0.05, 0.03, 0.08, 0.06)),
    too_homogeneous = numbers("Q so small that the Q-profile interval is empty", c(0.10, 0.12, 0.11, 0.13, 0.09),
      c(0.1, 0.2, 0.3, 0.4, 0.1)),
    identical_effects = numbers("the same effect in all trials, Q = 0", rep(0.25, 5), c(0.01, 0.02, 0.05, 0.1, 0.2)),
    q_equals_df = numbers("Q = k - 1: every moment estimate is at its bound", c(0, sqrt(2)), c(1, 1)),
    zero_mean = numbers("symmetrical about zero: the pooled effect is zero", c(-0.8, -0.3, 0, 0.3, 0.8),
      c(0.05, 0.02, 0.01, 0.02, 0.05)),
    zero_cell = effects_of("5 trials, 1/2 added only to the one with a zero cell", measure = "OR", to = "only0",
      ai = ai, n1i = n1i, ci = ci, n2i = n2i,
      data = data.frame(ai = c(0, 3, 12, 5, 7), n1i = c(25, 40, 100, 60, 55), ci = c(4, 9, 21, 5, 16),
        n2i = c(24, 41, 98, 58, 57))),
    giant_trial = numbers("one trial with a millionth of the others' variance",
      c(0.10, 0.45, -0.30, 0.62, 0.05, -0.15), c(1e-7, 0.1, 0.1, 0.1, 0.1, 0.1)),
    giant_trial_apart = numbers("one trial with a millionth of the others' variance, far from them",
      c(-2, 0.45, 0.30, 0.62, 0.05, 0.15), c(1e-7, 0.1, 0.1, 0.1, 0.1, 0.1)),
    huge_heterogeneity = numbers("tau2 about 10000 times the variances", c(-9.1, 4.3, 12.7, -3.3, 7.9, 0.4, -14.2),
      c(0.004, 0.006, 0.003, 0.008, 0.005, 0.007, 0.004)),
    unequal_variances = numbers("variances over eight powers of ten",
      c(0.3, 0.1, 0.6, -0.4, 1.1, -2.0, 4.0, -9.0, 30.0),
      10^(-4:4)),
    negative_effects = numbers("all effects negative", c(-1.9, -0.7, -1.2, -2.6, -0.4, -1.5, -3.1),
      c(0.12, 0.03, 0.25, 0.40, 0.02, 0.09, 0.55)),
    far_from_zero = numbers("effects far from zero against their spread", 1000 + c(0.2, -0.4, 0.9, 0.1, -1.1, 0.5),
      c(0.04, 0.09, 0.06, 0.12, 0.08, 0.05)),
    tiny_scale = numbers("dat.bcg, log RR, effects times 1e-4", bcg$yi * 1e-4, bcg$vi * 1e-8),
    large_scale = numbers("dat.bcg, log RR, effects times 1e3", bcg$yi * 1e3, bcg$vi * 1e6),
    tiny_variances = numbers("effects of order one, variances of order 1e-8", c(0.3, 0.1, 0.6, -0.4, 1.1),
      c(1e-8, 3e-8, 2e-8, 5e-8, 1e-8)),
    large_variances = numbers("effects of order one, variances of order 1e6", c(0.3, 0.1, 0.6, -0.4, 1.1),
      c(1e6, 3e6, 2e6, 5e6, 1e6)),
    many_trials = numbers("60 trials by formula: y = sin(7 i) + i / 100, v = 0.01 + 0.3 (i mod 7)^2 / 36",
      sin(7 * i) + i / 100, 0.01 + 0.3 * (i %% 7)^2 / 36),
    small_tau2 = numbers("Q barely above its degrees of freedom", c(0.0870, 0.4524, -0.3567, 0.3132, -0.2001, 0.5307),
      c(0.10, 0.11, 0.12, 0.13, 0.14, 0.15)),
    two_maxima_reml = numbers("REML and ML have two maxima, at zero and inside", c(-2.1, -2.2, 3.1, -2.1),
      c(0.004, 0.027, 1.374, 0.003)),
    two_maxima_ml = numbers("REML and ML have two maxima, the inner one higher", c(4.0, 0.1, 0.1),
      c(0.766, 0.004, 0.001)),
    two_maxima_zero = numbers("ML has two maxima, zero the higher",
      c(-3.3, 0.0, 0.1, 0.1), c(0.709, 0.002, 0.008, 5.393)),
    two_maxima_small_gap = numbers("ML has two maxima, heights 0.09 apart", c(1.4, 1.3, -3.2, 3.0, 3.6),
      c(0.001, 8.757, 1.532, 3.67, 2.15)),
    two_maxima_outlier = numbers("ML has two maxima, one precise trial", c(-4.4, -2.5, 5.2), c(1.274, 0.001, 4.69)),
    hidden_maximum_ml = numbers("ML has two maxima; metafor's own start ends at zero, the lower one",
      c(0.8, -0.8, -0.3, 0.0, 0.6), c(0.114, 0.001, 0.053, 0.436, 3.463)),
    hidden_maximum_reml = numbers("REML has two maxima; metafor's own start ends at zero, the lower one",
      c(0.2, -0.3, 0.1, -0.4, -0.3, 0.1, -0.3, 0.4), c(3.771, 0.014, 2.48, 0.722, 0.003, 4.82, 0.005, 0.042)),
    hidden_maximum_k3 = numbers("three trials, ML; metafor's own start ends at zero, the lower one", c(0.5, -1.0, -0.5),
      c(0.102, 0.001, 4.478)),
    hidden_maximum_small = numbers("three trials, ML; the higher maximum lies at 0.005 of the largest variance",
      c(0.00, 0.14, -0.11), c(1e-7, 1e-4, 1)),
    hidden_maximum_k6 = numbers("ML; the higher maximum lies far below the largest variances",
      c(-1.66, 0.14, 0.05, 0.27, -0.05, -0.40), c(10, 2e-7, 0.4, 1e-4, 1, 0.9)),
    three_maxima = numbers("ML has three maxima, the middle one the highest", c(-0.24, 0.01, 0.05, 0.04, -0.51),
      c(0.006, 0.001, 1e-7, 8e-6, 0.5)),
    three_maxima_outer = numbers("ML has three maxima, the outer one the highest",
      c(-0.57, -1.48, -0.07, 0.70, 0.01, 0.55, 0.51), c(0.5, 3, 0.001, 2, 9e-5, 0.6, 0.03)),
    small_tau2_wide = numbers("tau2 about 1e-5 of the largest variance", c(0.00, 0.01, 0.80), c(2e-6, 2e-6, 5)),
    small_tau2_wide_k6 = numbers("tau2 about 1e-5 of the largest variance, six trials",
      c(0.54, 2.96, 0.04, -0.01, 0.02, -0.05), c(0.1, 6, 0.006, 4e-4, 6e-5, 5)),
    k2_unequal = numbers("two trials, variances 100000 apart", c(7.2, 12.9), c(3.6, 3.6e-5)),
    one_maximum_wide = numbers("ML has one maximum, above zero, with standard errors from 0.02 to 3.2",
      c(0.24, 0.40, 0.12, -0.39, 1.03), c(5e-4, 0.0018, 0.08, 0.27, 10)),
    two_maxima_inside = numbers("two maxima, both above zero", c(0.00, 0.25, 0.12, 5.0), c(0.001, 0.001, 0.001, 1.0))
  )
}

datasets <- function() c(binary_data(), other_data(), edge_data())
