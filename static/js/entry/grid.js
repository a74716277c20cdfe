/* Where cells lie: rows of the tables on the page, one below the other, hidden ones left out. */

const rows = (sheet) => [...sheet.querySelectorAll("tr")].filter((row) => row.offsetParent && row.querySelector(".cell"));
const columnOf = (td) => [...td.parentElement.querySelectorAll("td")].indexOf(td);

/* The cell `down` rows and `right` columns from one; a row of one wide cell counts as every column. */
export function neighbour(sheet, cell, down, right) {
  const td = cell.closest("td");
  const all = down ? rows(sheet) : [td.parentElement];
  const row = all[all.indexOf(td.parentElement) + down];
  const cells = row ? [...row.querySelectorAll("td")] : [];
  const column = columnOf(td);
  return cells[right ? column + right : Math.min(column, cells.length - 1)]?.querySelector(".cell");
}

/* The cell after one, in the order of reading. */
export function following(sheet, cell) {
  const all = [...sheet.querySelectorAll(".cell")].filter((one) => one.offsetParent && one.querySelector(".cell-line :is(input, select, textarea)"));
  return all[all.indexOf(cell) + 1];
}

/* For rows of pasted text from a cell on: [{path, given}], path "" where the sheet has no cell. */
export function land(sheet, cell, block) {
  const td = cell.closest("td");
  const all = rows(sheet);
  const [top, left] = [all.indexOf(td.parentElement), columnOf(td)];
  return block.flatMap((values, down) => {
    const cells = all[top + down] ? [...all[top + down].querySelectorAll("td")] : [];
    const start = cells.length === 1 ? 0 : left;
    return values.map((given, right) => ({ path: cells[start + right]?.querySelector(".cell")?.dataset.path ?? "", given }));
  });
}
