/* Votes on their way to the server. They wait in localStorage, so that a lost connection, a reload or a
   session that ended loses none; each carries its own key, so that sending one twice counts once. */

import { newKey, read, write } from "./memory.js";

const RETRY = [1000, 2000, 5000, 15000, 30000];
// The newest vote rests a moment: taken back at once, it never reaches the server.
const REST = 1500;
const KEPT = 20;
const tell = (name, detail) => dispatchEvent(new CustomEvent(`concord:${name}`, { detail }));
const SOMEBODY_ELSE = { type: "opaqueredirect" }; // for these votes the same as nobody
const who = (page) => page.querySelector("[data-user]")?.dataset.user;
const meta = (name) => document.querySelector(`meta[name="${name}"]`);

export class VoteQueue {
  /* name: where it is kept. onRefused(item, words): the server will not take this one. */
  constructor(name, onRefused) {
    this.name = name;
    this.arrivedAt = `${name}.arrived`;
    this.onRefused = onRefused;
    this.failures = 0;
    this.busy = false;
    addEventListener("online", () => this.pump());
    addEventListener("pagehide", () => this.#leave());
    addEventListener("storage", (event) => event.key === name && this.#show());
    this.#show();
    this.pump();
  }

  get items() {
    return read(this.name, []);
  }

  /* Whether a vote waits, or arrived after this page was asked for: then the page does not know of it. */
  holds(record) {
    const late = (one) => one.record === record && one.at > performance.timeOrigin;
    return this.items.some((item) => item.record === record) || read(this.arrivedAt, []).some(late);
  }

  add(item) {
    write(this.name, [...this.items, { ...item, key: newKey(), at: Date.now() }]);
    this.#show();
    this.pump();
  }

  /* Take back what was not sent yet; false when it is too late for that. */
  drop(record) {
    const last = this.items.at(-1);
    if (last?.record !== record || last.key === this.sending) return false;
    this.#remove(last);
    return true;
  }

  async pump() {
    const item = this.items[0];
    if (!item || this.busy) return;
    clearTimeout(this.timer);
    const rest = this.items.length === 1 ? item.at + REST - Date.now() : 0;
    if (rest > 0) {
      this.timer = setTimeout(() => this.pump(), rest);
      return;
    }
    this.busy = true;
    this.sending = item.key;
    try {
      await this.#deliver(item);
    } finally {
      this.busy = false;
      this.sending = null;
    }
  }

  async #deliver(item) {
    let answer;
    try {
      answer = await this.#post(item);
      // An old page's token is refused before anybody asks who is there.
      if (answer.status === 403) answer = (await this.#freshToken()) ?? (await this.#post(item));
    } catch (problem) {
      if (!(problem instanceof TypeError)) throw problem;
      return this.#later();
    }
    if (answer.type === "opaqueredirect") return this.#signedOut();
    if (answer.status >= 500) return this.#later();
    this.failures = 0;
    this.#arrived(item);
    this.#remove(item);
    if (!answer.ok) this.onRefused(item, await words(answer));
    setTimeout(() => this.pump());
  }

  /* The page goes: what waits is sent without waiting for the answer, and once more by the next page. */
  #leave() {
    if (this.items.some((item) => item.undo)) return; // these must arrive in order
    for (const item of this.items) this.#post(item).catch(() => {});
  }

  #post(item) {
    return fetch(item.url, {
      method: "POST",
      headers: { "X-CSRFToken": meta("csrf-token").content, Accept: "application/json" },
      body: new URLSearchParams({ ...item.body, key: item.key }),
      redirect: "manual",
      keepalive: true,
    });
  }

  /* After signing in again in another tab the page's token is old: take the page's new one.
     Returns nothing, or the answer that says why there is none. These votes are never sent for somebody
     else who signed in on this machine meanwhile. */
  async #freshToken() {
    const answer = await fetch(location.href, { redirect: "manual" });
    if (!answer.ok) return answer;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (who(page) !== who(document)) return SOMEBODY_ELSE;
    meta("csrf-token").content = page.querySelector('meta[name="csrf-token"]').content;
    return null;
  }

  #later() {
    const wait = RETRY[Math.min(this.failures++, RETRY.length - 1)];
    tell("offline", { waiting: this.items.length });
    this.timer = setTimeout(() => this.pump(), wait);
  }

  #signedOut() {
    tell("offline", { waiting: this.items.length });
    tell("signed-out", { waiting: this.items.length });
    this.timer = setTimeout(() => this.pump(), RETRY.at(-1));
  }

  #arrived(item) {
    const others = read(this.arrivedAt, []).filter((one) => one.record !== item.record);
    const now = item.undo ? [] : [{ record: item.record, at: Date.now() }];
    write(this.arrivedAt, [...others, ...now].slice(-KEPT));
  }

  #remove(item) {
    write(this.name, this.items.filter((one) => one.key !== item.key));
    this.#show();
  }

  #show() {
    const waiting = this.items.length;
    if (waiting) tell(this.failures ? "offline" : "saving", { waiting });
    else tell("saved");
  }
}

async function words(answer) {
  const text = await answer.text();
  if (!answer.headers.get("Content-Type")?.startsWith("text/html")) return text;
  const page = new DOMParser().parseFromString(text, "text/html");
  return page.querySelector("[role=alert] p")?.textContent ?? "Load the page again.";
}
