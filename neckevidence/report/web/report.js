/* What the report does beyond being read: trails in a panel, search, dark and light, saving pictures, contents that follow. */
(function () {
  "use strict";

  const byId = (id) => document.getElementById(id);

  // ---- trails -------------------------------------------------------------------------------------------------------
  const panel = byId("trail");
  const body = byId("panel-body");

  function showTrail(name) {
    const kept = byId(name);
    if (!kept) return false;
    const heading = document.createElement("p");
    heading.append(...copied(kept.querySelector("summary")));
    body.replaceChildren(heading, ...Array.from(kept.children).slice(1).map((child) => child.cloneNode(true)));
    panel.showModal();
    body.scrollTop = 0;
    return true;
  }

  const copied = (element) => Array.from(element.childNodes).map((node) => node.cloneNode(true));

  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link) return;
    const name = link.getAttribute("href").slice(1);
    if (link.classList.contains("n") && showTrail(name)) {
      event.preventDefault();
      return;
    }
    if (panel.open) panel.close();
    reveal(byId(name));
  });
  byId("panel-close").addEventListener("click", () => panel.close());
  panel.addEventListener("click", (event) => {
    if (event.target === panel) panel.close(); // a click beside the panel
  });

  // What is folded is unfolded before one goes there.
  function reveal(element) {
    for (let up = element; up; up = up.parentElement) {
      if (up.tagName === "DETAILS") up.open = true;
    }
  }
  const revealHash = () => reveal(byId(location.hash.slice(1))); // names are ASCII: nothing to decode
  addEventListener("hashchange", revealHash);
  revealHash();

  // ---- dark and light -----------------------------------------------------------------------------------------------
  const theme = byId("theme");
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme || (prefersDark.matches ? "dark" : "light")) === "dark";
  const label = () => { theme.textContent = isDark() ? "Light" : "Dark"; };
  theme.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    label();
  });
  prefersDark.addEventListener("change", label);
  theme.hidden = false;
  label();

  // ---- search -------------------------------------------------------------------------------------------------------
  const MOST = 40;
  const words = byId("search-words");
  const found = byId("search-found");
  let places = null;

  function index() {
    places = Array.from(document.querySelectorAll("main :is(h2, h3, h4, h5, h6, p, .items > li, tbody tr, figcaption, details.trail > summary)"))
      .filter((element) => !element.closest("#workbench"))
      .map((element) => ({ element, text: element.textContent.replace(/\s+/g, " ").trim() }));
    places.forEach((place) => { place.low = place.text.toLowerCase(); });
  }

  function search() {
    if (!places) index();
    const asked = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    found.replaceChildren();
    found.hidden = asked.length === 0 || words.value.trim().length < 2;
    if (found.hidden) return;
    const hits = places.filter((place) => asked.every((word) => place.low.includes(word)));
    const count = document.createElement("p");
    count.textContent = hits.length ? `${hits.length} ${hits.length === 1 ? "place" : "places"}` : "Nothing found";
    if (hits.length > MOST) count.textContent += `, the first ${MOST}`;
    byId("search-heard").textContent = count.textContent;
    found.append(count, ...hits.slice(0, MOST).map((hit, number) => entry(hit, asked[0], number)));
  }

  function entry(hit, word, number) {
    const link = document.createElement("a");
    if (!hit.element.id) hit.element.id = `found-${number}-${places.indexOf(hit)}`;
    link.href = `#${hit.element.id}`;
    const section = hit.element.closest("section");
    const where = document.createElement("b");
    where.textContent = section ? section.querySelector("h2, h3, h4, h5, h6").textContent.trim() : "";
    const at = Math.max(0, hit.low.indexOf(word) - 50);
    link.append(where, (at ? "… " : "") + hit.text.slice(at, at + 150) + (hit.text.length > at + 150 ? " …" : ""));
    link.addEventListener("click", () => { found.hidden = true; });
    return link;
  }

  byId("search").hidden = false;
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    const first = found.querySelector("a");
    if (first) first.focus();
  });
  words.addEventListener("input", search);
  words.addEventListener("focus", search);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !found.hidden) { found.hidden = true; words.focus(); found.hidden = true; }
  });
  document.addEventListener("click", (event) => { if (!event.target.closest("#search")) found.hidden = true; });

  // ---- pictures and their numbers, to take along --------------------------------------------------------------------
  const fontFaces = Array.from(document.querySelector("style").textContent.matchAll(/@font-face\s*{[^}]*}/g)).map((m) => m[0]).join("\n");

  function download(name, type, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  function saveSvg(figure) {
    const svg = figure.querySelector("svg").cloneNode(true);
    svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    const style = document.createElementNS("http://www.w3.org/2000/svg", "style");
    style.textContent = fontFaces;
    svg.prepend(style);
    download(`${figure.id}.svg`, "image/svg+xml", new XMLSerializer().serializeToString(svg));
  }

  function saveCsv(figure) {
    const texts = (row) => Array.from(row.cells).map((cell) => cell.textContent.trim());
    const rows = Array.from(figure.querySelectorAll("table tr")).map(texts);
    download(`${figure.id}.csv`, "text/csv", "\ufeff" + Cells.csv(rows));
  }

  for (const figure of document.querySelectorAll("main figure")) {
    if (!figure.querySelector("svg") || !figure.querySelector("table")) continue;
    const bar = document.createElement("div");
    bar.className = "save";
    const title = figure.querySelector("figcaption").textContent.split(".")[0];
    for (const [words_, act] of [["Save picture (SVG)", saveSvg], ["Save numbers (CSV)", saveCsv]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = words_;
      button.setAttribute("aria-label", `${words_}, ${title}`);
      button.addEventListener("click", () => act(figure));
      bar.append(button);
    }
    figure.querySelector("figcaption").after(bar);
  }

  // ---- reading ------------------------------------------------------------------------------------------------------
  const contents = byId("contents");
  if (matchMedia("(max-width: 70rem)").matches) contents.open = false;
  const links = new Map(Array.from(contents.querySelectorAll("a")).map((a) => [a.getAttribute("href").slice(1), a]));
  const headings = Array.from(document.querySelectorAll("main section > :is(h2, h3)"));

  // The heading that one reads under: the last that has come up to where links lead (scroll-padding-top).
  function mark() {
    const above = headings.filter((heading) => heading.getBoundingClientRect().top < 80);
    const here = above.length ? links.get(above[above.length - 1].parentElement.id) : null;
    if (!here || here.hasAttribute("aria-current")) return;
    links.forEach((link) => link.removeAttribute("aria-current"));
    here.setAttribute("aria-current", "location");
    const column = contents.parentElement; // long contents scroll by themselves on a wide screen
    const [top, of] = [here.getBoundingClientRect(), column.getBoundingClientRect()];
    if (column.scrollHeight > column.clientHeight && (top.top < of.top || top.bottom > of.bottom)) {
      column.scrollTop += top.top - of.top - column.clientHeight / 3;
    }
  }
  let due = false;
  addEventListener("scroll", () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => { due = false; mark(); });
  }, { passive: true });
  mark();

  // What scrolls sideways can be scrolled by keyboard.
  const reachable = () => document.querySelectorAll(".scroll, .picture").forEach((box) => {
    if (box.scrollWidth <= box.clientWidth + 1) { ["tabindex", "role", "aria-label"].forEach((name) => box.removeAttribute(name)); return; }
    box.tabIndex = 0;
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", "scrolls sideways");
  });
  reachable();
  addEventListener("resize", reachable);
  document.addEventListener("toggle", reachable, true);

  // Folded tables of numbers belong on paper.
  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = Array.from(document.querySelectorAll("details.fold:not([open])"));
    unfolded.forEach((one) => { one.open = true; });
  });
  addEventListener("afterprint", () => unfolded.forEach((one) => { one.open = false; }));
})();
