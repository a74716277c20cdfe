/* How the paper prints the value of a cell: chosen beside the cell, kept with it, and sent with the value.
   The chooser is one for the whole sheet, so that a thousand cells carry no list each. */

const sheet = document.getElementById("sheet");
const chooser = document.getElementById("formats");
const GAP = 4;
let cell = null;

const shown = () => [...chooser.querySelectorAll("[data-kind]:not([hidden]) .format-choice:not([hidden])")];

function open(target) {
  cell = target;
  for (const group of chooser.querySelectorAll("[data-kind]")) group.hidden = group.dataset.kind !== cell.dataset.kind;
  for (const choice of chooser.querySelectorAll(".format-choice")) {
    choice.hidden = "ratio" in choice.dataset && cell.dataset.scale !== "log";
    choice.setAttribute("aria-pressed", choice.dataset.as === cell.dataset.as);
  }
  chooser.showPopover();
  const { left, bottom, top } = cell.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = chooser;
  const below = bottom + GAP + height <= innerHeight;
  chooser.style.insetInlineStart = `${Math.max(GAP, Math.min(left, innerWidth - width - GAP))}px`;
  chooser.style.insetBlockStart = `${Math.max(GAP, below ? bottom + GAP : top - GAP - height)}px`;
  (shown().find((choice) => choice.getAttribute("aria-pressed") === "true") ?? shown()[0]).focus();
}

function choose({ dataset, firstElementChild }) {
  cell.dataset.as = dataset.as;
  cell.querySelector(".format").firstChild.textContent = firstElementChild.textContent;
  const input = cell.querySelector("input");
  input.placeholder = dataset.example;
  chooser.hidePopover();
  input.focus();
  input.select();
  cell.dispatchEvent(new CustomEvent("concord:format", { bubbles: true }));
}

function move(event, by) {
  const all = shown();
  const next = all[(all.indexOf(document.activeElement) + by + all.length) % all.length];
  next.focus();
  event.preventDefault();
}

if (chooser && sheet?.dataset.save) {
  sheet.addEventListener("click", (event) => {
    const link = event.target.closest("a.format");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    open(link.closest(".cell"));
  });
  sheet.addEventListener("click", (event) => {
    const link = event.target.closest("[data-read-as]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    cell = link.closest(".cell");
    choose(chooser.querySelector(`[data-kind="${cell.dataset.kind}"] [data-as="${link.dataset.readAs}"]`));
  });
  chooser.addEventListener("click", (event) => {
    const choice = event.target.closest(".format-choice");
    if (choice) choose(choice);
  });
  chooser.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowRight") move(event, 1);
    if (event.key === "ArrowUp" || event.key === "ArrowLeft") move(event, -1);
    if (event.key === "Escape") setTimeout(() => cell.querySelector("input").focus());
  });
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.code !== "Digit8") return;
    const here = document.activeElement.closest?.(".cell");
    if (!here?.querySelector("a.format")) return;
    event.preventDefault();
    open(here);
  });
}
