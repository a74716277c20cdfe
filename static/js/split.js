/* The divider of a .split: drag it, or focus it and use the arrow keys. Where it stands is remembered
   for this browser under the name in data-split. */

for (const split of document.querySelectorAll("[data-split]")) {
  const divider = split.querySelector(".divider");
  const memory = `concord.split.${split.dataset.split}`;

  const place = (percent) => {
    const at = Math.round(Math.min(75, Math.max(25, percent)));
    split.style.setProperty("--split", `${at}%`);
    divider.setAttribute("aria-valuenow", at);
    return at;
  };

  const moved = (percent) => localStorage.setItem(memory, place(percent));

  divider.addEventListener("pointerdown", (event) => {
    divider.setPointerCapture(event.pointerId);
    event.preventDefault();
  });

  divider.addEventListener("pointermove", (event) => {
    if (!divider.hasPointerCapture(event.pointerId)) return;
    const box = split.getBoundingClientRect();
    moved((100 * (event.clientX - box.left)) / box.width);
  });

  divider.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -2, ArrowRight: 2 }[event.key];
    if (!step) return;
    moved(Number(divider.getAttribute("aria-valuenow")) + step);
    event.preventDefault();
  });

  place(Number(localStorage.getItem(memory)) || 46);
}
