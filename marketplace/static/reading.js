// Who opens a question that waits for an answer has read it: the button that says so is pressed for them, once.
"use strict";
document.querySelectorAll("[data-read] form").forEach((form) => {
  const around = form.closest("[data-read]");
  fetch(form.action, {method: "POST", body: new FormData(form), headers: {"X-Quiet": "1"}, credentials: "same-origin"})
    .then((answer) => { if (answer.ok) around.hidden = true; })
    .catch(() => {}); // who goes on at once has read it, too: the button is there the next time
});
