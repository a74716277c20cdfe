/* The paper beside the work: its bar (files, page, zoom, search), its keys, and the passage in hand.
   Importing this module brings the [data-paper] of the page to life; `desk` is null without one. */

import { Paper } from "./paper.js";
import { selected, wordAt } from "./passages.js";
import { Search } from "./search.js";

export class Desk extends EventTarget {
  constructor(root) {
    super();
    this.root = root;
    this.box = root.querySelector(".paper-pages");
    this.number = root.querySelector("[data-page]");
    this.words = root.querySelector("[data-words]");
    this.found = root.querySelector("[data-found]");
    this.button = root.querySelector("[data-take]");
    this.paper = new Paper(this.box, (page, pages) => this.#turned(page, pages));
    this.search = new Search(this.paper);
    this.passage = null;
    this.wire();
    root.querySelector("[data-tools]").hidden = false;
  }

  get file() {
    return this.root.dataset.file;
  }

  /* Show a file of the study, or the one that is shown; false when it is none of this desk. */
  async open(file, page, boxes = [], quote = "") {
    if (file !== this.file || !this.paper.pages) {
      const link = this.root.querySelector(`[data-name][data-id="${CSS.escape(file)}"]`);
      if (!link) return false;
      this.root.dataset.file = file;
      for (const other of this.root.querySelectorAll("[data-name]")) other.toggleAttribute("aria-current", other === link);
      this.box.setAttribute("aria-label", `Pages of ${link.dataset.name}`);
      this.root.querySelector("[data-tab]").href = link.dataset.src;
      this.search.clear();
      if (!(await this.#load(link.dataset.src))) return true;
    }
    if (!page) return true;
    const looked = !boxes.length && (await this.search.on(page, quote));
    this.search.clear();
    if (!looked) await this.paper.show(page, boxes);
    return true;
  }

  /* What is in hand: the selection on the paper, else what a search found. */
  inHand() {
    return selected(this.paper) ?? this.passage;
  }

  /* Offer the passage in hand; `words` say on the button where it would go, null takes it away. */
  offer(words, { x, y } = {}) {
    this.button.hidden = !words;
    if (!words) return;
    this.button.firstElementChild.textContent = words;
    const box = this.root.getBoundingClientRect();
    const left = Math.min(Math.max(x - box.left, 8), box.width - this.button.offsetWidth - 8);
    this.button.style.left = `${left}px`;
    this.button.style.top = `${Math.min(y - box.top + 8, box.height - this.button.offsetHeight - 8)}px`;
  }

  async #load(src) {
    const notice = this.root.querySelector("[data-notice]");
    notice.hidden = true;
    try {
      await this.paper.open(src);
    } catch (problem) {
      if (!["InvalidPDFException", "PasswordException", "ResponseException", "UnknownErrorException"].includes(problem.name)) throw problem;
      notice.hidden = false;
      notice.querySelector("b").textContent = problem.name === "PasswordException" ? "This PDF is locked with a password." : "This PDF could not be shown.";
      return false;
    }
    return true;
  }

  #turned(page, pages) {
    if (document.activeElement !== this.number) this.number.value = page;
    this.root.querySelector("[data-pages]").textContent = pages;
    this.at = page;
  }

  async #seek(by) {
    this.passage = await this.search.step(this.words.value, by);
    const { at, found } = this.search;
    this.found.textContent = !this.words.value.trim() ? "" : found.length ? `${at + 1} of ${found.length}` : "not found";
    this.#speak();
  }

  /* Tell the page that there is a passage in hand, or none any more. */
  #speak() {
    const { bottom, right } = this.#edge();
    this.dispatchEvent(new CustomEvent("passage", { detail: { passage: this.inHand(), x: right, y: bottom } }));
  }

  #edge() {
    const selection = getSelection();
    const marks = this.box.querySelector(".paper-mark");
    if (!selected(this.paper) && marks) return marks.getBoundingClientRect();
    return selection.rangeCount ? ([...selection.getRangeAt(0).getClientRects()].at(-1) ?? {}) : {};
  }

  act(name) {
    const acts = {
      before: () => this.paper.show(this.at - 1),
      after: () => this.paper.show(this.at + 1),
      larger: () => this.paper.zoom(1),
      smaller: () => this.paper.zoom(-1),
      fit: () => this.paper.fit(),
    };
    return acts[name]?.();
  }

  wire() {
    const { root, box } = this;
    root.addEventListener("click", (event) => {
      const name = event.target.closest("[data-do]")?.dataset.do;
      const file = event.target.closest("[data-name]");
      if (name) this.act(name);
      if (file && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        this.open(file.dataset.id);
      }
    });
    this.number.addEventListener("change", () => this.paper.show(Number(this.number.value) || this.at));
    this.words.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#seek(event.submitter?.dataset.by === "-1" ? -1 : 1);
    });
    this.words.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.shiftKey) return;
      event.preventDefault();
      this.#seek(-1);
    });
    box.addEventListener("pointerup", () => setTimeout(() => this.#speak()));
    box.addEventListener("keyup", (event) => event.shiftKey && this.#speak());
    document.addEventListener("selectionchange", () => {
      if (selected(this.paper)) this.passage = null;
      else if (!this.passage) this.offer(null);
    });
    box.addEventListener("click", (event) => {
      if (!event.altKey) return;
      const passage = wordAt(this.paper, event.clientX, event.clientY);
      if (!passage) return;
      event.preventDefault();
      this.dispatchEvent(new CustomEvent("word", { detail: { passage } }));
    });
    box.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const act = { "+": "larger", "-": "smaller", 0: "fit", ArrowLeft: "before", ArrowRight: "after" }[event.key];
      if (act) this.act(act);
      else if (event.key === "/") this.words.focus();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }
}

/* `#page=3&boxes=0.1,0.2,0.5,0.25;…` or `#page=3&quote=…` of an address as [page, boxes, quote]. */
export function place(hash) {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  const boxes = (said.get("boxes") ?? "").split(";").map((box) => box.split(",").map(Number));
  return [Number(said.get("page")) || 1, boxes.filter((box) => box.length === 4 && box.every(Number.isFinite)), said.get("quote") ?? ""];
}

const root = document.querySelector("[data-paper]");
export const desk = root && new Desk(root);
desk?.open(desk.file, ...place(location.hash));
addEventListener("hashchange", () => desk?.open(desk.file, ...place(location.hash)));
