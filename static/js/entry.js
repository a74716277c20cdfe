/* The sheet of one extraction: every cell is saved when it is left, the hands stay on the keys, and
   nothing that was typed is lost: what the server has not confirmed waits in unsent.js and is sent
   again when the connection is back. */

import { ask, isBlock } from "./entry/block.js";
import { connect, open, shownFile } from "./entry/evidence.js";
import { following, land, neighbour } from "./entry/grid.js";
import { inTurn, post } from "./entry/sending.js";
import { newKey } from "./memory.js";
import { Unsent } from "./unsent.js";

const sheet = document.getElementById("sheet");
const witness = document.getElementById("witness");
const editable = Boolean(sheet?.dataset.save);
const memory = `concord.entry.${sheet?.dataset.entry}`;
const CONTROLS = "input, select, textarea";
const SILENT = ["not_reported", "unclear"];
const RETRY = 5000;

const pending = new Unsent(memory);
const inFlight = new Set();
const baseline = new WeakMap();
let current = null;
let retry = 0;

const cells = () => sheet.querySelectorAll(".cell");
const cellAt = (path) => sheet.querySelector(`.cell[data-path="${CSS.escape(path)}"]`);
const controls = (cell) => [...cell.querySelectorAll(".cell-line :is(input, select, textarea)")];
const tell = (name) =>
  dispatchEvent(new CustomEvent(`concord:${name}`, { detail: { waiting: pending.size } }));

/* What a cell holds --------------------------------------------------------- */

function given(cell) {
  const all = controls(cell);
  if (cell.dataset.kind === "multichoice") return all.filter((box) => box.checked).map((box) => box.value);
  return [all[0].value];
}

/* Keep in mind what the cell held, and let Tab go from value to value: Alt Q leads to the quote. */
function remember(cell) {
  baseline.set(cell, JSON.stringify(given(cell)));
  cell.querySelector(".anchor").tabIndex = -1;
}

const changed = (cell) => baseline.get(cell) !== JSON.stringify(given(cell));

function takeBack(cell) {
  put(cell, JSON.parse(baseline.get(cell)));
}

function put(cell, values) {
  for (const control of controls(cell)) {
    if (control.type === "checkbox") control.checked = values.includes(control.value);
    else control.value = values[0];
  }
}

/* Saving -------------------------------------------------------------------- */

function save(cell, state = "value") {
  const { path, as, quote, page, note, anchor, seen } = cell.dataset;
  const busy = inFlight.has(path) || pending.has(path);
  const silent = state !== "value";
  pending.put(path, {
    path, as, quote, page, note, anchor, state,
    given: silent ? [""] : given(cell),
    file: quote || page ? cell.dataset.file || shownFile() : "",
    seen: busy ? null : seen,
  });
  remember(cell);
  send(path);
}

async function send(path) {
  if (inFlight.has(path) || !pending.has(path)) return;
  const saved = pending.get(path);
  inFlight.add(path);
  tell("saving");
  const stamped = () => ({ ...saved, seen: saved.seen ?? cellAt(path)?.dataset.seen });
  const outcome = await inTurn(() => post(sheet.dataset.save, stamped()));
  inFlight.delete(path);
  if (outcome === "lost") {
    tell("offline");
    clearTimeout(retry);
    retry = setTimeout(sendAll, RETRY);
    return;
  }
  const newer = !pending.settle(path, saved);
  if (!newer) tell(!pending.size ? "saved" : inFlight.size ? "saving" : "offline");
  show(path, saved, outcome, newer);
  if (newer) send(path);
}

const sendAll = () => pending.names.forEach(send);
addEventListener("online", sendAll);

/* Showing what came of it --------------------------------------------------- */

function show(path, saved, answer, newer) {
  const cell = cellAt(path);
  if (answer === "refused") {
    say(cell, "This was not saved: your entry takes no more changes. Load the page again.");
    return;
  }
  const fresh = made(answer.cell);
  if (answer.status !== 200) {
    const { as, quote, page, note, file, anchor } = saved;
    Object.assign(fresh.dataset, { as, quote, page, note, file, anchor });
  }
  if (cell && (newer || controls(cell).includes(document.activeElement))) refresh(cell, fresh, newer);
  else if (cell) replace(cell, fresh);
  showAll(answer);
}

function made(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.querySelector(".cell");
}

function replace(cell, fresh) {
  cell.replaceWith(fresh);
  remember(fresh);
  if (current === cell) current = fresh;
}

/* The hand is still in the cell: all but what it is typing is brought up to date. */
function refresh(cell, fresh, newer) {
  const { seen, state } = fresh.dataset;
  Object.assign(cell.dataset, newer ? { seen, state } : fresh.dataset);
  const around = (box) => [...box.children].filter((child) => !child.matches(".cell-line"));
  around(cell).forEach((child) => child.remove());
  cell.append(...around(fresh));
  for (const part of [".anchor", ".format"]) {
    const mine = cell.querySelector(part);
    if (mine && !(newer && part === ".format")) mine.innerHTML = fresh.querySelector(part).innerHTML;
  }
}

// What the cells look like and say by now, so that only what changes is touched in a large sheet.
const told = new Map();
const bare = (html) => html.replace(/(name="csrfmiddlewaretoken" value=")[^"]*/g, "$1").trim();

function showAll({ looks, says, derived, counts }) {
  for (const [path, look] of Object.entries(looks)) {
    const words = bare(says[path] ?? "");
    const before = told.get(path);
    if (before?.look === look && before.words === words) continue;
    const cell = cellAt(path);
    if (!cell) continue;
    const now = cell.querySelector(":scope > [data-tone=stop]") ? "check" : look;
    cell.closest("td").dataset.cell = now;
    const box = cell.querySelector(".cell-says");
    if (bare(box.innerHTML) !== words) box.innerHTML = says[path] ?? "";
    told.set(path, { look: now, words });
  }
  document.getElementById("derived").innerHTML = derived;
  document.getElementById("progress").max = counts.total;
  document.getElementById("progress").value = counts.done;
  document.getElementById("counts").textContent = `${counts.done} of ${counts.total} cells`;
  const checks = document.getElementById("checks");
  checks.hidden = !counts.checks;
  checks.querySelector("[data-count]").textContent = counts.checks;
}

function say(cell, words) {
  cell?.querySelector(":scope > .cell-say[role=alert]")?.remove();
  const line = document.createElement("p");
  line.className = "cell-say";
  line.dataset.tone = "stop";
  line.setAttribute("role", "alert");
  line.textContent = words;
  cell?.querySelector(".cell-says").before(line);
}

/* The witness of the cell in hand ------------------------------------------- */

function take(cell) {
  if (current === cell) return;
  current = cell;
  witnessed(cell);
}

function witnessed(cell) {
  witness.hidden = false;
  witness.querySelector("[data-name]").textContent = cell.dataset.name;
  for (const input of witness.querySelectorAll("[data-part]")) input.value = cell.dataset[input.dataset.part];
}

function silence(state) {
  if (!current) return;
  for (const control of controls(current)) {
    if (control.type === "checkbox") control.checked = false;
    else control.value = "";
  }
  current.dataset.state = state;
  save(current, state);
}

witness?.addEventListener("change", (event) => {
  const part = event.target.dataset.part;
  if (!part || !current) return;
  current.dataset[part] = event.target.value.trim();
  if (part === "page") current.dataset.anchor = "";
  if (part !== "note" && !current.dataset.anchor) current.dataset.file = shownFile();
  if (!current.querySelector("[data-act=again]")) save(current, current.dataset.state || "value");
});

witness?.addEventListener("click", (event) => {
  const state = event.target.closest("[data-state]")?.dataset.state;
  if (state) silence(state);
});

/* Keys ---------------------------------------------------------------------- */

const go = (cell, rows, columns = 0) => enter(neighbour(sheet, cell, rows, columns));

function enter(cell) {
  const control = cell && controls(cell)[0];
  if (!control) return false;
  control.focus();
  if (control.matches("input[type=text]")) control.select();
  return true;
}

/* Take over what a neighbouring cell says, with its witness: fill down, or copy from the arm before. */
function copyFrom(cell, from) {
  if (!controls(cell).length) return;
  if (!from) {
    say(cell, "There is no cell to copy from.");
    return;
  }
  const { as, quote, page, anchor, file } = from.dataset;
  const state = saidInstead(from);
  const values = state ? [""] : given(from);
  const fits = (control) => !control.matches("select") || [...control.options].some((o) => o.value === values[0]);
  if ((from.dataset.kind === "multichoice") !== (cell.dataset.kind === "multichoice") || !fits(controls(cell)[0])) {
    say(cell, `“${from.dataset.name}” takes other answers, so nothing was copied.`);
    return;
  }
  put(cell, values);
  Object.assign(cell.dataset, { quote, page, anchor, file, state });
  if (cell.dataset.kind === from.dataset.kind) cell.dataset.as = as;
  witnessed(cell);
  save(cell, state || "value");
}

/* Not reported or unclear, where nothing has been typed since. */
const saidInstead = (cell) => (SILENT.includes(cell.dataset.state) && !typed(cell) ? cell.dataset.state : "");
const typed = (cell) => given(cell).some((value) => value.trim());

function step(event, cell, control) {
  const text = control.matches("input[type=text], textarea");
  const at = text ? [control.selectionStart, control.selectionEnd] : [0, 0];
  const whole = text && at[0] === 0 && at[1] === control.value.length;
  if (event.key === "Enter" && !event.altKey && cell.dataset.kind !== "table") return go(cell, event.shiftKey ? -1 : 1);
  if (!text) return false;
  if (event.key === "ArrowDown") return !control.value.includes("\n") && go(cell, 1);
  if (event.key === "ArrowUp") return !control.value.includes("\n") && go(cell, -1);
  if (event.key === "ArrowLeft") return (whole || at[1] === 0) && go(cell, 0, -1);
  if (event.key === "ArrowRight") return (whole || at[0] === control.value.length) && go(cell, 0, 1);
  return false;
}

sheet?.addEventListener("keydown", (event) => {
  const cell = event.target.closest(".cell");
  if (!cell || !event.target.matches(CONTROLS)) return;
  if (event.ctrlKey || event.metaKey) {
    const from = { d: [-1, 0], r: [0, -1] }[event.key.toLowerCase()];
    if (!from || event.shiftKey || event.altKey) return;
    event.preventDefault();
    copyFrom(cell, neighbour(sheet, cell, ...from));
    return;
  }
  if (event.key === "Escape") takeBack(cell);
  if (!event.altKey && step(event, cell, event.target)) event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  if (!editable || !event.altKey || event.ctrlKey || event.metaKey) return;
  const act = {
    Digit0: () => silence("not_reported"),
    Digit9: () => silence("unclear"),
    KeyQ: () => {
      const quote = witness.querySelector("[data-part=quote]");
      if (document.activeElement === quote) controls(current)[0].focus();
      else if (current) quote.focus();
    },
  }[event.code];
  if (!act) return;
  act();
  event.preventDefault();
});

/* A pasted block ------------------------------------------------------------ */

function pasteBlock(cell, text, passage) {
  const { path } = cell.dataset;
  const key = newKey();
  const { quote, page, file, boxes } = passage ?? {};
  const anchor = passage && JSON.stringify({ page, boxes, quote });
  ask(document.getElementById("block"), text, {
    land: (rows) => land(sheet, cellAt(path), rows),
    // What was typed before goes first, so that the stamps are those of now.
    send: (cells, saving) => inTurn(async () => {
      const stamped = cells.map((one) => ({ ...one, seen: cellAt(one.path)?.dataset.seen ?? "" }));
      return post(sheet.dataset.block, { cells: JSON.stringify(stamped), save: saving ? "1" : "", key, quote, page, file, anchor });
    }),
    saved: (answer) => {
      for (const [at, html] of Object.entries(answer.cells)) replace(cellAt(at), made(html));
      showAll(answer);
    },
    done: () => enter(cellAt(path)),
  });
}

sheet?.addEventListener("paste", (event) => {
  const cell = event.target.closest(".cell");
  if (!editable || !cell || !event.target.matches(CONTROLS)) return;
  const text = event.clipboardData.getData("text/plain");
  const passage = evidence?.pasted(text);
  if (isBlock(text, cell.dataset.kind)) {
    event.preventDefault();
    pasteBlock(cell, text, passage);
  } else if (passage) {
    evidence.attach(cell, passage); // saved with the value, when the cell is left
    witnessed(cell);
  }
});

/* Wiring -------------------------------------------------------------------- */

const evidence = editable && connect({
  current: () => current,
  controls,
  witnessed,
  holds: (cell) => typed(cell) || saidInstead(cell),
  save: (cell) => save(cell, saidInstead(cell) || "value"),
  next: (cell) => enter(following(sheet, cell)),
});

if (editable) {
  [...cells()].filter((cell) => controls(cell).length).forEach(remember);
  sheet.addEventListener("focusin", (event) => {
    const cell = event.target.closest(".cell");
    if (cell && event.target.matches(CONTROLS)) take(cell);
  });
  sheet.addEventListener("change", (event) => {
    const cell = event.target.closest(".cell");
    if (cell && event.target.form?.id === "sheet-form" && changed(cell)) save(cell);
  });
  sheet.addEventListener("concord:format", (event) => typed(event.target) && save(event.target));
  sheet.addEventListener("click", (event) => {
    const act = event.target.closest("[data-act]")?.dataset.act;
    const cell = event.target.closest(".cell");
    if (act === "again") save(cell);
    if (act === "keep") location.reload();
  });
  sheet.addEventListener("submit", async (event) => {
    if (!event.target.matches("[data-confirm]")) return;
    event.preventDefault();
    const answer = await post(event.target.action, Object.fromEntries(new FormData(event.target)));
    if (answer.looks) showAll(answer);
    else location.reload();
  });
  document.getElementById("submit").addEventListener("submit", (event) => {
    if (!pending.size) return;
    event.preventDefault();
    const form = event.target;
    addEventListener("concord:saved", () => form.submit(), { once: true });
    sendAll();
  });
  if (pending.late()) location.reload();
  else sendAll();
}

sheet?.addEventListener("click", (event) => {
  const anchor = event.target.closest("a.anchor");
  if (!anchor || event.ctrlKey || event.metaKey) return;
  const cell = anchor.closest(".cell");
  open(cell.dataset);
  if (editable) {
    take(cell);
    witness.querySelector("[data-part=quote]").focus();
  }
  event.preventDefault();
});

/* A second window of the same entry can read what the first one types only after loading again. */
if (editable) {
  const channel = new BroadcastChannel(memory);
  const tag = document.getElementById("second-window");
  channel.addEventListener("message", (event) => {
    tag.hidden = false;
    if (event.data === "hello") channel.postMessage("here");
  });
  channel.postMessage("hello");
}
