/* A field's form shows only what its kind of answer can use. Without this all parts are there, and
   the server says which of them do not belong. */

const form = document.querySelector("[data-field-form] form");
const NUMBERS = ["integer", "decimal", "percent", "mean_sd"];
const USES = {
  unit: ["integer", "decimal", "mean_sd", "estimate"],
  min: NUMBERS,
  max: NUMBERS,
  soft_min: NUMBERS,
  soft_max: NUMBERS,
  decimals: ["decimal", "percent", "mean_sd"],
  scale: ["estimate"],
  n: ["mean_sd", "events", "estimate"],
  options: ["choice", "multichoice"],
  terms: ["vocabulary"],
  open: ["vocabulary"],
  columns: ["table"],
};

function fit() {
  const { kind, level } = form.elements;
  for (const [name, kinds] of Object.entries(USES)) {
    const fits = kinds.includes(kind.value);
    form.elements[name].closest(".field").hidden = !fits;
    form.elements[name].disabled = !fits;
  }
  form.elements.by_arm.closest(".field").hidden = level.value !== "outcome";
  form.elements.by_arm.disabled = level.value !== "outcome";
}

if (form?.elements.kind) {
  form.addEventListener("change", fit);
  fit();
}
