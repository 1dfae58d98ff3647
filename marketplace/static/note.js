// Notes on a phone: one tap writes what is agreed most often, and without a connection the form waits for one. It works without this.
"use strict";
(() => {
  const form = document.querySelector("form.phone-note");
  if (!form) return;
  form.querySelectorAll("[data-fill]").forEach((button) => {
    const field = document.getElementById(button.dataset.fill);
    button.hidden = false;
    button.addEventListener("click", () => {
      field.value = button.textContent.trim();
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
  });
  const day = form.elements.due_on;
  day?.addEventListener("input", () => {
    const on = form.querySelector("input[name=due_in][value=on]");
    if (day.value) on.checked = true;
  });
  // Before the other listeners: nobody disables the button of a form that was not sent.
  const line = form.querySelector("[data-offline]");
  let waits = false;
  form.addEventListener("submit", (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    waits = true;
    line.textContent = line.dataset.offline;
    form.dispatchEvent(new Event("input", { bubbles: true }));
  }, { capture: true });
  window.addEventListener("online", () => {
    if (waits) form.requestSubmit();
    waits = false;
  });
})();
