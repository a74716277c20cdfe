/* A field's form shows only what its kind of answer can use. Without this all parts are there, and
   the server says which of them do not belong. */

const form = document.querySelector("[data-field-form] form");
const USES = {
  unit: ["integer", "decimal", "mean_sd"],
  min: ["integer", "decimal", "mean_sd"],
  max: ["integer", "decimal", "mean_sd"],
  soft_min: ["integer", "decimal", "mean_sd"],
  soft_max: ["integer", "decimal", "mean_sd"],
  decimals: ["decimal", "mean_sd"],
  options: ["choice", "multichoice"],
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
