/* Differences by key: 1 and 2 take a side, = types another value, 0 leaves it to the third person,
   j and k walk, Shift+Enter accepts all of the chosen harmless type. The next open cell is taken in
   hand when one is closed. */

const list = document.getElementById("differences");
const articles = () => [...(list?.querySelectorAll(".diff") ?? [])];
const inHand = () => articles().find((each) => each.ariaCurrent) ?? articles()[0];

function take(article) {
  if (!article) return;
  inHand()?.removeAttribute("aria-current");
  article.setAttribute("aria-current", "true");
  article.scrollIntoView({ block: "nearest" });
}

function walk(by) {
  const all = articles();
  take(all[all.indexOf(inHand()) + by]);
}

const typing = (target) => target.matches("input:not([type=radio]), textarea, select");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key === "Enter" && event.shiftKey) {
    document.querySelector("form[data-accept]")?.requestSubmit();
    event.preventDefault();
    return;
  }
  const article = inHand();
  if (!article) return;
  const button = article.querySelector(`[data-press="${CSS.escape(event.key)}"]`);
  if (button) button.click();
  else if (event.key === "=") article.querySelector("[data-other]")?.focus();
  else if (event.key === "j" || event.key === "ArrowDown") walk(1);
  else if (event.key === "k" || event.key === "ArrowUp") walk(-1);
  else return;
  event.preventDefault();
});

list?.addEventListener("focusin", (event) => take(event.target.closest(".diff")));

/* Enter in the field for another value takes that value, not the first button of the form. */
list?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches(".diff-act input")) return;
  event.preventDefault();
  event.target.form.querySelector("[value=other]").click();
});

addEventListener("htmx:afterSwap", (event) => {
  const article = document.getElementById(event.detail.target.id);
  if (!article?.matches(".diff")) return;
  take(article);
  if (article.dataset.status !== "open" && !article.querySelector(".errorlist")) {
    const all = articles();
    take(all.slice(all.indexOf(article) + 1).find((each) => each.dataset.status === "open"));
  }
});
