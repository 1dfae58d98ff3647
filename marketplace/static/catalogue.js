// Proposes terms and titles while one types into the catalogue's search field; without it the field is an ordinary one.
"use strict";
const field = document.querySelector("input[data-suggest]");
const list = field && document.getElementById(field.getAttribute("list"));
if (field && list) {
  let waiting, asked = "";
  const show = (rows) => list.replaceChildren(...rows.map((row) => { const option = document.createElement("option"); option.value = row.text; return option; }));
  field.addEventListener("input", () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => {
      const typed = field.value.trim();
      if (typed === asked) return;
      asked = typed;
      if (!typed) { show([]); return; }
      fetch(`${field.dataset.suggest}&q=${encodeURIComponent(typed)}`).then((answer) => (answer.ok ? answer.json() : { rows: [] })).then((found) => { if (typed === asked) show(found.rows); }).catch(() => show([]));
    }, 200);
  });
}
