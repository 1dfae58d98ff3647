// The board asks for its own figures every three seconds. While the network is away the last figure stays, with the time it was heard.
"use strict";
const PACE = 3000, LONGEST = 60000, PATIENCE = 8000;
const board = document.body, heard = document.querySelector("[data-heard]");
let tag = board.dataset.tag, failures = 0, timer = 0, asking = false, lastHeard = new Date();

const at = (shown, path) => path.split(".").reduce((part, name) => (part === null ? null : part[name]), shown);
const element = (name, text, attributes = {}) => {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  return made;
};
const bar = (width) => {
  const space = "http://www.w3.org/2000/svg", picture = document.createElementNS(space, "svg"), filled = document.createElementNS(space, "rect");
  Object.entries({ class: "hbar", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" }).forEach(([key, value]) => picture.setAttribute(key, value));
  Object.entries({ class: "c1", x: 0, y: 0, width, height: 10 }).forEach(([key, value]) => filled.setAttribute(key, value));
  picture.append(filled);
  return picture;
};
const row = (...parts) => { const made = element("tr"); made.append(...parts); return made; };
const holding = (outer, ...parts) => { outer.append(...parts); return outer; };
const named = (over, under, { overLang = "", underLang = "" }) => holding(
  element("th", "", { scope: "row" }),
  element("span", over, overLang ? { lang: overLang } : {}),
  element("span", under, { class: "under", ...(underLang ? { lang: underLang } : {}) }),
);
const cellRow = (cell) => row(
  named(cell.label, cell.beside, { underLang: board.dataset.other }),
  holding(element("td", cell.amount, { class: "n" }), bar(cell.width)),
);
const lastRow = (deal) => row(
  element("td", deal.time, { class: "dim num" }),
  named(deal.title, deal.parties, { overLang: deal.title_lang }),
  element("td", deal.amount, { class: "n" }),
);
const show = (shown) => {
  document.querySelectorAll("[data-text]").forEach((place) => {
    const value = at(shown, place.dataset.text);
    if (value === null || place.textContent === String(value)) return;
    place.textContent = value;
    place.classList.add("moved");
    place.addEventListener("animationend", () => place.classList.remove("moved"), { once: true });
  });
  document.querySelectorAll("[data-width]").forEach((place) => place.setAttribute("width", at(shown, place.dataset.width) ?? 0));
  document.querySelectorAll("[data-cells]").forEach((place) => place.replaceChildren(...shown[place.dataset.cells].map(cellRow)));
  document.querySelector("[data-last]").replaceChildren(...shown.last.map(lastRow));
  document.querySelectorAll("[data-part]").forEach((place) => {
    const part = shown[place.dataset.part];
    place.hidden = place.dataset.part === "empty" ? shown.count > 0 : !part || part.length === 0;
  });
};
const wait = () => {
  const pace = Math.min(PACE * 2 ** failures, LONGEST);
  window.clearTimeout(timer);
  timer = window.setTimeout(ask, pace * (0.85 + 0.3 * Math.random()));
};
const ask = async () => {
  if (document.hidden || asking) return;
  asking = true;
  const patience = new AbortController(), limit = window.setTimeout(() => patience.abort(), PATIENCE);
  try {
    const answer = await fetch(board.dataset.source, { headers: tag ? { "If-None-Match": `"${tag}"` } : {}, cache: "no-store", credentials: "omit", signal: patience.signal });
    if (answer.status === 200) {
      show(await answer.json());
      tag = (answer.headers.get("ETag") || "").replace(/^W\//, "").replaceAll('"', "");
    } else if (answer.status !== 304) throw new Error(String(answer.status));
    failures = 0;
    lastHeard = new Date();
    heard.hidden = true;
  } catch {
    failures += 1;
    heard.textContent = `${heard.dataset.heard} ${String(lastHeard.getHours()).padStart(2, "0")}:${String(lastHeard.getMinutes()).padStart(2, "0")} ·`;
    heard.hidden = false;
  } finally {
    window.clearTimeout(limit);
    asking = false;
    wait();
  }
};
document.addEventListener("visibilitychange", () => { if (!document.hidden) { failures = 0; ask(); } });
window.addEventListener("online", () => { failures = 0; ask(); });
wait();
