/* A passage of a page: from a selection, from the word under a click, or from a found text, to the
   page, its boxes as fractions of the page, and its words. */

const SAME_LINE = 0.5; // share of the height of the lower box that two boxes of a line have in common
const GAP = 0.02; // of the width of the page; a wider one parts two columns
const PLACES = 1e4;

/* What is selected on the paper, or null. What runs over several pages is marked on its first. */
export function selected(paper) {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const leaf = paper.leafAt(range.startContainer);
  return leaf ? passage(leaf, range, selection.toString()) : null;
}

/* The word at a point, with the line it stands in as its quote; null beside the text. */
export function wordAt(paper, x, y) {
  const caret = document.caretPositionFromPoint?.(x, y);
  const old = caret ? null : document.caretRangeFromPoint?.(x, y);
  const node = caret?.offsetNode ?? old?.startContainer;
  const leaf = paper.leafAt(node);
  if (node?.nodeType !== Node.TEXT_NODE || !leaf) return null;
  const at = caret?.offset ?? old.startOffset;
  const text = node.data;
  const start = at - text.slice(0, at).match(/\S*$/)[0].length;
  const end = at + text.slice(at).match(/^\S*/)[0].length;
  if (start === end) return null;
  const range = document.createRange();
  range.setStart(node, start);
  range.setEnd(node, end);
  const found = passage(leaf, range, line(node.parentElement));
  return found && { ...found, word: text.slice(start, end) };
}

/* The passage of a range on a page. */
export function passage(leaf, range, text) {
  const page = leaf.element.getBoundingClientRect();
  const boxes = lines([...range.getClientRects()].map((rect) => share(rect, page)).filter(Boolean));
  const quote = plain(text);
  return boxes.length && quote ? { page: leaf.number, boxes, quote } : null;
}

/* One line of text, words that were broken at its end made whole. */
function plain(text) {
  return text.replace(/(\p{L})[-\u00ad]\s*\n\s*(\p{Ll})/gu, "$1$2").replace(/\s+/g, " ").trim();
}

/* All that stands on the line of a piece of text, from left to right. */
function line(piece) {
  const { top, bottom } = piece.getBoundingClientRect();
  const middle = (top + bottom) / 2;
  return [...piece.closest(".textLayer").querySelectorAll("span[role=presentation]")]
    .map((span) => [span.getBoundingClientRect(), span.textContent])
    .filter(([rect]) => rect.top <= middle && rect.bottom >= middle)
    .sort(([one], [other]) => one.left - other.left)
    .map(([, text]) => text)
    .join(" ");
}

/* A box on the screen as fractions of its page; null for one outside it or without a size. */
function share(rect, page) {
  const within = (value) => Math.round(Math.min(1, Math.max(0, value)) * PLACES) / PLACES;
  const box = [
    within((rect.left - page.left) / page.width),
    within((rect.top - page.top) / page.height),
    within((rect.right - page.left) / page.width),
    within((rect.bottom - page.top) / page.height),
  ];
  return box[0] < box[2] && box[1] < box[3] ? box : null;
}

/* Boxes side by side on one line become one. */
function lines(boxes) {
  const merged = [];
  for (const box of boxes) {
    const last = merged.at(-1);
    if (last && together(last, box)) {
      last[0] = Math.min(last[0], box[0]);
      last[1] = Math.min(last[1], box[1]);
      last[2] = Math.max(last[2], box[2]);
      last[3] = Math.max(last[3], box[3]);
    } else merged.push([...box]);
  }
  return merged;
}

function together(one, other) {
  const common = Math.min(one[3], other[3]) - Math.max(one[1], other[1]);
  const lower = Math.min(one[3] - one[1], other[3] - other[1]);
  const apart = Math.max(one[0], other[0]) - Math.min(one[2], other[2]);
  return common > SAME_LINE * lower && apart < GAP;
}
