/* What was said and the server has not confirmed, each by its name (a cell, a question). It lies in
   localStorage, so that a reload, a crash or a second window loses nothing, and is sent again under its own
   key, so that it counts once. */

import { newKey, read, write } from "./memory.js";

export class Unsent {
  #mine;

  constructor(place) {
    this.place = place;
    this.arrivedAt = `${place}.arrived`;
    this.#mine = new Map(Object.entries(read(place, {})));
  }

  /* Whether something arrived after this page was asked for, which the page then may not show. Said once:
     a clock that was set back must not have the page loaded again and again. */
  late() {
    const at = read(this.arrivedAt, 0);
    localStorage.removeItem(this.arrivedAt);
    return at > performance.timeOrigin;
  }

  get size() {
    return this.#mine.size;
  }

  get names() {
    return [...this.#mine.keys()];
  }

  has(name) {
    return this.#mine.has(name);
  }

  get(name) {
    return this.#mine.get(name);
  }

  put(name, said) {
    const saved = { ...said, key: newKey() };
    this.#mine.delete(name); // what was said last goes last
    this.#mine.set(name, saved);
    write(this.place, { ...read(this.place, {}), [name]: saved });
  }

  /* The server has it. False when something newer was said under the same name, which still waits. */
  settle(name, saved) {
    const { [name]: stored, ...others } = read(this.place, {});
    if (stored?.key === saved.key) write(this.place, others);
    write(this.arrivedAt, Date.now());
    if (this.#mine.get(name)?.key !== saved.key) return false;
    this.#mine.delete(name);
    return true;
  }
}
