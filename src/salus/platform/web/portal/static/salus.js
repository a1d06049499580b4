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
// where the server cannot be asked any more. What was being typed is given to the server to keep,
// which ends the session and does nothing else with it.
let written = null;
document.addEventListener("input", (event) => {
  written = event.target.closest("main form[method=post]") || written;
});

function keep() {
  if (!written || !written.isConnected) return Promise.resolve();
  const typed = new URLSearchParams();
  for (const each of written.elements) {
    const left = ["password", "file", "submit", "button"].includes(each.type);
    const chosen = !["checkbox", "radio"].includes(each.type) || each.checked;
    if (each.name && !left && chosen) typed.append(each.name, each.value);
  }
  typed.set("keep", "yes");
  const to = written.getAttribute("action") || location.pathname;
  const sent = fetch(to, { method: "POST", body: typed, redirect: "manual" });
  return Promise.race([sent, new Promise((done) => setTimeout(done, 5000))]).catch(() => {});
}

const idle = Number(document.body.dataset.idle || 0) * 1000;
if (idle) {
  let until = Date.now() + idle;
  const here = () => { until = Date.now() + idle; };
  const look = () => {
    if (Date.now() < until || !document.body.children.length) return;
    clearInterval(looking);
    const kept = keep();
    document.body.replaceChildren();
    kept.then(() => location.replace(location.pathname));
  };
  for (const sign of ["click", "input", "keydown"]) document.addEventListener(sign, here);
  document.addEventListener("visibilitychange", look);
  const looking = setInterval(look, 5000);
}
