// Checks a proof on the page itself. Nothing leaves the device; without this the form is sent.
import { parse, verify } from "./verifier.mjs";

const ZERO = `0x${"00".repeat(20)}`;
const NOBODY = { chain: 1, contract: ZERO, custody: ZERO, nodes: [], quorum: 1 };

const bytes = async (file) => new Uint8Array(await file.arrayBuffer());
const find = (name) => document.querySelector(`[data-${name}]`);
const show = (name, is) => find(name).toggleAttribute("hidden", !is);
const say = (name, text) => (find(name).textContent = text);

/** The network that a proof of the right schema names, as a trust file. */
function named(proof) {
  const anchor = proof.get("anchor");
  const own = [...proof.get("network"), ...["chain", "contract"].map((each) => [each, anchor.get(each)])];
  return new Map(own);
}

function check(raw, trust) {
  if (trust) return verify(raw, parse(trust));
  const readable = verify(raw, parse(new TextEncoder().encode(JSON.stringify(NOBODY))));
  return readable.step === "schema" ? readable : verify(raw, named(parse(raw)));
}

function mark({ valid, step }) {
  const list = find("steps");
  let reached = true;
  for (const each of list.children) {
    const failed = !valid && each.dataset.step === step;
    const state = reached ? (failed ? "bad" : "good") : "open";
    const badge = each.querySelector(".badge");
    badge.className = `badge ${state}`;
    badge.textContent = list.dataset[state];
    reached = reached && !failed;
  }
}

function facts(raw) {
  const proof = JSON.parse(new TextDecoder().decode(raw));
  say("source", proof.source.name);
  say("sealed", proof.header.sealed_at);
  say("block", proof.anchor.block);
  say("chain", proof.anchor.chain);
  for (const each of proof.disclosed) {
    const [name, value] = [document.createElement("dt"), document.createElement("dd")];
    name.textContent = each.path ?? find("values").dataset.whole;
    value.textContent = each.value;
    find("values").append(name, value);
  }
}

async function run(form) {
  const [proof] = form.elements.proof.files;
  const [trust] = form.elements.trust.files;
  const raw = await bytes(proof);
  const found = check(raw, trust && (await bytes(trust)));
  find("values").replaceChildren();
  mark(found);
  say("reason", find("steps").querySelector(`[data-step="${found.step}"]`)?.firstChild.textContent ?? "");
  show("valid", found.valid);
  show("invalid", !found.valid);
  show("named", found.valid && !trust);
  show("facts", found.valid);
  show("result", true);
  if (found.valid) facts(raw);
  find("result").querySelector("h2").focus();
}

// On the document: links swap the page under a script that is loaded once.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-verify]");
  if (!form || !form.elements.proof.files.length) return;
  event.preventDefault();
  run(form);
});

for (const name of ["dragover", "drop"]) {
  document.addEventListener(name, (event) => {
    const form = event.target.closest?.("[data-verify]");
    if (!form || !event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    if (name !== "drop" || !event.dataTransfer.files.length) return;
    form.elements.proof.files = event.dataTransfer.files;
    run(form);
  });
}

const tell = () => find("with-script")?.removeAttribute("hidden");
document.addEventListener("htmx:afterSettle", tell);
tell();
