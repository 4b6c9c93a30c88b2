/*
 * The reader's workbench: the controls are the state, Synthesis computes, this file shows. After every input everything is
 * computed afresh; it takes a few milliseconds. Text from the data goes into the page as text, never as markup.
 */
"use strict";

(() => {
  const Words = WorkbenchWords;
  const HEARD_AFTER = 500; // milliseconds of rest before the new estimate is announced
  const WIDTHS = [50, 100, 250, 500, 1000]; // patients that the full width of the bars stands for
  const SIGNS = {
    equivalent: "=", "not relevant": "\u2248", different: "\u2260",
    undecided: "?", "not randomised": "!", "no interval": "\u2013",
  };
  const NO_MARGIN =
    "No margin is set: nothing is said of equivalence. That no difference is shown does not make two treatments equal.";
  const NOTHING = "A ratio to a risk of nothing gives no number of patients.";
  const TIMES = { 0.5: "Half of it", 1: "The margin", 1.5: "One and a half" };

  const by = (id) => document.getElementById(`wb-${id}`);
  const full = (value) => (value === null || value === undefined ? "" : String(value));

  function make(tag, attributes = {}, ...inside) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...inside.filter((one) => one !== null && one !== ""));
    return node;
  }

  function table(caption, heads, rows) {
    const cells = ([first, ...rest]) =>
      make("tr", {}, make("th", { scope: "row" }, first), ...rest.map((text) => make("td", {}, text)));
    const top = make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)));
    const body = make("tbody", {}, ...rows.map(cells));
    return make("table", { class: "wb-table" }, make("caption", {}, caption), make("thead", {}, top), body);
  }

  function start(data) {
    let comparison = data.comparisons[0];
    let ownBaseline = false; // whether the reader set it; else the field shows the rule's
    let drawn = null; // what the plot shows, to draw it again at another width
    let waiting = 0;

    const intervalHead = `${Words.general(100 * data.level, 6)}% interval`;
    const radios = (name) => [...document.querySelectorAll(`input[name="wb-${name}"]`)];
    const chosen = (name) => radios(name).find((input) => input.checked).value;
    const measure = () => chosen("measure");
    const reportMargin = (of) => comparison.margins[of] || null;
    const boxes = () => [...by("trials").querySelectorAll("input")];

    /** Read the controls; a field that cannot be read says why and counts as empty. */
    function read() {
      return {
        measure: measure(),
        model: chosen("model"),
        without: boxes().filter((box) => !box.checked).map((box) => box.value).filter(counts),
        margin: typed("margin", (value) => Words.marginFault(measure(), value), (value) => Words.marginValue(measure(), value)),
        baseline: typed("baseline", baselineFault, (value) => (ownBaseline ? Words.clean(value / 100) : null)),
        level: data.level,
      };
    }

    const counts = (id) => Boolean(comparison.trials.find((trial) => trial.trial_id === id).effects[measure()]);
    const baselineFault = (value) => (value >= 0 && value <= 100 ? "" : "A risk lies between 0 and 100 per cent.");

    function typed(name, faultOf, valueOf) {
      const field = by(name);
      const empty = field.value === "" && !field.validity.badInput;
      const fault = empty ? "" : faultOf(field.value === "" ? NaN : Number(field.value));
      by(`${name}-fault`).textContent = fault;
      field.setAttribute("aria-invalid", String(Boolean(fault)));
      return empty || fault ? null : valueOf(Number(field.value));
    }

    const reportOptions = () => {
      const margin = reportMargin(comparison.measure);
      const value = margin ? margin.value : null;
      return { measure: comparison.measure, model: "random", without: [], margin: value, baseline: null, level: data.level };
    };

    /** Put the controls to the report's own analysis of the comparison. */
    function reset() {
      const offered = new Set(comparison.measures);
      for (const input of radios("measure")) {
        input.closest("label").hidden = input.disabled = !offered.has(input.value);
        input.checked = input.value === comparison.measure;
      }
      radios("model").find((input) => input.value === "random").checked = true;
      by("trials").replaceChildren(...comparison.trials.map(choice));
      by("pair").textContent = Words.capital(`${comparison.treatment_name} against ${comparison.control_name}`);
      by("title").textContent = comparison.title;
      by("way").hidden = !comparison.trail;
      if (comparison.trail) by("trail").href = `#trail-${comparison.trail}`;
      by("notes").hidden = !comparison.notes.length;
      by("notes-list").replaceChildren(...comparison.notes.map((note) => make("li", {}, note)));
      ownBaseline = false;
      fillMargin();
    }

    function choice(trial) {
      const box = make("input", { type: "checkbox", value: trial.trial_id, "data-testid": `wb-trial-${trial.trial_id}` });
      box.checked = true;
      const words = make("span", {}, trial.label, make("small"));
      return make("label", { class: "wb-choice" }, box, words);
    }

    function fillMargin() {
      const margin = reportMargin(measure());
      by("margin").value = margin ? Words.marginTyped(measure(), margin.value) : "";
      by("margin-unit").textContent = Words.marginUnit(measure(), comparison.unit);
    }

    /** Compute and show everything. */
    function update() {
      const options = read();
      const result = Synthesis.analyse(comparison, options);
      const kept = comparison.trials.filter((trial) => counts(trial.trial_id) && !options.without.includes(trial.trial_id));
      const marks = Words.marks(result, kept);
      showHints(options, result, kept);
      showEstimate(options, result, marks);
      showChanges(options, result);
      showTrials(options, result, kept);
      showVerdict(options, result);
      showPatients(options, result, marks);
      by("code").textContent = result.k ? Words.code(comparison, options, result) : "# No trial is ticked.";
      by("copied").textContent = "";
      return [by("headline").textContent, ...marks, result.equivalence ? `against the margin: ${verdictWords(result)}` : ""];
    }

    const verdictWords = ({ equivalence: of, allocation }) => Synthesis.answerWords(of.answer, of.differs, of.position, allocation);

    function showHints(options, result, kept) {
      by("model-hint").textContent = Words.modelHint(comparison, result);
      for (const input of radios("model")) input.disabled = !result.pooled;
      for (const box of boxes()) {
        const trial = comparison.trials.find((one) => one.trial_id === box.value);
        box.disabled = !trial.effects[options.measure];
        box.parentNode.querySelector("small").textContent = Words.trialDetails(trial, options.measure);
      }
      const out = comparison.left_out.filter((trial) => !trial.measures || trial.measures.includes(options.measure));
      const told = out.map((trial) => make("p", {}, `Not among these: ${trial.label} (${trial.reason}).`));
      by("trials-hint").replaceChildren(...told);
      by("margin-hint").textContent = Words.marginHint(options.measure, reportMargin(options.measure));
      showBaseline(options, kept);
    }

    function showBaseline(options, kept) {
      by("baseline-field").hidden = by("per1000-part").hidden = !Words.isRisk(options.measure);
      const { absolute } = Synthesis.analyse(comparison, { ...options, baseline: null });
      const rule = absolute ? absolute.baseline : null;
      by("baseline-hint").textContent = Words.baselineHint(comparison, kept, rule);
      const [field, slider] = [by("baseline"), by("baseline-slider")];
      if (!ownBaseline && document.activeElement !== field) field.value = rule === null ? "" : Words.points(rule);
      const value = options.baseline === null ? rule : options.baseline;
      if (document.activeElement !== slider || !ownBaseline) slider.value = value === null ? 0 : 100 * value;
      slider.setAttribute("aria-valuetext", value === null ? "none" : `${Words.points(value)} per cent`);
    }

    function showEstimate(options, result, marks) {
      const { measure: of } = options;
      const known = result.estimate !== null;
      const numbers = [result.estimate, result.ci_low, result.ci_high];
      const [estimate, low, high] = numbers.map(full);
      Object.assign(by("estimate").dataset, { estimate, low, high, k: result.k });
      const missing = result.k ? result.problem.split(";")[0] || "the printed figures give none" : "no trial is ticked";
      by("headline").textContent = known ? Words.estimate(of, result, data.level) : `No estimate: ${missing}`;
      by("marks").replaceChildren(...marks.map((mark) => make("span", {}, mark)));
      const points = of === "RD" ? ` ${Words.inPoints(result)}` : "";
      by("reading").textContent = known ? Words.reading(of, result) + points : "";
      by("spread").textContent = result.pooled ? Words.spread(of, result, options.model, data.level) : "";
      const short = known ? `${of} ${Words.interval(of, ...numbers)}` : "No estimate";
      by("strip").replaceChildren(make("b", {}, short), result.equivalence ? verdictWords(result) : marks.join(", "));
    }

    function showChanges(options, result) {
      const own = reportOptions();
      const report = Synthesis.analyse(comparison, own);
      by("changes").textContent = Words.changes(comparison, options, result, own, report, reportMargin(options.measure));
    }

    /** The rows of the plot: trials, what they give together, and where another trial would lie. */
    function rowsOf({ measure: of, model }, result, kept) {
      const rows = result.trials.map(({ label, estimate, ci_low, ci_high, weight }, i) => {
        const pooled = result.pooled ? { weight, weightText: Words.share(weight) } : { weight: 0.5, weightText: "" };
        return { kind: "trial", label, estimate, low: ci_low, high: ci_high, ...pooled, randomised: kept[i].randomised };
      });
      if (result.pooled) {
        const { estimate, ci_low: low, ci_high: high, randomised } = result;
        const label = model === "common" ? "Common effect" : "Random effects (Hartung-Knapp)";
        rows.push({ kind: "pooled", label, estimate, low, high, weightText: "", randomised });
      }
      for (const row of rows) row.text = Words.interval(of, row.estimate, row.low, row.high);
      if (result.pooled && result.pooled.prediction) {
        const [low, high] = result.pooled.prediction;
        const text = Words.range(of, low, high);
        const label = "Prediction interval";
        rows.push({ kind: "prediction", label, estimate: null, low, high, weightText: "", randomised: true, text });
      }
      return rows;
    }

    function showTrials(options, result, kept) {
      const { measure: of } = options;
      const rows = rowsOf(options, result, kept);
      const bounds = result.equivalence ? result.equivalence.bounds : null;
      const text = Words.plotText(comparison, of, rows, bounds, data.level);
      const sides = [comparison.treatment_name, comparison.control_name];
      const { unit, direction } = comparison;
      drawn = { rows, measure: of, bounds, unit, level: data.level, direction, sides, text };
      if (rows.length) WorkbenchForest.draw(by("forest"), drawn);
      else by("forest").replaceChildren(make("p", { class: "wb-hint" }, "Tick a trial to see it here."));
      by("forest-caution").textContent = result.allocation ? `Hollow, dashed: ${result.allocation}.` : "";
      const lines = rows.map(({ kind, label, estimate, low, high, weightText }) => {
        const [shown, ...limits] = Words.effect(of, estimate, low, high);
        const between = Words.hasInterval(low, high) ? limits.join(" to ") : "no interval";
        return [label, kind === "prediction" ? "" : shown, between, weightText];
      });
      const heads = ["Trial", Words.capital(Words.NAMES[of]), intervalHead, "Weight"];
      const cut = (row) => (result.pooled ? row : row.slice(0, 3));
      by("forest-table").replaceChildren(table(comparison.title, cut(heads), lines.map(cut)));
    }

    function showVerdict(options, result) {
      const { equivalence: of } = result;
      const place = by("verdict");
      place.dataset.answer = of ? of.answer : "";
      place.dataset.position = of ? of.position : "";
      if (!of) {
        const why = options.margin === null || result.estimate === null ? "" : result.problem;
        place.replaceChildren(make("p", { class: "wb-hint" }, why || (result.k ? NO_MARGIN : "No trial is ticked.")));
        return;
      }
      const margin = Words.marginText(options.measure, of.bounds, comparison.unit);
      const source = Words.marginSource(reportMargin(options.measure), options.margin);
      const about = result.k > 1 ? " The answer is about the mean effect of the trials, not about each of them." : "";
      const held = Words.hasInterval(...result.narrow)
        ? ` The 90% interval that is held against it: ${Words.range(options.measure, ...result.narrow)}.${about}` : "";
      const sign = make("span", { class: "wb-sign", "aria-hidden": "true" }, SIGNS[of.answer]);
      const answer = make("strong", {}, Words.capital(verdictWords(result)));
      const rows = of.at.map((one) => {
        const bounds = Words.timesBounds(options.measure, of.bounds, one.factor);
        const words = Synthesis.answerWords(one.answer, of.differs, one.position, result.allocation);
        return [TIMES[one.factor], Words.marginText(options.measure, bounds, comparison.unit), words];
      });
      place.replaceChildren(
        make("p", { class: `wb-answer wb-${of.answer.replace(" ", "-")}` }, sign, answer),
        make("p", {}, `Margin ${margin} (${source}).${held}`),
        table("The answer at other margins", ["Times", "Margin", "Answer"], rows),
      );
    }

    function showPatients(options, result, marks) {
      const place = by("per1000");
      const fault = by("baseline-fault").textContent;
      const known = !fault && result.estimate !== null && result.absolute && result.absolute.treatment_per_1000 !== null;
      const of = known ? result.absolute : null;
      const numbers = of ? [of.treatment_per_1000, of.control_per_1000, of.difference] : [null, null, null];
      const [treatment, control, difference] = numbers.map(full);
      Object.assign(place.dataset, { treatment, control, difference });
      if (!of) {
        const without = result.absolute ? NOTHING : "There is no baseline risk.";
        const why = fault || (result.estimate === null ? "There is no estimate." : without);
        place.replaceChildren(make("p", { class: "wb-hint" }, why));
        return;
      }
      const limits = [of.treatment_low, of.treatment_high];
      const wide = WIDTHS.find((width) => width >= Math.max(...numbers.slice(0, 2), ...limits)) || 1000;
      const names = [comparison.treatment_name, comparison.control_name].map(Words.capital);
      const rows = [
        [names[0], of.treatment_per_1000, ...limits],
        [names[1], of.control_per_1000, null, null],
        ["Difference", of.difference, of.difference_low, of.difference_high],
      ].map(([name, value, low, high]) => {
        const between = Words.hasInterval(low, high) ? `${Words.perThousand(low)} to ${Words.perThousand(high)}` : "";
        return [name, Words.perThousand(value), between];
      });
      const twin = table(comparison.title, ["Patients per 1000", "Number", intervalHead], rows);
      place.replaceChildren(
        make("p", {}, Words.absolute(comparison, result, marks, data.level)),
        bar("treatment", names[0], of.treatment_per_1000, wide, limits, result.randomised),
        bar("control", names[1], of.control_per_1000, wide, [null, null], true),
        make("p", { class: "wb-scale", "aria-hidden": "true" }, make("span", {}, "0"), make("span", {}, `${wide} of 1000`)),
        make("details", { class: "wb-twin" }, make("summary", {}, "The bars as a table"), twin),
      );
    }

    /** A bar on a track that stands for `wide` patients; the interval as a line over it. Words and table say the same. */
    function bar(kind, name, value, wide, [low, high], randomised) {
      const share = (number) => `${(100 * Math.min(number, wide)) / wide}%`;
      const track = make("span", { class: "wb-track" });
      const filled = make("span", { class: `wb-bar wb-bar-${kind}${randomised ? "" : " wb-bar-open"}` });
      filled.style.width = share(value || 0);
      track.append(filled);
      if (Words.hasInterval(low, high)) {
        const line = make("span", { class: "wb-whisker" });
        line.style.left = share(low);
        line.style.width = share(high - low);
        track.append(line);
      }
      const words = make("span", { class: "wb-bar-name" }, name, make("b", {}, Words.perThousand(value)));
      return make("div", { class: "wb-row", "aria-hidden": "true" }, words, track);
    }

    /** Say the new estimate once the reader's hand rests. */
    function announce(parts) {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        by("heard").textContent = `${parts.filter(Boolean).join("; ")}.`;
      }, HEARD_AFTER);
    }

    function onInput({ target }) {
      if (target === by("comparison")) {
        comparison = data.comparisons[target.selectedIndex];
        reset();
      } else if (target.name === "wb-measure") {
        fillMargin();
      } else if (target === by("baseline")) {
        ownBaseline = target.value !== "" || target.validity.badInput;
      } else if (target === by("baseline-slider")) {
        ownBaseline = true;
        by("baseline").value = target.value;
      }
      announce(update());
    }

    async function copy() {
      const text = by("code").textContent;
      let done = true;
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        getSelection().selectAllChildren(by("code")); // where the page may not reach the clipboard by itself
        done = document.execCommand("copy");
      }
      by("copied").textContent = done ? "Copied." : "The code is marked: copy it with the keyboard.";
    }

    by("bench").addEventListener("input", onInput);
    by("bench").addEventListener("submit", (event) => event.preventDefault());
    by("baseline").addEventListener("blur", update); // an emptied field shows the report's number again
    by("reset").addEventListener("click", () => {
      reset();
      announce(update());
    });
    by("copy").addEventListener("click", copy);
    by("comparison").selectedIndex = data.comparisons.indexOf(comparison);
    by("off").hidden = true;
    by("bench").hidden = false;
    reset();
    update();
    let width = by("forest").clientWidth;
    new ResizeObserver(() => {
      if (by("forest").clientWidth === width || !drawn.rows.length) return;
      width = by("forest").clientWidth;
      WorkbenchForest.draw(by("forest"), drawn);
    }).observe(by("forest"));
  }

  function open() {
    const data = document.getElementById("workbench-data");
    if (data) start(JSON.parse(data.textContent));
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", open);
  else open();
})();
