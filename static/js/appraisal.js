/* One's own appraisal by key. Each answer is saved as it is given; the server answers with what it has
   moved (questions that fold away, proposals), and each piece takes the place of the one with its id.
   What could not be sent waits in unsent.js and is sent again. */

import { renewed, token } from "./token.js";
import { Unsent } from "./unsent.js";

const desk = document.getElementById("questions");
const login = document.querySelector("meta[name=login-url]").content;
const RETRY = 4000;

const waiting = new Unsent(`concord.appraisal.${desk?.dataset.appraisal}`);
const forms = new Map(); // by question: where its answer was given
const ahead = [];
let busy = false;
let offline = false;
let behind = waiting.size > 0; // what an earlier page left unsent is not on this one

const tell = (name) =>
  dispatchEvent(new CustomEvent(`concord:${name}`, { detail: { waiting: waiting.size } }));

/* Saving -------------------------------------------------------------------- */

function keep(form, submitter) {
  const data = new FormData(form, submitter);
  data.delete("csrfmiddlewaretoken"); // of the page as it was loaded; the header carries the one in force
  const item = data.get("item");
  forms.set(item, form);
  waiting.put(item, { url: form.action, given: [...data] });
  send();
}

async function send() {
  if (busy || !waiting.size) return;
  busy = true;
  tell("saving");
  const [item] = waiting.names;
  const saved = waiting.get(item);
  const answer = await post(saved);
  busy = false;
  offline = !answer;
  if (offline) {
    tell("offline");
    setTimeout(send, RETRY);
  } else {
    waiting.settle(item, saved);
    settle(answer, forms.get(item));
    if (waiting.size) send();
    else if (behind && !isText(document.activeElement)) location.reload(); // never under hands that type
  }
  catchUp();
}

async function post({ url, given, key }) {
  const body = new FormData();
  for (const [name, value] of given) body.append(name, value);
  body.set("key", key);
  try {
    const response = await fetch(url, {
      method: "POST",
      body,
      headers: { "HX-Request": "true", "X-CSRFToken": token() },
    });
    if (new URL(response.url).pathname === login) {
      complain(desk, "You were signed out. Sign in again in another tab: what waits here is then saved.");
      return null;
    }
    if (response.status === 403 && (await renewed())) return null;
    return { status: response.status, text: await response.text() };
  } catch {
    return null;
  }
}

function settle({ status, text }, form) {
  const place = form && document.contains(form) ? form : desk;
  if (status === 200) {
    complain(place, "");
    replace(text, form);
    if (!waiting.size) tell("saved");
  } else {
    behind = false; // the refusal would be gone with the page
    tell("offline");
    complain(place, status === 422 ? text
      : "This answer was not saved: the appraisal has changed in another window. Load the page again.");
  }
}

function complain(place, words) {
  const box = place.querySelector(".ask-problem") ?? place.closest(".verdict")?.querySelector(".ask-problem");
  if (!box) return;
  box.textContent = words;
  box.hidden = !words;
}

/* Put each piece of the answer in its place, but never under hands that type in it. */
function replace(html, form) {
  const pieces = document.createElement("template");
  pieces.innerHTML = html;
  const held = inHand()?.id;
  for (const piece of [...pieces.content.children]) {
    const old = document.getElementById(piece.id);
    if (!old) continue;
    const busyHere = old.contains(document.activeElement) && isText(document.activeElement);
    if (busyHere && !(form && old.contains(form))) continue;
    old.replaceWith(piece);
  }
  take(document.getElementById(held), { scroll: false });
}

desk?.addEventListener("change", (event) => {
  const form = event.target.closest("form.ask[data-answer]");
  if (form) keep(form);
});

desk?.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-answer]");
  if (!form) return;
  event.preventDefault();
  keep(form, event.submitter);
  if (event.submitter?.name === "clear") {
    for (const box of form.querySelectorAll("[name=code]:checked")) box.checked = false;
  }
});

addEventListener("online", send);
addEventListener("beforeunload", (event) => {
  if (waiting.size) event.preventDefault();
});

/* The question in hand ------------------------------------------------------ */

const lines = () => [...desk.querySelectorAll("form.ask")];
const inHand = () => desk.querySelector(".ask[aria-current]");
const isText = (element) =>
  element.matches("textarea, select, input:not([type=radio], [type=checkbox])");

function take(line, { scroll = true } = {}) {
  const before = inHand();
  if (before && before !== line) {
    before.removeAttribute("aria-current");
    before.querySelector(".segment")?.classList.add("segment-soft");
  }
  if (!line?.matches("form.ask")) return;
  line.setAttribute("aria-current", "true");
  line.querySelector(".segment")?.classList.remove("segment-soft");
  const section = line.closest(".domain").id;
  for (const link of document.querySelectorAll("#walk a")) {
    if (link.hash === `#${section}`) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  if (!scroll) return;
  line.focus({ preventScroll: true });
  line.scrollIntoView({ block: "nearest" });
}

function walk(by) {
  const all = lines();
  const at = all.indexOf(inHand());
  take(all[Math.min(Math.max(at + by, 0), all.length - 1)]);
}

const open = (line) => !line.querySelector("[name=code]:checked");

function nextDomain() {
  const sections = [...desk.querySelectorAll(".domain")];
  const here = inHand()?.closest(".domain");
  const next = sections.slice(sections.indexOf(here) + 1).find((section) => section.querySelector("form.ask"));
  if (!next) {
    document.getElementById("section-overall").scrollIntoView();
    return;
  }
  const own = [...next.querySelectorAll("form.ask")];
  take(own.find(open) ?? own[0]);
  next.scrollIntoView({ block: "start" });
}

/* Caps lock must not turn a no into a probably no: the shift key alone decides. */
function pressed(event) {
  if (!/^[a-z]$/i.test(event.key)) return event.key;
  return event.shiftKey ? event.key.toUpperCase() : event.key.toLowerCase();
}

function act(key) {
  const line = inHand();
  const choice = line?.querySelector(`input[data-press="${CSS.escape(key)}"]:enabled`);
  if (choice) {
    choice.checked = true;
    keep(line);
  } else if (key === "j") walk(1);
  else if (key === "k") walk(-1);
  else if (key === "g" && line?.querySelector("details")) line.querySelector("details").toggleAttribute("open");
  else if (key === "Enter") nextDomain();
  else return false;
  return true;
}

/* Which question is next follows from the answer that is on its way: keys typed ahead wait for it. */
const unsettled = () => busy && !offline;

function catchUp() {
  while (ahead.length && !unsettled()) act(ahead.shift());
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (isText(event.target)) {
    if (event.key === "Escape") take(event.target.closest(".ask"));
    return;
  }
  const key = pressed(event);
  if (key === "Enter" && event.target.matches("button, a, summary, input")) return;
  if (unsettled() && (key === "Enter" || /^[a-z0+-]$/i.test(key))) ahead.push(key);
  else if (!act(key)) return;
  event.preventDefault();
}, true);

desk?.addEventListener("focusin", (event) => {
  const line = event.target.closest("form.ask");
  if (line && line !== inHand()) take(line, { scroll: false });
});

if (desk) {
  const asked = document.getElementById(location.hash.slice(1));
  const first = asked?.matches("form.ask") ? asked : lines().find(open) ?? lines()[0];
  take(first, { scroll: !asked && !document.querySelector("[autofocus]") });
  if ("editable" in desk.dataset) waiting.late() ? location.reload() : send();
}
