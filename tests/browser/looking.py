"""What is looked at on every page: complaints of the browser, sideways scrolling, axe, and English on a Chinese page."""

import re
from collections.abc import Collection

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from marketplace.taxonomy.units import COMMON, said

WIDTHS, HEIGHT = (1280, 390), 900
AXE = Axe().axe_script
ALIKE = 4
"""Of texts that are drawn alike, so many have their contrast computed: of all it took longer than all other rules together."""
# A text's contrast follows from how it is drawn and what is painted behind it: of those that share both, some are enough.
RULES = """{
  axe.configure({rules: [{id: "color-contrast", selector: "[data-contrast]"}]});
  const behind = new Map([[null, ""]]);  // what is painted behind an element, from the page up
  const painted = (element) => {
    if (!behind.has(element)) {
      const style = getComputedStyle(element), paint = [style.backgroundColor, style.backgroundImage, style.opacity, style.filter, style.mixBlendMode].join();
      const inert = element.matches("[disabled], [aria-disabled=true], [aria-hidden=true], fieldset, label") ? element.outerHTML.match(/^<[^>]*>/)[0] : "";
      const own = (paint === "rgba(0, 0, 0, 0),none,1,none,normal" ? "" : "|" + paint) + inert;
      behind.set(element, painted(element.parentElement) + own);
    }
    return behind.get(element);
  };
  const drawn = (element) => {
    const style = getComputedStyle(element);
    const text = [style.color, style.fontSize, style.fontWeight, style.textShadow, style.position, style.webkitTextFillColor];
    return [element.localName, ...text, painted(element)].join("|");
  };
  const hasText = (element) =>
    element.matches("input, select, textarea") || [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const isSeen = (element) => element.checkVisibility({opacityProperty: true, visibilityProperty: true}) && element.getClientRects().length;
  window.chooseForContrast = (alike) => {
    const count = new Map();
    behind.clear();
    behind.set(null, "");
    for (const element of document.querySelectorAll("[data-contrast]")) element.removeAttribute("data-contrast");
    for (const element of document.body.querySelectorAll("*")) {
      if (!hasText(element) || !isSeen(element)) continue;
      const kind = drawn(element), before = count.get(kind) || 0;
      if (before < alike) element.setAttribute("data-contrast", "");
      count.set(kind, before + 1);
    }
  };
}"""
RUN = """(alike) => {
  chooseForContrast(alike);
  return axe.run({resultTypes: ["violations"]}).then((told) => told.violations.map((each) => [each.id, each.nodes[0].html]));
}"""

# Every text a reader sees or hears, apart from what is marked as English, code, or the value of a field.
TEXTS = """() => {
  const found = [];
  const skipped = "script, style, code, template, [lang=en], .hash, .ref, textarea, data";
  const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const parent = walk.currentNode.parentElement;
    if (!parent.closest(skipped)) found.push(walk.currentNode.textContent);
  }
  for (const name of ["aria-label", "alt", "placeholder", "title"])
    for (const each of document.querySelectorAll(`[${name}]`)) if (!each.closest(skipped)) found.push(each.getAttribute(name));
  return found.map((text) => text.replace(/\\s+/g, " ").trim()).filter((text) => text);
}"""
# Codes, units, names of formats and of zones, which Chinese readers write as English ones do.
SAME_IN_CHINESE = {
    "EN", "API", "TRL", "WIPO", "IPC", "PDF", "PNG", "JPEG", "MB", "KB", "SHA", "UTC", "Asia", "Shanghai", "Stripe", "BM", "openapi", "json", "JSON", "CSV", "XLSX", "JJ",
    "LOI", "MoU", "ID", "HTML", "RFC", "ISO", "GB", "Ctrl", "JSONL", "Atom", "OAI", "WebP",
}  # fmt: skip
# The name of a file that the story sends, and what one may type into a field of amounts.
HELD_TEXTS = ("signed-page.pdf", "6.8 million", "Licence and price", "Test results")
WORD = re.compile(r"[A-Za-z]{2,}")
# Units of measured values, as Chinese readers see them.
SAME_IN_CHINESE |= {word for unit in COMMON for word in WORD.findall(said(unit, "zh"))}
SAME_IN_CHINESE |= {
    "GJ", "Gbit", "HV", "IU", "MWh", "Mbit", "Pa", "arcsec", "dBi", "fs", "ha", "kJ", "kN", "mL", "mW", "mmHg", "nA", "nM", "pJ", "pg", "ppb",
}  # fmt: skip
# References, codes of figures (F-7K3M-9QXD) and of contracts (AYMX-EKK4-7RFA-Y).
REFERENCE = re.compile(r"\b[A-Z]-\d{4}-\d+\b|\bF(-[0-9A-Z]{4}){2}\b|\b([0-9A-Z]{4}-){3}[0-9A-Z]\b")
# Ids, mail addresses and addresses of pages.
UNREAD = re.compile(r"\b[0-9a-f]{8}\b|[\w.+-]+@[\w.-]+|https?://\S+|/[\w/<>-]+")


class Complaints:
    """What the browser says against the pages that it was shown: console errors, failed scripts, broken policies, 5xx."""

    def __init__(self, page: Page):
        self.found: list[str] = []
        page.on("console", lambda said: self.found.append(f"{page.url}: {said.text}") if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self.found.append(f"{page.url}: {error}"))
        page.on("response", lambda answer: self.found.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None)


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def axe(page: Page) -> list[str]:
    """One line for each violation."""
    if page.evaluate("!window.axe || !window.chooseForContrast"):
        page.evaluate(AXE + RULES)
    return [f"{page.url}: {rule}: {html[:160]}" for rule, html in page.evaluate(RUN, ALIKE)]


def english(page: Page, allowed: Collection[str]) -> list[str]:
    """Texts of a Chinese page with a Latin word that is neither allowed nor within an allowed name."""
    left = []
    for text in page.evaluate(TEXTS):
        rest = UNREAD.sub(" ", REFERENCE.sub(" ", text))
        for name in sorted(allowed, key=len, reverse=True):
            rest = rest.replace(name, " ")
        if any(word not in SAME_IN_CHINESE and not is_currency(word) for word in WORD.findall(rest)):
            left.append(text)
    return left


def is_currency(word: str) -> bool:
    return len(word) == 3 and word.isupper()
