/* From the paper into the cell in hand: the value that a passage says, and the passage as its anchor.
   Alt A takes what is selected, Alt N takes it and goes to the next cell, as Alt and a click on a word
   do. The anchor of a cell opens the paper at its passage. */

import { desk } from "../pdf/desk.js";

const NUMBER = /(?<![\p{L}\d.,·])[-−–]?(?:\d+(?:[.,·]\d+)*|\.\d+)(?:[\u0020\u00a0\u2009\u202f]\d{3}(?![\d.,]))*/gu;
const SPREAD = /[-−–]?\d[\d.,·]*\s*(?:(?:±|\+\/[-−]|,?\s*(?:SD|s\.d\.)\s*[:=]?)\s*\d[\d.,·]*|[([]\s*(?:SD|s\.d\.)?\s*[:=]?\s*±?\s*\d[\d.,·]*\s*[)\]])/iu;
const ONE_NUMBER = ["integer", "decimal", "percent"];
const WORDS = ["text", "vocabulary"];
const SHORT = 60;

/* What a passage puts into a cell of a kind: text to type, or "" where the reader must choose. */
export function valueFrom(kind, text) {
  const said = text.trim();
  if (WORDS.includes(kind)) return said;
  if (kind === "mean_sd" && SPREAD.test(said)) return tidy(said.match(SPREAD)[0]);
  if (ONE_NUMBER.includes(kind) || kind === "mean_sd") {
    const numbers = said.match(NUMBER) ?? [];
    if (numbers.length === 1) return tidy(numbers[0]);
  }
  return ["mean_sd", "events", "estimate", "date"].includes(kind) && said.length <= SHORT ? said : "";
}

const tidy = (number) => number.replaceAll("·", ".").trim();

/* `hand` is the sheet: current() gives the cell in hand, controls(cell) its controls, witnessed(cell)
   shows its witness, save(cell) saves it, next(cell) goes to the one after it. */
export function connect(hand) {
  if (!desk) return;
  let copied = null;

  function take(passage, onwards) {
    const cell = hand.current();
    if (!cell || !passage) return;
    attach(cell, passage);
    const [control] = hand.controls(cell);
    const text = passage.word ?? passage.quote;
    const held = control.matches("select, [type=checkbox]") ? "" : control.value.trim();
    const value = held && text.includes(held) ? held : valueFrom(cell.dataset.kind, text);
    const replace = value && !(held && WORDS.includes(cell.dataset.kind));
    if (replace) control.value = value;
    getSelection().removeAllRanges();
    desk.passage = null;
    desk.offer(null);
    desk.paper.mark(passage.page, passage.boxes);
    hand.witnessed(cell);
    if (replace || hand.holds(cell)) hand.save(cell);
    if (onwards) hand.next(cell);
    else control.focus();
  }

  function attach(cell, { page, boxes, quote }) {
    Object.assign(cell.dataset, { quote, page, file: desk.file, anchor: JSON.stringify({ page, boxes, quote }) });
  }

  desk.addEventListener("passage", ({ detail: { passage, x, y } }) => {
    const cell = hand.current();
    desk.offer(passage && cell ? `Into “${cell.dataset.name}”` : null, { x, y });
  });
  desk.addEventListener("word", ({ detail: { passage } }) => take(passage, true));
  desk.button.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps the selection
  desk.button.addEventListener("click", (event) => take(desk.inHand(), event.altKey));

  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || !["KeyA", "KeyN"].includes(event.code)) return;
    const passage = desk.inHand();
    if (!passage || !hand.current()) return;
    event.preventDefault();
    take(passage, event.code === "KeyN");
  });

  // What is copied from the paper keeps its passage when it is pasted into the sheet.
  document.addEventListener("copy", () => {
    const passage = desk.inHand();
    copied = passage && { text: plain(getSelection().toString()), file: desk.file, ...passage };
  });

  return {
    attach,
    pasted: (text) => (copied && plain(text) === copied.text ? copied : null),
  };
}

const plain = (text) => text.replace(/\s+/g, " ").trim();

/* Open the paper where a cell points to. */
export function open({ file, page, anchor, quote }) {
  const { boxes } = anchor ? JSON.parse(anchor) : {};
  if (desk && page) desk.open(file || desk.file, Number(page), boxes, quote);
}

export const shownFile = () => desk?.file ?? "";
