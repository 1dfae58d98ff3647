// Dragging on the timetable: fills in the form that "Move it" leads to, and sends it. Without it, "Move it" does the same.
"use strict";
const arrange = document.getElementById("arrange");
if (arrange) {
  let held = null;
  document.querySelectorAll("[data-what]").forEach((card) => {
    card.draggable = true;
    card.addEventListener("dragstart", (event) => {
      held = card;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", card.dataset.what);
      card.classList.add("held");
    });
    card.addEventListener("dragend", () => { held = null; card.classList.remove("held"); });
  });
  const takes = (target) => held && !target.contains(held) && (target.dataset.to !== "out" || held.dataset.what.startsWith("pitch:"));
  document.querySelectorAll("[data-to]").forEach((target) => {
    target.addEventListener("dragover", (event) => {
      if (!takes(target)) return;
      event.preventDefault();
      target.classList.add("over");
    });
    target.addEventListener("dragleave", () => target.classList.remove("over"));
    target.addEventListener("drop", (event) => {
      target.classList.remove("over");
      if (!takes(target)) return;
      event.preventDefault();
      arrange.elements.what.value = held.dataset.what;
      arrange.elements.to.value = target.dataset.to;
      arrange.requestSubmit();
    });
  });
}
