/* What every page can do beyond plain HTML. A page works without this file; it is only less quick.

   Saved dot: a page that saves in the background tells the window, and the dot in the top bar shows it:
     dispatchEvent(new CustomEvent("concord:saving", {detail: {waiting: 3}}))
     dispatchEvent(new CustomEvent("concord:saved"))
     dispatchEvent(new CustomEvent("concord:offline", {detail: {waiting: 3}}))
   Whatever htmx sends with another method than GET is reported here already. */

const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";

function showSaved(state, words) {
  const dot = document.getElementById("saved");
  if (!dot) return;
  dot.dataset.state = state;
  dot.textContent = words;
}

function counted(event, one, many) {
  const waiting = event.detail?.waiting;
  return waiting > 1 ? many.replace("#", waiting) : one;
}

addEventListener("concord:saving", (e) => showSaved("saving", counted(e, "Saving", "Saving #")));
addEventListener("concord:saved", () => showSaved("saved", "All saved"));
addEventListener("concord:offline", (e) =>
  showSaved("offline", counted(e, "Offline, 1 kept", "Offline, # kept")));

const changes = (event) => event.detail.requestConfig.verb !== "get";
const tell = (name, detail) => dispatchEvent(new CustomEvent(`concord:${name}`, { detail }));

function complain(words) {
  const box = document.getElementById("messages");
  const line = document.getElementById("lost-connection").content.cloneNode(true);
  line.querySelector("[data-words]").textContent = words;
  box.replaceChildren(line);
}

addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = meta("csrf-token");
});

addEventListener("htmx:beforeRequest", (event) => {
  if (changes(event)) tell("saving");
});

addEventListener("htmx:afterRequest", (event) => {
  if (!changes(event) || !event.detail.xhr.status) return;
  if (event.detail.successful) tell("saved");
  else showSaved("offline", "Not saved");
});

addEventListener("htmx:sendError", (event) => {
  if (changes(event)) showSaved("offline", "Not sent");
  complain("Concord cannot be reached. Your last step was not sent: check the connection and repeat it.");
});

addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  complain(
    status === 403 ? "You may not do this, or this page was open too long. Load it again and repeat the step."
      : status === 404 ? "This is no longer here. Load the page again to see where it went."
      : `Concord could not finish this step (${status}). Nothing was changed; load the page again.`,
  );
});

/* A session that ended answers a fragment with the sign-in page: show it as a page instead. */
addEventListener("htmx:beforeSwap", (event) => {
  const login = meta("login-url");
  const answer = event.detail.xhr.responseURL;
  if (!login || !answer || new URL(answer).pathname !== login) return;
  event.preventDefault();
  location.assign(`${login}?next=${encodeURIComponent(location.pathname + location.search)}`);
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens).showModal();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target) || opener) menu.open = false;
  }
});

const typing = (target) =>
  target.isContentEditable || target.matches("textarea, select, input:not([type=radio], [type=checkbox])");

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = document.querySelector("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "?") {
    const sheet = document.getElementById("key-sheet");
    if (sheet.open) sheet.close();
    else sheet.showModal();
    event.preventDefault();
    return;
  }
  if (document.querySelector("dialog[open]")) return;
  const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (target && !event.defaultPrevented) {
    target.click();
    event.preventDefault();
  }
});

/* A double click sends a form once: the second answer would hide what the first one did. */
const SENDING = 10000;
let sent = new WeakSet();
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  if (sent.has(event.target)) return event.preventDefault();
  sent.add(event.target);
  setTimeout(() => sent.delete(event.target), SENDING);
});
addEventListener("pageshow", () => {
  sent = new WeakSet();
});

for (const type of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(type, (event) => {
    const box = event.target.closest?.(".drop");
    if (box) box.toggleAttribute("data-over", type === "dragenter" || type === "dragover");
  });
}

document.querySelector(".steps [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
for (const here of document.querySelectorAll(".tabs [aria-current]")) {
  const row = here.closest(".tabs");
  row.scrollLeft = here.offsetLeft + here.offsetWidth / 2 - row.clientWidth / 2;
}
document.documentElement.dataset.ready = "";
