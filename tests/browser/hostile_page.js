/* What the tests of a hostile folder do within a page. */
({
  /** Before any script of the page: count what payloads run, and keep what is saved. */
  watch() {
    window.ranTimes = 0;
    window.ran = () => { window.ranTimes += 1; };
    window.saved = [];
    const address = URL.createObjectURL;
    URL.createObjectURL = (blob) => {
      window.saved.push(blob);
      return address.call(URL, blob);
    };
  },

  /** Whatever a payload makes of the page if it is taken for markup; `words` stand alone in an element only then. */
  suspects(words) {
    const addresses = ["href", "src", "srcset", "action", "formaction", "data", "poster", "background", "ping", "xlink:href"];
    const never = ["iframe", "frame", "object", "embed", "base", "applet", "math", "foreignobject", "animate", "set"];
    const found = [];
    for (const element of document.querySelectorAll("*")) {
      const tag = element.localName.toLowerCase();
      const suspect = (what) => found.push(`${what}: ${element.outerHTML.slice(0, 160)}`);
      if (never.includes(tag)) suspect("element");
      if (tag === "form" && !["search", "wb-bench"].includes(element.id)) suspect("form");
      if (tag === "meta" && element.httpEquiv && element.httpEquiv.toLowerCase() !== "content-security-policy") suspect("meta");
      if (tag === "link" && element.getAttribute("href") !== "data:,") suspect("link");
      if (words.includes(element.textContent.trim())) suspect("words");
      for (const { name, value } of element.attributes) {
        if (name.startsWith("on") || ["zattribute", "srcdoc", "autofocus"].includes(name)) suspect(`attribute ${name}`);
        const picture = tag === "img" && /^data:image\/(png|jpeg|svg\+xml)[;,]/.test(value);
        const own = /^#|^[\w-]+\.html$|^https?:|^data:,$/.test(value);
        if (addresses.includes(name) && !picture && !own) suspect(`address ${name}`);
      }
    }
    return found;
  },

  /** All text, and what is only spoken or kept for a phone. */
  text() {
    const names = ["alt", "title", "aria-label", "data-label", "placeholder", "content"];
    const spoken = [...document.querySelectorAll("*")].flatMap((one) => names.map((name) => one.getAttribute(name)));
    const words = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (words.nextNode()) {
      if (!["SCRIPT", "STYLE"].includes(words.currentNode.parentNode.tagName)) texts.push(words.currentNode.data);
    }
    return [texts.join(""), ...spoken.filter(Boolean)].join("\n");
  },

  links() {
    return Array.from(document.querySelectorAll("[href]"), (link) => link.getAttribute("href"));
  },

  /** Click on every control, on one of the links to each place; those out of the page are stopped, all else does what it does. */
  clickAll() {
    addEventListener("click", (event) => {
      const link = event.target.closest("a[href]");
      if (link && !link.getAttribute("href").startsWith("#")) event.preventDefault();
    }, true);
    const controls = [...document.querySelectorAll("button, summary, input, select, label, [role=button]")];
    const links = new Map(Array.from(document.querySelectorAll("a[href]"), (link) => [link.getAttribute("href"), link]));
    const all = [...controls, ...links.values()];
    for (const one of all) {
      one.dispatchEvent(new Event("mouseover", { bubbles: true }));
      one.dispatchEvent(new Event("focus"));
      one.click();
      for (const panel of document.querySelectorAll("dialog[open]")) panel.close();
    }
    document.querySelectorAll("details").forEach((one) => { one.open = true; });
    return all.length;
  },

  /** Each comparison of the workbench with each of its choices; what is shown after each, and the code. */
  work() {
    const seen = [];
    const by = (id) => document.getElementById(`wb-${id}`);
    const changed = (control) => {
      control.dispatchEvent(new Event("input", { bubbles: true }));
      seen.push([by("bench").textContent, by("code").textContent]);
    };
    for (const option of by("comparison").options) {
      by("comparison").value = option.value;
      changed(by("comparison"));
      for (const radio of document.querySelectorAll("#wb-measures input:enabled, #wb-models input:enabled")) {
        radio.checked = true;
        changed(radio);
      }
      for (const [name, value] of [["margin", "2"], ["baseline", "20"], ["margin", ""]]) {
        by(name).value = value;
        changed(by(name));
      }
      for (const box of document.querySelectorAll("#wb-trials input:enabled")) {
        box.checked = false;
        changed(box);
      }
      by("reset").click();
    }
    return seen;
  },
})
