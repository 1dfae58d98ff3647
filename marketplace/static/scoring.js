// Keys for whoever scores one application after another: 1 to 5 give points, s saves, n goes on. Every one does what the page shows anyway.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("textarea, select, input:not([type=radio]), [contenteditable]")) return;
  const press = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (press) { event.preventDefault(); press.click(); return; }
  const help = document.getElementById("keys");
  if (event.key === "?" && help) { event.preventDefault(); help.open = !help.open; help.querySelector("summary").focus(); return; }
  if (!/^[1-5]$/.test(event.key)) return;
  const all = [...document.querySelectorAll("fieldset.points")];
  const here = event.target.closest("fieldset.points") || all.find((each) => !each.querySelector("input:checked")) || all[0];
  const input = here && here.querySelector(`input[value="${event.key}"]`);
  if (!input) return;
  event.preventDefault();
  input.checked = true;
  const next = all.slice(all.indexOf(here) + 1).find((each) => !each.querySelector("input:checked"));
  (next ? next.querySelector("input") : document.querySelector("#score [data-key=s]")).focus();
});
