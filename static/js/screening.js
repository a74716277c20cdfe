/* Deciding by key, on the screening desk (many records, votes sent in the background) and on pages with
   one record (full text, conflicts), where a key presses the button of the plain form. */

import { read, write } from "./memory.js";
import { swipes } from "./screening/swipe.js";
import { VoteQueue } from "./vote-queue.js";

const by = (id) => document.getElementById(id);
const form = by("decide");
const sheet = by("reason-sheet");
const noteBox = by("note");
const note = by("id_note");
const paper = by("cards");
const typing = (target) => target.matches("textarea, select, input:not([type=radio], [type=checkbox])");
const press = (button) => form.requestSubmit(button);
const UNDO_DEPTH = 20;

for (const hidden of document.querySelectorAll("[data-script]")) hidden.hidden = false;

/* Time spent with the record in view ------------------------------------- */

const clock = {
  spent: 0,
  since: performance.now(),
  stop() {
    if (this.since !== null) this.spent += performance.now() - this.since;
    this.since = null;
  },
  start() {
    this.since = document.hidden ? null : performance.now();
  },
  take() {
    this.stop();
    const seconds = Math.min(3600, Math.round(this.spent / 1000));
    this.spent = 0;
    this.start();
    return String(seconds);
  },
};
document.addEventListener("visibilitychange", () => (document.hidden ? clock.stop() : clock.start()));

/* The reasons over the buttons ------------------------------------------- */

function askReason(open) {
  sheet.hidden = !open;
  if (open) (letter("Enter") ?? sheet.querySelector("button")).focus({ preventScroll: true });
  else if (sheet.contains(document.activeElement)) document.activeElement.blur();
}

const asking = () => sheet && !sheet.hidden;
const letter = (key) => sheet.querySelector(`[data-letter="${CSS.escape(key)}"]`);

/* Exclude opens the reasons first, where the stage has any; true when it did. */
function asksFirst(button) {
  if (!sheet || asking() || button?.value !== "exclude") return false;
  askReason(true);
  return true;
}

if (sheet) letter("Escape").addEventListener("click", () => askReason(false));

/* The desk --------------------------------------------------------------- */

const desk = by("desk");
const deck = desk && form && new (class Deck {
  constructor() {
    const place = `concord.votes.${desk.dataset.user}.${desk.dataset.review}`;
    this.undoAt = `${place}.undo`;
    this.redoAt = `${place}.redo`;
    this.queue = new VoteQueue(place, (item, words) => this.refused(item, words));
    this.cards = [...paper.querySelectorAll("[data-record]")];
    this.skipped = new Set();
    this.gone = new Map();
    this.notes = new Map(); // by card: what was written stays while one walks
    note.addEventListener("input", () => this.notes.set(this.card, note.value));
    for (const back of ["online", "concord:saved"]) addEventListener(back, () => this.away && this.more());
    for (const card of this.cards) if (this.queue.holds(card.dataset.record)) this.forget(card);
    this.at = 0;
    this.away = false;
    this.show();
    this.showUndo();
  }

  get card() {
    return this.cards[this.at];
  }

  forget(card) {
    this.cards = this.cards.filter((one) => one !== card);
    card.hidden = true;
  }

  show() {
    this.at = Math.max(0, Math.min(this.at, this.cards.length - 1));
    for (const card of paper.querySelectorAll("[data-record]")) card.hidden = card !== this.card;
    const none = !this.card;
    this.end();
    form.hidden = none;
    paper.scrollTop = 0;
    clock.take();
    if (sheet) askReason(false);
    note.value = this.notes.get(this.card) ?? "";
    noteBox.open = Boolean(note.value);
    this.list();
    this.more();
  }

  /* What stands where no record is left: nothing waits, or more could not be fetched. */
  end() {
    by("finished").hidden = Boolean(this.card) || this.away;
    by("unreached").hidden = Boolean(this.card) || !this.away;
  }

  list() {
    const lane = desk.dataset.lane || this.card?.dataset.lane;
    for (const link of desk.querySelectorAll("[data-lane]:is(a)")) {
      if (link.dataset.lane === lane) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    by("up-next").replaceChildren(
      ...this.cards.slice(this.at, this.at + 10).map((card, place) => {
        const line = document.createElement("li");
        const short = document.createElement("small");
        line.textContent = card.querySelector("h1").textContent;
        short.textContent = card.dataset.short;
        line.append(short);
        if (!place) line.setAttribute("aria-current", "true");
        return line;
      }),
    );
  }

  async more() {
    if (this.loading || this.ended || this.cards.length - this.at - this.skipped.size > 5) return;
    this.loading = true;
    const have = [...this.cards.map((card) => card.dataset.record), ...this.queue.items.map((i) => i.record)];
    const found = await this.fetch({ lane: desk.dataset.lane, have: have.join(",") });
    this.loading = false;
    this.away = !found;
    this.end();
    if (!found) return;
    this.ended = !found.length;
    const before = this.cards.findIndex((card) => this.skipped.has(card.dataset.record));
    this.put(found, before < 0 ? this.cards.length : before);
  }

  async fetch(asked) {
    try {
      const answer = await fetch(`${desk.dataset.cards}?${new URLSearchParams(asked)}`, { redirect: "manual" });
      if (!answer.ok) return null;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      return [...page.querySelectorAll("[data-record]")];
    } catch (problem) {
      if (problem instanceof TypeError) return null; // offline: asked again at the next record
      throw problem;
    }
  }

  put(found, place) {
    const idle = !this.card;
    const known = new Set(this.cards.map((card) => card.dataset.record));
    const fresh = found.filter((card) => !known.has(card.dataset.record) && !this.queue.holds(card.dataset.record));
    by("finished").before(...fresh);
    this.cards.splice(place, 0, ...fresh);
    if (idle && fresh.length) this.show();
    else this.list();
  }

  decide(verdict, reason, seconds = clock.take()) {
    const card = this.card;
    const { record, voteUrl, withdrawUrl, short, lane } = card.dataset;
    const body = { verdict, reason, note: note.value, seconds };
    const done = { record, voteUrl, withdrawUrl, short, lane, body };
    this.queue.add({ record, url: voteUrl, short, body });
    this.remember(this.undoAt, done);
    write(this.redoAt, []);
    this.move(card, 1, done);
  }

  /* The record leaves the desk (direction 1) or comes back to it (-1). */
  move(card, direction, done) {
    if (direction > 0) {
      this.gone.set(done.record, card);
      this.skipped.delete(done.record);
      this.forget(card);
    } else if (!this.cards.includes(card)) {
      this.cards.splice(this.at, 0, card);
    }
    count(done.lane, -direction);
    if ("two" in desk.dataset && done.lane === "new") count("waiting", direction);
    step(by("left"), -direction);
    by("progress").value += direction;
    this.show();
    this.say(direction > 0 ? "" : "Undone: ", done);
    this.showUndo();
  }

  say(before, done) {
    const tag = document.createElement("span");
    tag.className = "tag";
    tag.dataset.state = done.body.verdict || "exclude";
    tag.textContent = { include: "included", maybe: "maybe" }[done.body.verdict] ?? "excluded";
    by("last").replaceChildren(before, tag, ` ${done.short}`);
  }

  remember(where, done) {
    write(where, [...read(where, []), done].slice(-UNDO_DEPTH));
  }

  recall(where) {
    const all = read(where, []);
    const done = all.pop();
    write(where, all);
    return done;
  }

  async undo() {
    const done = this.recall(this.undoAt);
    if (!done) return;
    if (!this.queue.drop(done.record)) {
      this.queue.add({ record: done.record, url: done.withdrawUrl, short: done.short, body: {}, undo: done });
    }
    this.remember(this.redoAt, done);
    const card = this.gone.get(done.record) ?? (await this.fetch({ record: done.record }))?.[0];
    if (!card) return;
    by("finished").before(card);
    this.move(card, -1, done);
  }

  async redo() {
    const done = this.recall(this.redoAt);
    if (!done) return;
    const shown = this.cards.find((one) => one.dataset.record === done.record);
    const card = shown ?? (await this.fetch({ record: done.record }))?.[0];
    if (!card) return;
    this.queue.add({ record: done.record, url: done.voteUrl, short: done.short, body: done.body });
    this.remember(this.undoAt, done);
    this.move(card, 1, done);
  }

  showUndo() {
    by("undo").hidden = !read(this.undoAt, []).length;
  }

  /* A vote that was not needed is told; an undo that came too late puts the record away again. */
  refused(item, words) {
    for (const where of [this.undoAt, this.redoAt]) {
      write(where, read(where, []).filter((done) => done.record !== item.record));
    }
    this.showUndo();
    if (item.undo) {
      const card = this.cards.find((one) => one.dataset.record === item.record);
      if (card) this.move(card, 1, item.undo);
    }
    warn(`${item.undo ? "Not undone" : "Not counted"}, ${item.short}: ${words}`);
  }

  skip() {
    if (this.cards.length < 2 && this.ended) return;
    const card = this.card;
    this.skipped.add(card.dataset.record);
    this.cards = [...this.cards.filter((one) => one !== card), card];
    this.show();
  }

  go(by_) {
    this.at += by_;
    this.show();
  }
})();

function step(element, by_) {
  element.textContent = Math.max(0, Number(element.textContent.replace(/\D/g, "")) + by_).toLocaleString("en-GB");
}

function count(lane, by_) {
  const box = desk.querySelector(`a[data-lane="${lane}"] [data-count]`);
  if (box) step(box, by_);
}

function warn(words, link) {
  const line = by("lost-connection").content.cloneNode(true);
  line.querySelector(".say").dataset.tone = "ask";
  line.querySelector("[data-words]").append(words, ...(link ? [" ", link] : []));
  by("messages").replaceChildren(line);
}

addEventListener("concord:signed-out", (event) => {
  const link = document.createElement("a");
  link.href = `${document.querySelector('meta[name="login-url"]').content}?next=${encodeURIComponent(location.pathname)}`;
  link.textContent = "Sign in";
  const kept = event.detail.waiting === 1 ? "1 vote is" : `${event.detail.waiting} votes are`;
  warn(`You were signed out. ${kept} kept on this machine and sent once you are back.`, link);
});

/* Buttons ---------------------------------------------------------------- */

form?.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (asksFirst(button)) return event.preventDefault();
  if (!deck) {
    form.elements.seconds.value = clock.take();
    return;
  }
  event.preventDefault();
  if (!button || !deck.card) return;
  const verdict = button.name === "verdict" ? button.value : "exclude";
  deck.decide(verdict, button.name === "reason" ? button.value : "");
});

const stored = (name, on) => (on === undefined ? localStorage.getItem(name) : localStorage.setItem(name, on));

const acts = {
  undo: () => deck?.undo(),
  redo: () => deck?.redo(),
  skip: () => deck?.skip(),
  marks() {
    const off = document.body.classList.toggle("marks-off");
    stored("concord.marks", off ? "off" : "on");
  },
  dock() {
    const shut = document.body.classList.toggle("dock-shut");
    stored("concord.dock", shut ? "shut" : "open");
  },
  note() {
    noteBox.open = true;
    note.focus();
  },
  size(by_) {
    const size = Math.min(150, Math.max(80, Number(stored("concord.size") ?? 100) + by_));
    document.documentElement.style.fontSize = `${size}%`;
    stored("concord.size", size);
  },
  next: () => (deck ? deck.go(1) : document.querySelector("a[rel=next]")?.click()),
  previous: () => (deck ? deck.go(-1) : document.querySelector("a[rel=prev]")?.click()),
};

document.body.classList.toggle("marks-off", stored("concord.marks") === "off");
document.body.classList.toggle("dock-shut", stored("concord.dock") === "shut");
acts.size(0);

document.addEventListener("click", (event) => {
  const act = event.target.closest("[data-act]")?.dataset.act;
  if (!act || (act === "skip" && !deck)) return;
  event.preventDefault();
  acts[act]();
});

/* Keys ------------------------------------------------------------------- */

const KEYS = {
  z: "undo", y: "redo", s: "skip", h: "marks", c: "dock", n: "note",
  j: "next", ArrowRight: "next", k: "previous", ArrowLeft: "previous",
};

/* held: the key repeats by itself. One press is one decision, however long it lasts. */
function onKey(key, held) {
  if (asking()) {
    const again = ["2", "e"].includes(key) ? letter("Enter") : null;
    const chosen = letter(key) ?? again;
    if (!held) chosen?.click();
    return Boolean(chosen) || /^\w$/.test(key);
  }
  const vote = form && !form.hidden && form.querySelector(`[data-keys~="${CSS.escape(key)}"]`);
  if (vote && !held) press(vote);
  if (vote) return true;
  if (key === "+" || key === "-") return acts.size(key === "+" ? 10 : -10), true;
  if (!KEYS[key] || (KEYS[key] === "note" && !noteBox)) return false;
  acts[KEYS[key]]();
  return true;
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest?.("[data-paper]")) return;
  if (typing(event.target)) {
    if (event.key === "Escape" && event.target === note) note.blur();
    return;
  }
  // Enter on a focused button presses that button, once.
  if (event.key === "Enter" && (!asking() || sheet.contains(event.target))) {
    if (event.repeat) event.preventDefault();
    return;
  }
  if (onKey(event.key, event.repeat)) {
    event.preventDefault();
    event.stopPropagation();
  }
}, true);

// A click into the paper gives it the keys; leaving it brings them back.
const pages = document.querySelector(".paper-pages");
pages?.addEventListener("pointerleave", () => document.activeElement === pages && pages.blur());

if (deck) swipes(paper.parentElement, form, press);
