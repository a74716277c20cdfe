/* A block pasted from a spreadsheet or a table of the paper: where each value lands is shown first, with
   what the sheet refuses; nothing is saved before that is agreed. */

const SPACES = / {2,}|\u00a0{2,}/;
const PARTS = {
  tab: (text) => tabbed(text),
  wide: (text) => rowsOf(text).map((line) => line.trim().split(SPACES)),
  space: (text) => rowsOf(text).map((line) => line.trim().split(/\s+/)),
  none: (text) => rowsOf(text).map((line) => [line.trim()]),
};

const rowsOf = (text) => text.replace(/\r\n?/g, "\n").replace(/\n+$/, "").split("\n");

/* Whether pasted text is more than one value; line breaks within one text are not. */
export function isBlock(text, kind) {
  if (kind === "table") return false;
  return text.includes("\t") || (kind !== "text" && rowsOf(text.trim()).length > 1);
}

/* How the columns are most likely parted. */
export function parting(text) {
  if (text.includes("\t")) return "tab";
  const lines = rowsOf(text);
  if (lines.some((line) => SPACES.test(line.trim()))) return "wide";
  const counts = new Set(lines.map((line) => line.trim().split(/\s+/).length));
  const figures = lines.every((line) => line.trim().split(/\s+/).every((word) => /^[-−–(=]?[\d.]/.test(word)));
  return counts.size === 1 && !counts.has(1) && figures ? "space" : "none";
}

export const split = (text, how) => PARTS[how](text);

/* Tab-separated rows as a spreadsheet copies them: a cell in quotes may hold tabs and line breaks. */
function tabbed(text) {
  const rows = [[]];
  const cells = /(?:"((?:[^"]|"")*)"|([^\t\n]*))(\t|\n|$)/y;
  const plain = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "");
  while (cells.lastIndex <= plain.length) {
    const [, quoted, bare, end] = cells.exec(plain) ?? ["", undefined, "", ""];
    rows.at(-1).push((quoted?.replaceAll('""', '"') ?? bare).trim());
    if (!end) break;
    if (end === "\n") rows.push([]);
  }
  return rows;
}

export const turned = (rows) => {
  const width = Math.max(...rows.map((row) => row.length));
  return Array.from({ length: width }, (_, at) => rows.map((row) => row[at] ?? ""));
};

/* The dialog of one paste. `land(rows)` says which path each value lands on, `send(cells, save)` asks
   the server, `saved(answer)` shows what came of it. */
export function ask(dialog, text, { land, send, saved, done }) {
  const form = dialog.querySelector("form");
  const place = dialog.querySelector("[data-lands]");
  const put = dialog.querySelector("[data-put]");
  form.elements.parted.value = parting(text);
  form.elements.turn.checked = false;
  let cells = [];
  let asked = 0;

  async function look() {
    const rows = split(text, form.elements.parted.value);
    cells = land(form.elements.turn.checked ? turned(rows) : rows);
    put.disabled = true;
    const mine = (asked += 1);
    const answer = await send(cells, false);
    if (mine !== asked) return;
    place.innerHTML = answer.html ?? "<p>The server could not be reached. Nothing was changed.</p>";
    put.disabled = !answer.ready;
    put.textContent = answer.ready === 1 ? "Put in 1 value" : `Put in ${answer.ready ?? 0} values`;
  }

  async function commit(event) {
    event.preventDefault();
    put.disabled = true;
    const answer = await send(cells, true);
    if (answer.cells) {
      dialog.close();
      saved(answer);
    } else place.innerHTML = answer.html ?? "<p>The server could not be reached. Nothing was changed.</p>";
  }

  dialog.querySelector("[data-close]").onclick = () => dialog.close();
  form.onchange = look;
  form.onsubmit = commit;
  dialog.onclose = () => {
    asked += 1;
    done();
  };
  dialog.showModal();
  return look();
}
