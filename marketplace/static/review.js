// Keys for whoever reads one listing after another; every one of them presses or reaches what the page shows anyway.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("textarea, select, input:not([type=checkbox]), [contenteditable]")) return;
  const press = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  const reach = document.querySelector(`[data-focus-key="${CSS.escape(event.key)}"]`);
  const help = document.getElementById("keys");
  if (press) { event.preventDefault(); press.click(); }
  else if (reach) { event.preventDefault(); reach.focus(); }
  else if (event.key === "?" && help) { event.preventDefault(); help.open = !help.open; help.querySelector("summary").focus(); }
  else if (event.key === "j" || event.key === "k") {
    const notes = [...document.querySelectorAll("[data-note]:not(:disabled)")];
    if (!notes.length) return;
    event.preventDefault();
    const here = notes.indexOf(document.activeElement);
    const step = event.key === "j" ? 1 : -1;
    const next = here < 0 ? (step > 0 ? 0 : notes.length - 1) : Math.min(notes.length - 1, Math.max(0, here + step));
    notes[next].focus();
    notes[next].scrollIntoView({ block: "center" });
  }
});
