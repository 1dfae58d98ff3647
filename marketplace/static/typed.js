// Keeps what is typed into a listing's form a few seconds after typing, and asks before it would be lost. The form works without it.
"use strict";
(() => {
  const line = document.querySelector("[data-typed]");
  const form = line && line.closest("form");
  if (!form) return;
  const WAIT = 3000;
  const store = `typed:${line.dataset.key}`;
  let timer = 0, typed = 0, kept = 0, leaving = false;

  const body = () => {
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (name !== "once" && typeof value === "string") fields.append(name, value);
    fields.set("place", line.dataset.place);
    return fields;
  };
  const send = async (fields) => {
    try {
      return (await fetch(line.dataset.typed, { method: "POST", body: fields, credentials: "same-origin", redirect: "error" })).ok;
    } catch {
      return false;
    }
  };
  const aside = (fields) => {
    fields.delete("csrf_token");
    try { sessionStorage.setItem(store, fields.toString()); } catch { /* full, or not allowed: what is typed stays in the form */ }
  };
  const keep = async () => {
    const now = typed, fields = body();
    if (await send(fields)) {
      kept = Math.max(kept, now);
      sessionStorage.removeItem(store);
      const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
      line.textContent = line.dataset.kept.replace("{time}", time);
    } else {
      aside(fields);
      line.textContent = line.dataset.failed;
      timer = window.setTimeout(keep, 10 * WAIT);
    }
  };
  const changed = () => {
    typed += 1;
    window.clearTimeout(timer);
    timer = window.setTimeout(keep, WAIT);
  };
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("submit", () => { leaving = true; window.clearTimeout(timer); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) leaving = false; });
  window.addEventListener("beforeunload", (event) => { if (!leaving && typed > kept) event.preventDefault(); });

  // What could not be kept before (signed out, no connection) is kept now, and offered at once.
  const left = sessionStorage.getItem(store);
  if (left) {
    const fields = new URLSearchParams(left);
    fields.set("csrf_token", form.elements.csrf_token.value);
    send(fields).then((ok) => {
      if (!ok) return;
      sessionStorage.removeItem(store);
      if (!typed) window.location.assign(line.dataset.again);
    });
  }
})();
