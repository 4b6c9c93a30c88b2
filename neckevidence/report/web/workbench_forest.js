/* The forest plot of the workbench, drawn as SVG at the width it has: in columns where there is room, else label above line. */
"use strict";

const WorkbenchForest = (() => {
  const Words = WorkbenchWords;
  const LINE = 18; // height of a line of text
  const COLUMNS_FROM = 620; // width from which labels and numbers stand beside the plot
  const TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];
  const CLOSE_TICKS = [0.5, 0.7, 1, 1.5, 2];
  const FURTHEST = 60; // ratios beyond it are shown by an arrow

  function make(tag, attributes, text) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (text !== undefined) node.textContent = text;
    return node;
  }

  /** A ruler for text in the font of the page. */
  function ruler(host) {
    const context = document.createElement("canvas").getContext("2d");
    const family = getComputedStyle(host).fontFamily;
    return (text, weight = "400", size = 14) => {
      context.font = `${weight} ${size}px ${family}`;
      return context.measureText(text).width;
    };
  }

  /** Break a text into lines; a number stays with its unit, an arrow with its word. A word wider than a line is cut. */
  function wrapped(text, width, measured) {
    const lines = [""];
    for (const word of text.replace(/ (mg|\u2192)/g, "\u00a0$1").split(" ")) {
      const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
      if (measured(longer) <= width) {
        lines[lines.length - 1] = longer;
        continue;
      }
      if (lines.at(-1)) lines.push("");
      for (const sign of word) {
        if (lines.at(-1) && measured(lines.at(-1) + sign) > width) lines.push("");
        lines[lines.length - 1] += sign;
      }
    }
    return lines;
  }

  /** The part of the axis that is shown, and its ticks. */
  function axis(rows, measure, bounds) {
    const ratio = Words.isRatio(measure);
    const usable = (value) => value !== null && Number.isFinite(value) && (value > 0 || !ratio);
    const values = rows.flatMap((row) => [row.estimate, row.low, row.high]).filter(usable);
    values.push(Words.noEffect(measure));
    if (bounds) values.push(...bounds.map((bound) => (ratio ? bound ** 1.15 : 1.15 * bound)));
    let [low, high] = [Math.min(...values), Math.max(...values)];
    if (!ratio) {
      const pad = 0.08 * (high - low || 1);
      [low, high] = [low - pad, high + pad];
      return { low, high, ratio, ticks: evenTicks(low, high) };
    }
    [low, high] = [Math.min(Math.max(low / 1.25, 1 / FURTHEST), 0.75), Math.max(Math.min(high * 1.25, FURTHEST), 1.35)];
    const within = (tick) => low <= tick && tick <= high;
    const ticks = TICKS.filter(within);
    return { low, high, ratio, ticks: ticks.length < 3 ? CLOSE_TICKS.filter(within) : ticks };
  }

  function evenTicks(low, high) {
    const rough = (high - low) / 5;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough);
    const ticks = [];
    for (let i = Math.ceil(low / step); i * step <= high; i += 1) ticks.push(Words.clean(i * step));
    return ticks;
  }

  /** Drop ticks whose labels would touch; that of no effect stays. */
  function sparse(ticks, place, none, measured) {
    const half = (tick) => measured(Words.general(tick), "400", 13) / 2 + 5;
    const kept = [];
    for (const tick of [none, ...ticks.filter((one) => one !== none)]) {
      const free = kept.every((other) => Math.abs(place(tick) - place(other)) >= half(tick) + half(other));
      if (ticks.includes(tick) && free) kept.push(tick);
    }
    return kept;
  }

  /** Where columns and plot stand, and how high each row is. */
  function layout(rows, width, measured) {
    const heads = { label: "Trial", weight: rows.some((row) => row.weightText) ? "Weight" : "" };
    const widest = (texts, weight) => Math.max(0, ...texts.filter(Boolean).map((text) => measured(text, weight)));
    const numbers = widest([...rows.map((row) => row.text)], "600");
    const weights = heads.weight ? widest([heads.weight, ...rows.map((row) => row.weightText)], "600") + 20 : 0;
    if (width >= COLUMNS_FROM) {
      const lines = rows.map((row) => wrapped(row.label, 0.28 * width, (text) => measured(text, weightOf(row))));
      const left = widest([heads.label, ...lines.flat()], "600") + 24;
      const right = width - numbers - weights - 24;
      return { wide: true, heads, lines, left, right, heights: lines.map((l) => LINE * l.length + 14), numbers };
    }
    const lines = rows.map((row) => wrapped(row.label, width - 2, (text) => measured(text, weightOf(row))));
    const below = rows.map((row) => row.text + (row.weightText ? `, weight ${row.weightText}` : ""));
    return { wide: false, lines, below, left: 9, right: width - 9, heights: lines.map((l) => LINE * (l.length + 1) + 38) };
  }

  const weightOf = (row) => (row.kind === "pooled" ? "600" : "400");

  /**
   * Draw the plot into `host`, in place of what is there.
   *
   * @param host element whose width is used
   * @param view {rows, measure, bounds, level, direction, sides, text}: rows of {kind, label, estimate, low, high, weight,
   *   randomised, text, weightText}, natural scale; bounds the margin or null; text what the plot shows, in words
   */
  function draw(host, view) {
    const width = Math.max(host.clientWidth, 240);
    const measured = ruler(host);
    const plan = layout(view.rows, width, measured);
    const scale = axis(view.rows, view.measure, view.bounds);
    const along = scale.ratio ? Math.log : (value) => value;
    const span = along(scale.high) - along(scale.low);
    const place = (value) => plan.left + ((along(value) - along(scale.low)) / span) * (plan.right - plan.left);
    const svg = make("svg", { class: "wb-forest-plot", role: "img", "aria-label": view.text, width });
    const top = (plan.wide ? LINE + 10 : 0) + (view.bounds ? LINE + 4 : 0) + 4;
    const bottom = top + plan.heights.reduce((sum, height) => sum + height, 0);
    if (plan.wide) headings(svg, view, plan, width);
    if (view.bounds) marginName(svg, view, scale, place, top, measured);
    let y = top;
    view.rows.forEach((row, i) => {
      const middle = plan.wide ? y + plan.heights[i] / 2 : y + plan.heights[i] - 18;
      if (i) svg.append(make("line", { class: "wb-f-rule", x1: 0, x2: width, y1: y, y2: y }));
      ground(svg, view, scale, place, plan.wide ? y : middle - 14, y + plan.heights[i]);
      texts(svg, row, plan, i, y, width);
      mark(svg, row, scale, place, middle);
      y += plan.heights[i];
    });
    const height = feet(svg, view, scale, place, plan, bottom, measured);
    svg.setAttribute("height", height);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    host.replaceChildren(svg);
  }

  const clipped = (scale, value) => Math.min(Math.max(value, scale.low), scale.high);

  /** The margin and the line of no effect, below everything else; in narrow plots not behind the text. */
  function ground(svg, view, scale, place, top, bottom) {
    if (view.bounds) {
      const [from, to] = view.bounds.map((bound) => place(clipped(scale, bound)));
      svg.append(make("rect", { class: "wb-f-band", x: from, width: to - from, y: top, height: bottom - top }));
      for (const bound of view.bounds.filter((one) => one === clipped(scale, one))) {
        svg.append(make("line", { class: "wb-f-bound", x1: place(bound), x2: place(bound), y1: top, y2: bottom }));
      }
    }
    const none = place(Words.noEffect(view.measure));
    svg.append(make("line", { class: "wb-f-none", x1: none, x2: none, y1: top, y2: bottom }));
  }

  function marginName(svg, view, scale, place, top, measured) {
    const text = `margin ${Words.marginText(view.measure, view.bounds, view.unit)}`;
    const half = measured(text, "400", 13) / 2;
    const [least, most] = [place(scale.low) - 8 + half, place(scale.high) + 8 - half];
    const middle = view.bounds.reduce((sum, bound) => sum + place(clipped(scale, bound)) / 2, 0);
    const x = Math.max(least, Math.min(middle, most));
    svg.append(make("text", { class: "wb-f-margin", x, y: top - 6, "text-anchor": "middle" }, text));
  }

  function headings(svg, view, plan, width) {
    const head = (x, text, anchor = "start") =>
      svg.append(make("text", { class: "wb-f-head", x, y: LINE - 3, "text-anchor": anchor }, text));
    head(0, plan.heads.label);
    head(plan.right + 24, `${view.measure} (${Words.general(100 * view.level, 6)}% CI)`);
    if (plan.heads.weight) head(width, plan.heads.weight, "end");
    svg.append(make("line", { class: "wb-f-rule", x1: 0, x2: width, y1: LINE + 5, y2: LINE + 5 }));
  }

  function texts(svg, row, plan, i, y, width) {
    const first = plan.wide ? y + plan.heights[i] / 2 - ((plan.lines[i].length - 1) * LINE) / 2 + 5 : y + LINE;
    const name = row.kind === "pooled" ? "wb-f-label wb-f-strong" : "wb-f-label";
    plan.lines[i].forEach((line, n) => svg.append(make("text", { class: name, x: 0, y: first + n * LINE }, line)));
    if (!plan.wide) {
      svg.append(make("text", { class: "wb-f-number", x: 0, y: first + plan.lines[i].length * LINE }, plan.below[i]));
      return;
    }
    const middle = y + plan.heights[i] / 2 + 5;
    svg.append(make("text", { class: name, x: plan.right + 24, y: middle }, row.text));
    if (row.weightText) svg.append(make("text", { class: name, x: width, y: middle, "text-anchor": "end" }, row.weightText));
  }

  /** Interval and estimate of a row; what lies beyond the axis ends in an arrow. */
  function mark(svg, row, scale, place, y) {
    const group = make("g", { class: `wb-f-${row.kind}${row.randomised ? "" : " wb-f-open"}` });
    const there = Words.hasInterval(row.low, row.high);
    const low = there ? place(Math.max(row.low, scale.low)) : NaN;
    const high = there ? place(Math.min(row.high, scale.high)) : NaN;
    const shown = row.estimate !== null && row.estimate >= scale.low && row.estimate <= scale.high;
    const x = shown ? place(row.estimate) : NaN;
    if (row.kind === "pooled" && there && shown) {
      group.append(make("path", { class: "wb-f-diamond", d: `M${low} ${y}L${x} ${y - 9}L${high} ${y}L${x} ${y + 9}Z` }));
    } else if (there) {
      group.append(make("line", { class: "wb-f-interval", x1: low, x2: high, y1: y, y2: y }));
    }
    if (there && row.low < scale.low) group.append(make("path", { class: "wb-f-arrow", d: arrow(low, y, -1) }));
    if (there && row.high > scale.high) group.append(make("path", { class: "wb-f-arrow", d: arrow(high, y, 1) }));
    if (row.kind === "trial" && shown && there) {
      const side = 7 + 9 * Math.sqrt(row.weight);
      const box = { x: x - side / 2, y: y - side / 2, width: side, height: side };
      group.append(make("rect", { class: "wb-f-estimate", ...box }));
    } else if (row.kind === "trial" && shown) {
      group.append(make("path", { class: "wb-f-cross", d: `M${x - 5} ${y - 5}l10 10m0 -10l-10 10` }));
    }
    svg.append(group);
  }

  const arrow = (x, y, way) => `M${x + 7 * way} ${y}l${-9 * way} -6v12Z`;

  /** Axis, its name, and on which side of the line which treatment is better; returns the height of the whole. */
  function feet(svg, view, scale, place, plan, bottom, measured) {
    const { left, right } = plan;
    svg.append(make("line", { class: "wb-f-axis", x1: left, x2: right, y1: bottom, y2: bottom }));
    for (const tick of sparse(scale.ticks, place, Words.noEffect(view.measure), measured)) {
      const x = place(tick);
      svg.append(make("line", { class: "wb-f-axis", x1: x, x2: x, y1: bottom, y2: bottom + 5 }));
      svg.append(make("text", { class: "wb-f-tick", x, y: bottom + 19, "text-anchor": "middle" }, Words.general(tick)));
    }
    let y = bottom + 40;
    const name = Words.capital(Words.NAMES[view.measure]) + (scale.ratio ? ", log scale" : "");
    svg.append(make("text", { class: "wb-f-tick", x: (left + right) / 2, y, "text-anchor": "middle" }, name));
    if (view.direction === "neither") return y + 8;
    const [one, other] = view.direction === "lower_is_better" ? view.sides : [...view.sides].reverse();
    const fit = (text) => wrapped(text, (right - left) / 2 - 8, (part) => measured(part, "400", 13));
    const sides = [fit(`\u2190\u00a0favours ${one}`), fit(`favours ${other} \u2192`)];
    y += LINE + 2;
    sides.forEach((lines, side) => lines.forEach((line, n) => {
      const at = { class: "wb-f-tick", x: side ? right : left, y: y + n * 16, "text-anchor": side ? "end" : "start" };
      svg.append(make("text", at, line));
    }));
    return y + 16 * (Math.max(...sides.map((lines) => lines.length)) - 1) + 8;
  }

  return { draw };
})();
