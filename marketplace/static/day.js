// The countdown of the next meeting. The page says the minutes without it.
"use strict";
(() => {
  const line = document.querySelector("[data-starts]");
  if (!line) return;
  const starts = Date.parse(line.dataset.starts), ends = Date.parse(line.dataset.ends);
  const show = () => {
    const now = Date.now();
    const minutes = (until) => Math.max(0, Math.ceil((until - now) / 60000));
    if (now >= ends) line.textContent = line.dataset.over;
    else line.textContent = (now >= starts ? line.dataset.running : line.dataset.before).replace("{n}", minutes(now >= starts ? ends : starts));
  };
  show();
  window.setInterval(show, 5000);
})();
