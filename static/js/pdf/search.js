/* Find words in a paper, page after page; what was found is marked and can be taken as a passage. */

import { passage } from "./passages.js";

export class Search {
  constructor(paper) {
    this.paper = paper;
    this.clear();
  }

  clear() {
    this.asked = "";
    this.found = [];
    this.at = -1;
  }

  /* Go to the next place (`by` 1) or the one before (-1); resolves to the passage, or null. */
  async step(words, by) {
    if (words !== this.asked) await this.#look(words);
    if (!this.found.length) return null;
    this.at = (this.at + by + this.found.length) % this.found.length;
    return this.#show(this.found[this.at]);
  }

  /* Mark words on one page; false when they are not there. */
  async on(page, words) {
    if (!words.trim() || page > this.paper.pages) return false;
    await this.#look(words, page);
    if (!this.found.length) return false;
    return Boolean(await this.#show(this.found[0]));
  }

  async #look(words, only = 0) {
    this.clear();
    this.asked = words;
    const pattern = words.trim().split(/\s+/).map((word) => RegExp.escape?.(word) ?? escaped(word)).join("\\s*");
    if (!pattern) return;
    for (let page = only || 1; page <= (only || this.paper.pages); page += 1) {
      const { items } = await this.paper.words(page);
      const pieces = items.filter((item) => item.str !== undefined);
      const text = pieces.map((piece) => piece.str + (piece.hasEOL ? "\n" : "")).join("");
      for (const match of text.matchAll(new RegExp(pattern, "giu"))) {
        this.found.push({ page, start: place(pieces, match.index), end: place(pieces, match.index + match[0].length - 1) });
      }
    }
  }

  async #show({ page, start, end }) {
    const leaf = this.paper.leaves[page - 1];
    await this.paper.show(page);
    const spans = await this.paper.paint(leaf);
    const range = document.createRange();
    range.setStart(spans[start.piece].firstChild, start.offset);
    range.setEnd(spans[end.piece].firstChild, end.offset + 1);
    const found = passage(leaf, range, range.toString());
    if (found) await this.paper.show(page, found.boxes);
    return found;
  }
}

const escaped = (word) => word.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");

/* Which piece of text a character of the page stands in, and where in it. */
function place(pieces, index) {
  let left = index;
  for (const [piece, { str, hasEOL }] of pieces.entries()) {
    if (left < str.length) return { piece, offset: left };
    left -= str.length + (hasEOL ? 1 : 0);
  }
  throw new RangeError(`no character ${index} on the page`);
}
