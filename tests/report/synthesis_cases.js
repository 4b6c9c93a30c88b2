/**
 * Calls synthesis.js under Node: reads {"comparisons": {id: comparison}, "cases": [{call, args}]} from standard input and
 * writes the list of results. JSON has no NaN, which becomes null, nor Infinity, which becomes text. In `args`, an object
 * {"comparison": id} stands for that comparison, so that it is sent once; it is frozen, as nothing may change what the page
 * holds. An error becomes {"error": message}.
 */
"use strict";

const path = require("path");
const Synthesis = require(path.resolve(process.argv[2]));

const { comparisons, cases } = JSON.parse(require("fs").readFileSync(0, "utf-8"));
const plain = (_, value) => (typeof value === "number" && !Number.isFinite(value) && !Number.isNaN(value) ? String(value) : value);
const whole = (value) => (value && value.comparison ? comparisons[value.comparison] : value);

const freeze = (value) => {
  if (value && typeof value === "object") Object.values(value).forEach(freeze);
  return Object.freeze(value);
};
freeze(comparisons);

const results = cases.map(({ call, args }) => {
  try {
    return Synthesis[call](...args.map(whole));
  } catch (error) {
    return { error: error.message };
  }
});
process.stdout.write(JSON.stringify(results, plain));
