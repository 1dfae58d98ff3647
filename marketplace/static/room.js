// The screen in the room: seconds run down here, and what is on is asked for again every fifteen. While the network is away the last picture stays.
"use strict";
const PACE = 15000;
let ahead = 0;
const hear = () => {
  const main = document.querySelector("main[data-now]");
  if (main) ahead = Date.parse(main.dataset.now) - Date.now(); // the room's own clock may be wrong
};
const tick = () => {
  const shown = document.querySelector("[data-until]");
  if (!shown) return;
  const left = Math.round((Date.parse(shown.dataset.until) - Date.now() - ahead) / 1000), size = Math.abs(left);
  const two = (number) => String(Math.floor(number)).padStart(2, "0");
  shown.textContent = `${left < 0 ? "−" : ""}${size >= 3600 ? `${Math.floor(size / 3600)}:` : ""}${two((size % 3600) / 60)}:${two(size % 60)}`;
  shown.classList.toggle("over", left < 0);
  shown.classList.toggle("soon", left >= 0 && left < 120);
};
const ask = async () => {
  if (document.hidden) return;
  try {
    const answer = await fetch(window.location.href, { cache: "no-store", headers: { Accept: "text/html" } });
    if (answer.status !== 200) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("main[data-now]");
    if (!fresh) return;
    document.querySelector("main").replaceWith(fresh);
    hear();
    tick();
  } catch { /* heard again next time */ }
};
hear();
tick();
window.setInterval(tick, 1000);
window.setInterval(ask, PACE);
