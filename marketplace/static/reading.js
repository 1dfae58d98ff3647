// Who opens a question that waits for an answer has read it: the button that says so is pressed for them, once.
"use strict";
document.querySelectorAll("[data-read] form").forEach((form) => {
  const around = form.closest("[data-read]");
  fetch(form.action, {method: "POST", body: new FormData(form), redirect: "manual", credentials: "same-origin"})
    .then((answer) => { if (answer.type === "opaqueredirect") around.hidden = true; });
});
