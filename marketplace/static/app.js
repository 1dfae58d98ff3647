// Small comforts on top of pages that work without them: counters, focus on the error summary, "/" to search, one send per click.
"use strict";
document.querySelectorAll("[data-counter-for]").forEach((counter) => {
  const field = document.getElementById(counter.dataset.counterFor);
  if (!field) return;
  // Seen: how many of how many. Heard, once one stops typing and only near the limit: how many are left, or too many.
  const most = Number(counter.dataset.most), near = Math.max(20, Math.round(most / 10));
  const seen = document.createElement("span"), heard = document.createElement("span");
  seen.setAttribute("aria-hidden", "true");
  heard.className = "visually-hidden";
  heard.setAttribute("aria-live", "polite");
  counter.append(seen, heard);
  const show = () => {
    const left = most - [...field.value].length;
    seen.textContent = `${most - left} / ${most}`;
    counter.classList.toggle("near", left <= near && left >= 0);
    counter.classList.toggle("over", left < 0);
    return left > near ? "" : (left < 0 ? counter.dataset.over : counter.dataset.left).replace("{n}", Math.abs(left));
  };
  let pause;
  field.addEventListener("input", () => {
    const words = show();
    window.clearTimeout(pause);
    pause = window.setTimeout(() => { heard.textContent = words; }, 700);
  });
  show();
});
const focus = document.querySelector("[data-focus]");
if (focus) focus.focus();
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select")) return;
  const search = document.querySelector("input[type=search]");
  if (search) { event.preventDefault(); search.focus(); }
});
document.querySelectorAll("form[method=post]").forEach((form) => {
  form.addEventListener("submit", () => {
    window.setTimeout(() => form.querySelectorAll("button").forEach((button) => { button.disabled = true; }), 0);
  });
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("button:disabled").forEach((button) => { button.disabled = false; });
});
const lookAgain = document.querySelector("[data-look-again]");
if (lookAgain) window.setTimeout(() => window.location.reload(), Number(lookAgain.dataset.lookAgain) * 1000);
// A button beside a text that may be quoted: shown only where copying works.
if (navigator.clipboard) {
  document.querySelectorAll("button[data-copy]").forEach((button) => {
    const source = document.getElementById(button.dataset.copy);
    if (!source) return;
    button.hidden = false;
    button.addEventListener("click", () => {
      navigator.clipboard.writeText(source.textContent.trim()).then(() => { button.textContent = button.dataset.copied; });
    });
  });
}
// Beside the times of a fair stands the reader's own clock: this computer's, unless one was chosen (`/time-zone`).
const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (ownZone && ownZone.includes("/") && !ownZone.startsWith("Etc/") && document.querySelector("time[data-zone]") && !/(^|; )zone=/.test(document.cookie)) {
  document.cookie = `zone=${ownZone}; path=/; max-age=31536000; samesite=lax${window.location.protocol === "https:" ? "; secure" : ""}`;
}
