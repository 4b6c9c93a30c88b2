/* How the workbench writes numbers and sentences: the rules of neckevidence/numbers.py. No page is needed here. */
"use strict";

const WorkbenchWords = (() => {
  const DECIMALS = { RR: 2, OR: 2, RD: 3, MD: 1, SMD: 2 };
  const NAMES = {
    RR: "risk ratio",
    OR: "odds ratio",
    RD: "risk difference",
    MD: "mean difference",
    SMD: "standardised mean difference (Hedges g)",
  };
  const MINUS = "\u2212";

  const isRatio = (measure) => measure === "RR" || measure === "OR";
  const isRisk = (measure) => isRatio(measure) || measure === "RD";
  const noEffect = (measure) => (isRatio(measure) ? 1 : 0);
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  const plural = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

  /** A number with so many decimals as Python writes it: a true tie goes to the even digit, which toFixed does not know. */
  function fixed(value, decimals) {
    const size = Math.abs(value);
    const halves = size * 2 ** (decimals + 1); // exact; only an odd whole number of these is a tie
    if (Number.isSafeInteger(halves) && halves % 2 === 1) {
      const below = Math.floor(size * 10 ** decimals);
      const even = below % 2 === 0 ? below : below + 1;
      return (Math.sign(value) * (even / 10 ** decimals)).toFixed(decimals);
    }
    return value.toFixed(decimals);
  }

  /** A true minus sign, and none before a zero. */
  function signed(value, decimals) {
    const text = fixed(value, decimals);
    return Number(text) === 0 ? text.replace("-", "") : text.replace("-", MINUS);
  }

  /** Python's ".3g" for numbers that a margin can be. */
  const general = (value, digits = 3) => String(Number(value.toPrecision(digits))).replace("-", MINUS);

  /** An effect with the decimals of its measure. */
  function number(measure, value) {
    if (value === null || Number.isNaN(value)) return "not known";
    return Number.isFinite(value) ? signed(value, DECIMALS[measure]) : "no limit";
  }

  const MOST_DECIMALS = 8;
  const same = (one, other) => Math.abs(one - other) <= 1e-9 * Math.max(1, Math.abs(one), Math.abs(other));

  /** Estimate and limits with so many decimals that no limit is written like no effect, or like the estimate, that is not. */
  function effect(measure, estimate, low, high) {
    const others = [noEffect(measure), estimate].filter(Number.isFinite);
    const pairs = [low, high].filter(Number.isFinite).flatMap((limit) => others.map((other) => [limit, other]));
    const apart = pairs.filter(([one, other]) => !same(one, other));
    const hidden = (decimals) => apart.some(([one, other]) => signed(one, decimals) === signed(other, decimals));
    let decimals = DECIMALS[measure];
    while (decimals < MOST_DECIMALS && hidden(decimals)) decimals += 1;
    return [estimate, low, high].map((value) => (Number.isFinite(value) ? signed(value, decimals) : number(measure, value)));
  }

  const range = (measure, low, high) => effect(measure, null, low, high).slice(1).join(" to ");
  const hasInterval = (low, high) => low !== null && high !== null;

  /** "0.76 (95% CI 0.62 to 0.95)"; without `level` the words "95% CI" stand in the heading. */
  function interval(measure, estimate, low, high, level) {
    if (!hasInterval(low, high)) return `${number(measure, estimate)} (no interval)`;
    const head = level === undefined ? "" : `${general(100 * level, 6)}% CI `;
    const [shown, ...limits] = effect(measure, estimate, low, high);
    return `${shown} (${head}${limits.join(" to ")})`;
  }

  const perThousand = (value) => (value === null ? "not known" : signed(value, 0));
  const share = (value) => `${fixed(100 * value, 0)}%`;
  const points = (value) => signed(100 * value, 1);

  function moreOrFewer(value) {
    const size = perThousand(Math.abs(value));
    return size === "0" ? "0" : `${size} ${value > 0 ? "more" : "fewer"}`;
  }

  /** Margins are typed in the unit in which readers think: a risk difference in percentage points. */
  const marginUnit = (measure, unit) =>
    isRatio(measure) ? "as a ratio" : measure === "RD" ? "percentage points" : measure === "SMD" ? "SD" : unit || "points";
  const clean = (value) => Number(value.toPrecision(12));
  const marginTyped = (measure, value) => clean(measure === "RD" ? 100 * value : value);
  const marginValue = (measure, typed) => clean(measure === "RD" ? typed / 100 : typed);

  /** Why a margin is not allowed; empty if it is. */
  function marginFault(measure, typed) {
    if (!Number.isFinite(typed)) return "Please write a number.";
    if (typed <= 0) return "A margin is a number above 0.";
    if (isRatio(measure) && typed === 1) return "1 is no effect: the margin of a ratio lies above or below it.";
    return measure === "RD" && typed >= 100 ? "A margin in percentage points lies below 100." : "";
  }

  /** The margin at half or one and a half times its distance from no effect. */
  const timesBounds = (measure, bounds, factor) =>
    bounds.map((bound) => (isRatio(measure) ? bound ** factor : bound * factor));

  function marginText(measure, bounds, unit) {
    if (isRatio(measure)) return `${general(bounds[0])} to ${general(bounds[1])}`;
    return `\u00b1${general(marginTyped(measure, bounds[1]))} ${marginUnit(measure, unit)}`;
  }

  /** What must stand wherever the number stands. */
  function marks(result, trials) {
    const found = [];
    if (result.allocation) found.push(result.allocation);
    if (trials.some((trial) => trial.reconstructed)) found.push("on reconstructed counts");
    return found;
  }

  function estimate(measure, result, level) {
    const numbers = interval(measure, result.estimate, result.ci_low, result.ci_high, level);
    return `${capital(NAMES[measure])} ${numbers}, ${plural(result.k, "trial")}`;
  }

  /** Whether the interval leaves out no effect; that it does not is never read as equality. */
  function reading(measure, result) {
    if (!hasInterval(result.ci_low, result.ci_high)) return "Without an interval nothing can be said of chance.";
    const none = noEffect(measure);
    return result.ci_low <= none && none <= result.ci_high
      ? `The interval includes ${none}, no effect: no difference is shown, and that is no evidence that there is none.`
      : `The interval excludes ${none}, no effect.`;
  }

  function inPoints(result) {
    const numbers = points(result.estimate);
    const limits = hasInterval(result.ci_low, result.ci_high)
      ? ` (${points(result.ci_low)} to ${points(result.ci_high)})`
      : "";
    return `In percentage points: ${numbers}${limits}.`;
  }

  /** What is known of the spread between trials. */
  function spread(measure, result, model, level) {
    const { tau2, i2, q, prediction } = result.pooled;
    const parts = [`I\u00b2 ${fixed(100 * i2, 1)}%`, `Q ${fixed(q, 2)}`];
    if (model === "common") return `${parts.join(", ")}. The common effect takes all trials to have one effect.`;
    parts.unshift(`\u03c4\u00b2 ${fixed(tau2, 4)}`);
    if (prediction) parts.push(`${general(100 * level, 6)}% prediction interval ${range(measure, ...prediction)}`);
    const few = result.k < 4 ? ` With ${plural(result.k, "trial")} the spread between trials is hardly known.` : "";
    return `Between the trials: ${parts.join(", ")}.${few}`;
  }

  function absolute(comparison, result, found, level) {
    const { absolute: of } = result;
    const mark = found.length ? ` (${found.join(", ")})` : "";
    const sides =
      `${perThousand(of.treatment_per_1000)} on ${comparison.treatment_name} against ` +
      `${perThousand(of.control_per_1000)} on ${comparison.control_name}`;
    const between = hasInterval(of.difference_low, of.difference_high)
      ? `${general(100 * level, 6)}% interval ${moreOrFewer(of.difference_low)} to ${moreOrFewer(of.difference_high)}`
      : "no interval can be given";
    const head = capital(comparison.outcome_label);
    return `${head}: of 1000 patients ${sides}; ${moreOrFewer(of.difference)} (${between})${mark}.`;
  }

  function trialDetails(trial, measure) {
    if (!trial.effects[measure]) return `no figure as ${measure}`;
    const known = trial.n_treatment !== null && trial.n_control !== null;
    const parts = [
      trial.region || "population not printed",
      known ? `${trial.n_treatment} against ${trial.n_control} patients` : "patients not printed with the figure",
    ];
    if (trial.day !== null) parts.push(`day\u00a0${general(trial.day, 6)}`);
    if (trial.allocation) parts.push(trial.allocation);
    if (trial.reconstructed) parts.push("counts reconstructed");
    return parts.join(", ");
  }

  /** What the plot shows, for those who do not see it. */
  function plotText(comparison, measure, rows, bounds, level) {
    const lines = rows.map((row) => `${row.label}: ${interval(measure, row.estimate, row.low, row.high)}`);
    const head = `Forest plot, ${comparison.title}; ${NAMES[measure]} with ${general(100 * level, 6)}% intervals.`;
    const band = bounds ? ` Margin ${marginText(measure, bounds, comparison.unit)}.` : "";
    return `${head} ${lines.join("; ")}.${band}`;
  }

  const listed = (labels) => (labels.length > 3 ? plural(labels.length, "trial") : labels.join(" and "));

  /** Why the model cannot be chosen; empty if it can. */
  function modelHint(comparison, result) {
    if (result.pooled) return "";
    if (result.k > 1) return "The printed figures give no variance: these trials cannot be pooled.";
    const number = result.k ? "One trial" : "No trial";
    return `${number}${comparison.trials.length > 1 ? " is ticked" : ""}: there is nothing to pool.`;
  }

  function marginHint(measure, margin) {
    const ratio = isRatio(measure) ? " 1.25 means 0.8 to 1.25." : "";
    const told = margin
      ? `From the report: ${marginTyped(measure, margin.value)} (${margin.id}, ${margin.words}).`
      : "None was set beforehand for this measure: one typed here is yours.";
    return `${told}${ratio} Empty: no margin.`;
  }

  function marginSource(margin, value) {
    if (margin && margin.value === value) return `${margin.id}: ${margin.words}`;
    return "given here as a number: it does not stand in the table of margins";
  }

  function baselineHint(comparison, kept, risk) {
    if (risk === null) return "No risk under the control is printed: patients per 1000 need one from you.";
    const labels = kept.filter((trial) => trial.control_risk !== null).map((trial) => trial.label);
    return `From the trials: ${points(risk)}%, the risk on ${comparison.control_name} in ${listed(labels)}. Empty: this one.`;
  }

  /** In what an analysis differs from the report's, and what that one gives. `margin` is the report's at this measure. */
  function changes(comparison, options, result, own, report, margin) {
    const changed = [];
    if (options.measure !== own.measure) changed.push(`another measure (${options.measure})`);
    if (options.model !== own.model && result.pooled) changed.push("the common effect");
    const out = comparison.trials.filter((trial) => options.without.includes(trial.trial_id)).map((trial) => trial.label);
    if (out.length) changed.push(`without ${listed(out)}`);
    const before = margin ? margin.value : null;
    const margins = before === null ? "a margin, where the report has none" : "another margin";
    if (options.margin !== before) changed.push(options.margin === null ? "no margin" : margins);
    if (options.baseline !== null) changed.push("another baseline risk");
    if (!changed.length) return "This is the report\u2019s own analysis.";
    const numbers = interval(own.measure, report.estimate, report.ci_low, report.ci_high, own.level);
    return `Changed: ${changed.join("; ")}. The report gives ${own.measure} ${numbers}.`;
  }

  /** Python's literal for a text: JSON's escapes mean the same there, and what does not print is written as an escape, too. */
  function literal(text) {
    const escaped = (sign) => {
      const hex = sign.codePointAt(0).toString(16);
      return sign.length > 1 ? `\\U${hex.padStart(8, "0")}` : `\\u${hex.padStart(4, "0")}`;
    };
    return JSON.stringify(String(text)).replace(/(?! )[\p{C}\p{Z}]/gu, escaped);
  }

  /** The literal of a code, one of those that the comparison holds. */
  function known(code, codes) {
    if (!codes.includes(code)) throw new RangeError(`not a code of this comparison: ${code}`);
    return literal(code);
  }

  function numeral(value) {
    if (!Number.isFinite(value)) throw new RangeError(`not a finite number: ${value}`);
    return String(value);
  }

  /** The Python lines that give the same numbers. `options` as for Synthesis.analyse. */
  function code(comparison, options, result) {
    const { folder, treatment, control, outcome, measures, trials } = comparison;
    const asked = [literal(treatment), literal(control), `outcome=${literal(outcome)}`];
    asked.push(`measure=${known(options.measure, measures)}`);
    if (options.model !== "random" && result.k > 1) asked.push(`model=${known(options.model, ["common"])}`);
    const ids = trials.map((trial) => trial.trial_id);
    if (options.without.length) asked.push(`without=[${options.without.map((id) => known(id, ids)).join(", ")}]`);
    const lines = [
      "import neckevidence as ne",
      "",
      ...(typeof folder === "string" ? [`ev = ne.load_evidence(${folder ? literal(folder) : ""})`] : []),
      `result = ne.compare(ev, ${asked.join(", ")})`,
      "print(result.summary())",
    ];
    if (result.equivalence) {
      lines.push(`verdict = ne.assess_equivalence(result, ${numeral(options.margin)})`, "print(verdict.summary())");
    }
    if (result.absolute) {
      const baseline = options.baseline === null ? "" : `, baseline=${numeral(options.baseline)}`;
      lines.push(`patients = ne.absolute_effect(result${baseline})`, "print(patients.summary())");
    }
    return lines.join("\n");
  }

  return {
    NAMES, isRatio, isRisk, noEffect, capital, plural, fixed, signed, general, number, effect, range, hasInterval, interval, clean,
    perThousand, share, points, moreOrFewer, marginUnit, marginTyped, marginValue, marginFault, marginText, marks, estimate,
    reading, inPoints, spread, absolute, trialDetails, plotText, modelHint, marginHint, marginSource, timesBounds, baselineHint,
    changes, literal, code,
  };
})();

if (typeof module !== "undefined") module.exports = WorkbenchWords;
