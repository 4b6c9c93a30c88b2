/**
 * The arithmetic of the report, at the reader's end: what `neckevidence` computes in Python, again from the same papers.
 * Pure functions, no page. Ratios are logarithms where they are pooled ("analysis scale") and ratios where they are shown
 * ("natural scale"). NaN is a number that does not exist; `analyse`, whose result is shown, has null in its place.
 * tests/report/test_synthesis_js.py holds every function against Python's.
 */
"use strict";

var Synthesis = (() => {
  const RATIOS = ["RR", "OR"];
  const OF_RISKS = ["RR", "OR", "RD"];
  /** Two one-sided tests at 0.05 each: the intervals at 1 - alpha and at 1 - 2 alpha. */
  const WIDE = 0.95;
  const NARROW = 0.9;
  const NOT_RANDOM = "not a randomised comparison";
  const NOT_STATED = "allocation not stated";
  const ANSWERS = {
    equivalent: "equivalent",
    "not relevant": "statistically different, not relevantly",
    different: "different, by more than the margin",
    undecided: "undecided",
    "not randomised": "not randomised: described, not judged",
    "no interval": "no interval: nothing can be said of chance",
  };

  const isRatio = (measure) => RATIOS.includes(measure);
  const noEffect = (measure) => (isRatio(measure) ? 1 : 0);
  const toNatural = (measure, value) => (isRatio(measure) ? Math.exp(value) : value);
  const toAnalysis = (measure, value) => (isRatio(measure) ? Math.log(value) : value);
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const known = (limits) => !limits.some(Number.isNaN);

  /** Halve the bracket down to the last bit; `isBelow` tells whether a place lies below the one that is sought. */
  function bisect(isBelow, low, high) {
    for (;;) {
      const middle = low + (high - low) / 2;
      if (!(low < middle && middle < high)) return middle;
      if (isBelow(middle)) low = middle;
      else high = middle;
    }
  }

  // ---- Quantiles -------------------------------------------------------------------------------------------------

  /** P(|Z| < x), Z standard normal: 2 phi(x) (x + x^3/3 + x^5/15 + ...) (Marsaglia 2004, J Stat Softw 11(4)). */
  function normalCentral(x) {
    let term = x;
    let total = x;
    for (let odd = 3; term > total * 1e-18; odd += 2) {
      term *= (x * x) / odd;
      total += term;
    }
    return Math.sqrt(2 / Math.PI) * Math.exp((-x * x) / 2) * total;
  }

  /** P(|T| < sqrt(df) tan(angle)), T with whole degrees of freedom (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4). */
  function tCentral(angle, df) {
    const odd = df % 2 === 1;
    const cosine = Math.cos(angle);
    let term = odd ? cosine : 1;
    let series = df === 1 ? 0 : term;
    for (let j = odd ? 3 : 2; j < df; j += 2) {
      term *= ((j - 1) / j) * cosine * cosine;
      series += term;
    }
    return odd ? (2 / Math.PI) * (angle + Math.sin(angle) * series) : Math.sin(angle) * series;
  }

  /** The number of standard errors on either side of an interval: normal, or t with whole degrees of freedom. */
  function criticalValue(level, df = Infinity) {
    if (df === Infinity) return bisect((x) => normalCentral(x) < level, 0, 8);
    return Math.sqrt(df) * Math.tan(bisect((angle) => tCentral(angle, df) < level, 0, Math.PI / 2));
  }

  // ---- One two-by-two table: a of n1 patients under the treatment and c of n2 under the control have the event -----

  /** RR, OR or RD on the natural scale: Infinity if only what is divided by is empty, NaN if a ratio does not exist. */
  function pointEstimate(measure, a, n1, c, n2) {
    if (measure === "RD") return a / n1 - c / n2;
    return measure === "RR" ? (a * n2) / (c * n1) : (a * (n2 - c)) / (c * (n1 - a));
  }

  /**
   * Effect and large-sample variance on the analysis scale: log RR 1/a - 1/n1 + 1/c - 1/n2; log OR 1/a + 1/b + 1/c + 1/d;
   * RD p(1-p)/n summed over the arms (Deeks and Higgins 2010, Statistical algorithms in Review Manager 5, 3.1 to 3.3).
   * Nothing is added to a cell of zero: NaN for a ratio that does not exist or has no information; NaN for a variance of 0.
   */
  function effectSize(measure, a, n1, c, n2) {
    const [b, d] = [n1 - a, n2 - c];
    if (measure === "RD") {
      const variance = (a * b) / n1 ** 3 + (c * d) / n2 ** 3;
      return { effect: a / n1 - c / n2, variance: variance > 0 ? variance : NaN };
    }
    const missing = a === 0 || c === 0 || (b === 0 && d === 0) || (measure === "OR" && b * d === 0);
    if (missing) return { effect: NaN, variance: NaN };
    if (measure === "RR") {
      return { effect: Math.log(a / n1) - Math.log(c / n2), variance: 1 / a - 1 / n1 + 1 / c - 1 / n2 };
    }
    return { effect: Math.log(a * d) - Math.log(b * c), variance: 1 / a + 1 / b + 1 / c + 1 / d };
  }

  /** Wilson's score interval of one proportion (Wilson 1927, J Am Stat Assoc 22:209). */
  function wilson(events, n, z) {
    const [p, share] = [events / n, (z * z) / n];
    const middle = p + share / 2;
    const half = z * Math.sqrt((p * (1 - p) + share / 4) / n);
    return [(middle - half) / (1 + share), (middle + half) / (1 + share)];
  }

  /** Miettinen and Nurminen's z for a risk ratio: risks as likely as they can be with that ratio, factor N/(N-1). */
  function scoreOfRiskRatio(ratio, a, n1, c, n2) {
    const n = n1 + n2;
    const minusB = n1 * ratio + a + n2 + c * ratio;
    const root = Math.sqrt(Math.max(minusB * minusB - 4 * n * ratio * (a + c), 0));
    const p2 = (2 * (a + c)) / (minusB + root); // the smaller root, without the cancellation
    const p1 = ratio * p2;
    const variance = Math.max(p1 * (1 - p1), 0) / n1 + (ratio * ratio * Math.max(p2 * (1 - p2), 0)) / n2;
    const difference = a / n1 - (ratio * c) / n2;
    return difference === 0 ? 0 : difference / Math.sqrt((variance * n) / (n - 1));
  }

  /** The control's share of events (or of patients without, with 1/ratio) as likely as it can be with an odds ratio. */
  function likeliestShare(ratio, count, n1, n2) {
    const b = n1 * ratio + n2 - count * (ratio - 1);
    const root = Math.sqrt(Math.max(b * b + 4 * n2 * (ratio - 1) * count, 0));
    return b > 0 ? (2 * count) / (b + root) : (root - b) / (2 * n2 * (ratio - 1));
  }

  /** Miettinen and Nurminen's z for an odds ratio, factor N/(N-1). */
  function scoreOfOddsRatio(ratio, a, n1, c, n2) {
    const n = n1 + n2;
    const p2 = likeliestShare(ratio, a + c, n1, n2);
    const q2 = likeliestShare(1 / ratio, n - a - c, n1, n2);
    const p1 = (p2 * ratio) / (q2 + p2 * ratio);
    const q1 = q2 / (q2 + p2 * ratio);
    return (a - n1 * p1) * Math.sqrt(((1 / (n1 * p1 * q1) + 1 / (n2 * p2 * q2)) * (n - 1)) / n);
  }

  /**
   * Score interval on the natural scale; 0 or Infinity where the data set no bound.
   * RD: Newcombe 1998, Stat Med 17:873, method 10. RR and OR: Miettinen and Nurminen 1985, Stat Med 4:213: the ratios that
   * their test does not reject, searched on the log scale, where z falls from end to end.
   */
  function scoreInterval(measure, a, n1, c, n2, level = WIDE) {
    const z = criticalValue(level);
    if (measure === "RD") {
      const [[low1, high1], [low2, high2]] = [wilson(a, n1, z), wilson(c, n2, z)];
      const [p1, p2] = [a / n1, c / n2];
      return [p1 - p2 - Math.hypot(p1 - low1, high2 - p2), p1 - p2 + Math.hypot(high1 - p1, p2 - low2)];
    }
    if (Number.isNaN(pointEstimate(measure, a, n1, c, n2))) return [0, Infinity];
    const score = measure === "RR" ? scoreOfRiskRatio : scoreOfOddsRatio;
    const at = (log) => score(Math.exp(log), a, n1, c, n2);
    const far = 40;
    return [
      at(-far) > z ? Math.exp(bisect((log) => at(log) > z, -far, far)) : 0,
      at(far) < -z ? Math.exp(bisect((log) => at(log) > -z, -far, far)) : Infinity,
    ];
  }

  // ---- Several trials --------------------------------------------------------------------------------------------

  /** Weighted mean, and the residuals from it. */
  function weighted(y, w) {
    const total = sum(w);
    const mean = sum(y.map((value, i) => w[i] * value)) / total;
    return { total, mean, residuals: y.map((value) => value - mean) };
  }

  /** Twice the slope, and minus twice the height, of the restricted likelihood at a between-trial variance. */
  function restricted(y, v, tau2) {
    const w = v.map((value) => 1 / (value + tau2));
    const { total, residuals } = weighted(y, w);
    const squares = sum(w.map((value) => value * value));
    const slope = sum(residuals.map((r, i) => (w[i] * r) ** 2)) - total + squares / total;
    const depth = sum(residuals.map((r, i) => w[i] * r * r - Math.log(w[i]))) + Math.log(total);
    return { slope, depth };
  }

  /**
   * Restricted maximum likelihood (Viechtbauer 2005, J Educ Behav Stat 30:261): the highest top over tau2 >= 0. All tops lie
   * below twice the sum of squares about the mean; between places that stand close enough, each fall of the slope through
   * zero is one.
   */
  function reml(y, v) {
    const squares = sum(weighted(y, y.map(() => 1)).residuals.map((r) => r * r));
    const slope = (tau2) => restricted(y, v, tau2).slope;
    const [places, first] = [240, 1e-6 * Math.min(...v)];
    const ratio = Math.max((2 * squares) / first, 10);
    const tops = slope(0) <= 0 ? [0] : [];
    let [before, rising] = [0, slope(0) > 0];
    for (let i = 0; i <= places; i += 1) {
      const here = first * ratio ** (i / places);
      const risesHere = slope(here) > 0;
      if (rising && !risesHere) tops.push(bisect((tau2) => slope(tau2) > 0, before, here));
      [before, rising] = [here, risesHere];
    }
    const depths = tops.map((tau2) => restricted(y, v, tau2).depth);
    return tops[depths.indexOf(Math.min(...depths))];
  }

  /**
   * Pool effects on the analysis scale by inverse variance. A trial without effect and variance (NaN or null) has weight 0.
   *
   * "common": the Wald interval. "random": restricted maximum likelihood with Hartung and Knapp's standard error,
   * se^2 = sum w (y - mu)^2 / ((k-1) sum w), and t on k - 1 degrees of freedom (Hartung and Knapp 2001, Stat Med 20:3875), never
   * with less than Wald's se (Roever, Knapp and Friede 2015, BMC Med Res Methodol 15:99). One trial: its Wald interval.
   * Prediction interval mu -+ c sqrt(tau2 + se^2) with the same c and se (Higgins, Thompson and Spiegelhalter 2009, J R Stat Soc
   * A 172:137; Partlett and Riley 2017, Stat Med 36:301), from three trials on. I2 = max(0, (Q - (k-1)) / Q).
   */
  function metaAnalysis(effects, variances, { model = "random", level = WIDE } = {}) {
    const exists = (value) => value !== null && Number.isFinite(value);
    const used = effects.map((_, i) => i).filter((i) => exists(effects[i]) && exists(variances[i]));
    if (used.length === 0) throw new RangeError("no trial has an effect and a variance");
    const v = used.map((i) => variances[i]);
    const centre = effects[used[v.indexOf(Math.min(...v))]]; // so that a giant trial loses no digits to cancellation
    const y = used.map((i) => effects[i] - centre);
    const k = used.length;
    const random = model === "random" && k > 1;

    const tau2 = random ? reml(y, v) : 0;
    const w = v.map((value) => 1 / (value + tau2));
    const { total, mean, residuals } = weighted(y, w);
    const wald = 1 / Math.sqrt(total);
    const knapp = Math.sqrt(sum(residuals.map((r, i) => w[i] * r * r)) / ((k - 1) * total));
    const se = random ? Math.max(knapp, wald) : wald;
    const critical = criticalValue(level, random ? k - 1 : Infinity);
    const estimate = mean + centre;

    const alike = v.map((value) => 1 / value);
    const q = k > 1 ? sum(weighted(y, alike).residuals.map((r, i) => alike[i] * r * r)) : 0;
    const half = critical * Math.sqrt(tau2 + se * se);
    const weights = effects.map((_, i) => (used.includes(i) ? w[used.indexOf(i)] / total : 0));
    const i2 = q > 0 ? Math.max(1 - (k - 1) / q, 0) : 0;
    const prediction = random && k > 2 ? [estimate - half, estimate + half] : null;
    const [ci_low, ci_high] = [estimate - critical * se, estimate + critical * se];
    return { estimate, se, ci_low, ci_high, tau2, i2, q, weights, prediction };
  }

  // ---- Patients per 1000 -----------------------------------------------------------------------------------------

  /**
   * The risk that an effect (natural scale) makes of a baseline risk, cut at 0 and 1; NaN for a ratio of nothing.
   * RR: baseline x RR; OR: baseline odds x OR; RD: baseline + RD (Cochrane Handbook 6.4, section 14.1.5).
   */
  function riskUnder(measure, baseline, effect) {
    if (Number.isNaN(effect) || (measure === "RR" && baseline === 0)) return NaN;
    let risk = measure === "RD" ? baseline + effect : baseline * effect;
    if (measure === "OR") {
      const odds = (baseline / (1 - baseline)) * effect;
      risk = effect < Infinity && odds < Infinity ? odds / (1 + odds) : 1;
    }
    return Math.min(Math.max(risk, 0), 1);
  }

  /** The risk in the control arms, all their patients taken together; NaN if none is printed. */
  function controlRisk(trials) {
    const printed = trials.filter((trial) => trial.control_risk !== null);
    const sizes = printed.map((trial) => trial.n_control || 1);
    return sum(printed.map((trial, i) => trial.control_risk * sizes[i])) / sum(sizes);
  }

  function perThousand(measure, baseline, effects) {
    const risks = effects.map((effect) => riskUnder(measure, baseline, effect));
    const [treatment_per_1000, treatment_low, treatment_high] = risks.map((risk) => orNull(1000 * risk));
    const [difference, difference_low, difference_high] = risks.map((risk) => orNull(1000 * (risk - baseline)));
    const treatment = { treatment_per_1000, treatment_low, treatment_high };
    return { baseline, control_per_1000: 1000 * baseline, ...treatment, difference, difference_low, difference_high };
  }

  // ---- Equivalence -----------------------------------------------------------------------------------------------

  /** The margin on both sides of no effect, on the natural scale: 0.8 and 1.25 for a ratio of either, -0.06 and 0.06. */
  function marginBounds(measure, margin) {
    if (!(Number.isFinite(margin) && margin > 0)) throw new RangeError(`margin must be a number above 0, found ${margin}`);
    if (isRatio(measure)) {
      if (margin === 1) throw new RangeError("margin for a ratio must not be 1, which is no effect");
      return [Math.min(margin, 1 / margin), Math.max(margin, 1 / margin)];
    }
    if (measure === "RD" && margin >= 1) {
      throw new RangeError(`margin for RD is a share below 1 (0.06 for 6 percentage points), found ${margin}`);
    }
    return [-margin, margin];
  }

  function judged(measure, wide, narrow, bounds, randomised) {
    if (!(known(wide) && known(narrow))) return { answer: "no interval", position: "no interval" };
    let [answer, position] = ["undecided", "across the margin"];
    if (bounds[0] < narrow[0] && narrow[1] < bounds[1]) {
      [answer, position] = [differs(measure, wide) ? "not relevant" : "equivalent", "within the margin"];
    } else if (wide[0] > bounds[1] || wide[1] < bounds[0]) {
      [answer, position] = ["different", "beyond the margin"];
    }
    return { answer: randomised ? answer : "not randomised", position };
  }

  const differs = (measure, wide) => !(wide[0] <= noEffect(measure) && noEffect(measure) <= wide[1]);

  /**
   * Two one-sided tests (Schuirmann 1987, J Pharmacokinet Biopharm 15:657): within the margin if the interval at 1 - 2 alpha is;
   * different, and different by more than the margin, by the one at 1 - alpha. What is neither is undecided. Ratios are judged on
   * the log scale: half of 1.25 is its square root. What is not randomised is described, never judged.
   * `result` has measure, and the limits `wide` (95%) and `narrow` (90%) on the natural scale.
   */
  function equivalence({ measure, wide, narrow }, bounds, { randomised }) {
    const times = (factor) => bounds.map((bound) => toNatural(measure, factor * toAnalysis(measure, bound)));
    const at = [0.5, 1, 1.5].map((factor) => ({ factor, ...judged(measure, wide, narrow, times(factor), randomised) }));
    const { answer, position } = at[1];
    return { answer, position, differs: known(wide) ? differs(measure, wide) : null, bounds, at };
  }

  /** The answer in words: of an undecided one whether a difference is shown, of one not randomised, or not stated to be, where it lies. */
  function answerWords(answer, differ, position, allocation) {
    const shown = differ ? "a difference is shown, whether a relevant one is not" : "no difference is shown either";
    if (answer === "undecided") return `undecided: ${shown}`;
    if (answer === "not randomised") return `${allocation === NOT_STATED ? NOT_STATED : "not randomised"}: no answer; its interval lies ${position}`;
    return ANSWERS[answer];
  }

  // ---- A comparison of the report, analysed as the reader wants it -------------------------------------------------

  const orNull = (value) => (Number.isNaN(value) ? null : value);
  const orNaN = (value) => (value === null ? NaN : Number(value)); // "Infinity" is text in JSON

  /** One trial's effect at one measure: from its counts if there are any, else as the evidence package stored it. */
  function trialEffect(trial, measure) {
    const stored = trial.effects[measure];
    if (trial.cells) {
      const estimate = pointEstimate(measure, ...trial.cells);
      return { estimate, ...effectSize(measure, ...trial.cells), at: (level) => scoreInterval(measure, ...trial.cells, level) };
    }
    const limits = { [WIDE]: [stored.ci_low, stored.ci_high], [NARROW]: [stored.narrow_low, stored.narrow_high] };
    const [estimate, effect, variance] = [stored.estimate, stored.effect, stored.variance].map(orNaN);
    return { estimate, effect, variance, at: (level) => (limits[level] || [null, null]).map(orNaN) };
  }

  /** The trials together: one is shown by its own interval, several are pooled, if all of them have a variance. */
  function together(effects, measure, model, level) {
    const fit = (confidence) =>
      metaAnalysis(effects.map((one) => one.effect), effects.map((one) => one.variance), { model, level: confidence });
    const natural = (...values) => values.map((value) => toNatural(measure, value));
    if (effects.length === 1) return { estimate: effects[0].estimate, at: effects[0].at, pooled: null };
    if (effects.length === 0 || !effects.every((one) => Number.isFinite(one.effect) && Number.isFinite(one.variance))) {
      return { estimate: NaN, at: () => [NaN, NaN], pooled: null };
    }
    const limits = ({ ci_low, ci_high }) => natural(ci_low, ci_high);
    const { estimate, tau2, i2, q, weights, prediction } = fit(level);
    const pooled = { tau2, i2, q, weights, prediction: prediction && natural(...prediction) };
    return { estimate: toNatural(measure, estimate), at: (confidence) => limits(fit(confidence)), pooled };
  }

  /**
   * Analyse a comparison of `workbench_data`: natural scale, null for what does not exist, `problem` for what cannot be done.
   * `without` names trials that are left out; no margin, no judgement; no baseline, the risk in the trials' control arms; `level`
   * is 0.95 or 0.9 for trials without counts, whose intervals are stored.
   */
  function analyse(comparison, options = {}) {
    const { measure = comparison.measure, model = "random", without = [], level = WIDE, margin = null, baseline = null } = options;
    const used = comparison.trials.filter((trial) => trial.effects[measure] && !without.includes(trial.trial_id));
    const effects = used.map((trial) => trialEffect(trial, measure));
    const randomised = used.length > 0 && used.every((trial) => trial.randomised);
    // What is not random goes before what is not stated.
    const allocation = [NOT_RANDOM, NOT_STATED, ""].find((words) => !words || used.some((trial) => trial.allocation === words));
    const all = together(effects, measure, model, level);
    const [[low, high], wide, narrow] = [level, WIDE, NARROW].map(all.at);
    const problems = [];
    if (used.length === 0) problems.push("no trial is left");
    else if (used.length > 1 && !all.pooled) problems.push("the figures give no variance: these trials cannot be pooled");

    let verdict = null;
    try {
      const bounds = margin !== null && used.length > 0 ? marginBounds(measure, margin) : null;
      verdict = bounds && equivalence({ measure, wide, narrow }, bounds, { randomised });
    } catch (error) {
      problems.push(error.message);
    }
    const risk = baseline === null ? controlRisk(used) : baseline;
    const ofRisks = OF_RISKS.includes(measure) && used.length > 0;
    const possible = risk >= 0 && risk <= 1;
    if (ofRisks && baseline !== null && !possible) {
      problems.push(`the baseline risk must lie between 0 and 1, found ${baseline}`);
    } else if (ofRisks && !possible && !Number.isNaN(all.estimate)) {
      problems.push("no risk under the control is printed; give a baseline");
    }
    const trials = used.map(({ trial_id, label }, i) => {
      const [estimate, ci_low, ci_high] = [effects[i].estimate, ...effects[i].at(level)].map(orNull);
      const weight = used.length === 1 ? 1 : all.pooled && all.pooled.weights[i];
      return { trial_id, label, estimate, ci_low, ci_high, weight };
    });
    const [estimate, ci_low, ci_high] = [all.estimate, low, high].map(orNull);
    return {
      ...{ estimate, ci_low, ci_high, narrow: narrow.map(orNull), k: used.length, pooled: all.pooled, randomised, allocation, trials },
      equivalence: verdict,
      absolute: ofRisks && possible ? perThousand(measure, risk, [all.estimate, low, high]) : null,
      problem: problems.join("; "),
    };
  }

  const tables = { criticalValue, pointEstimate, effectSize, scoreInterval };
  return { ...tables, metaAnalysis, riskUnder, marginBounds, equivalence, answerWords, analyse };
})();

if (typeof module !== "undefined") module.exports = Synthesis;
