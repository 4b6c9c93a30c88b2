/** Tables of the page as CSV. `cell` is the twin of `neckevidence.core.escape.cell`; tests/test_escape.py holds one against the other. */
"use strict";

var Cells = (() => {
  const FORMULA = /^[=+\-@\t\r＝＋－＠]/;
  const NUMBER = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;

  /** Write a text so that no spreadsheet computes it: an apostrophe before what begins as a formula and is no number. */
  const cell = (text) => (FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text);

  const quoted = (text) => `"${cell(text).replace(/"/g, '""')}"`;
  const csv = (rows) => rows.map((texts) => `${texts.map(quoted).join(",")}\r\n`).join("");

  return { cell, csv };
})();

if (typeof module !== "undefined") module.exports = Cells;
