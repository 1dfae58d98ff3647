// One hand on a tablet: N, S, P and U press the buttons that carry them; the seconds of an undo run down.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input:not([type=hidden]), textarea, select, [contenteditable]")) return;
  const button = document.querySelector(`button[data-key="${CSS.escape(event.key.toLowerCase())}"]:not(:disabled)`);
  if (button) { event.preventDefault(); button.click(); }
});
const left = document.querySelector("[data-seconds]");
if (left) {
  const pattern = left.textContent.replace(left.dataset.seconds, "{}");
  const ends = Date.now() + Number(left.dataset.seconds) * 1000;
  const tick = window.setInterval(() => {
    const seconds = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
    left.textContent = pattern.replace("{}", seconds);
    if (seconds > 0) return;
    window.clearInterval(tick);
    left.previousElementSibling?.remove();
    left.remove();
  }, 1000);
}
