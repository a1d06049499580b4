// What pages do beyond links and forms. Everything works without it.
"use strict";

// After a swap, readers of screens hear the new heading, or what was refused.
document.addEventListener("htmx:afterSettle", () => {
  const place = document.getElementById("refusal") || document.querySelector("#main h1");
  if (place && !document.activeElement.closest("#main form")) {
    place.setAttribute("tabindex", "-1");
    place.focus({ preventScroll: true });
  }
});

// A refused form comes back with a status of its own and is shown like any other page.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status >= 400) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// When nobody was here for as long as a session lasts, nothing of it stays on the screen, not even
// where the server cannot be asked any more.
const idle = Number(document.body.dataset.idle || 0) * 1000;
if (idle) {
  let until = Date.now() + idle;
  const here = () => { until = Date.now() + idle; };
  const look = () => {
    if (Date.now() < until) return;
    clearInterval(looking);
    document.body.replaceChildren();
    location.replace(location.pathname);
  };
  for (const sign of ["click", "input", "keydown"]) document.addEventListener(sign, here);
  document.addEventListener("visibilitychange", look);
  const looking = setInterval(look, 5000);
}
