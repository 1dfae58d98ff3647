// Schedules: a button that prints, and a board of rooms that looks again each minute while nobody types or reads with the keyboard.
"use strict";
document.querySelectorAll("button[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});
const again = document.querySelector("[data-look-each]");
if (again) {
  window.setInterval(() => {
    if (document.visibilityState === "visible" && !document.activeElement.closest("form, .grid-scroll")) window.location.reload();
  }, Number(again.dataset.lookEach) * 1000);
}
const scroller = document.querySelector(".grid-scroll"), current = document.querySelector(".room-grid thead .now");
if (scroller && current) scroller.scrollLeft = Math.max(0, current.offsetLeft - 220);
