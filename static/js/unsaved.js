/* Ask before a page is left whose form (data-unsaved) holds what nobody has kept: what was changed
   on it, or what the server only gave back ("yes"). The form may be another one by then: htmx. */

const watched = (form, unsaved) => {
  if (form?.matches("[data-unsaved]")) form.dataset.unsaved = unsaved;
};

addEventListener("input", (event) => watched(event.target.form, "yes"));
addEventListener("submit", (event) => watched(event.target, ""));
addEventListener("beforeunload", (event) => {
  if (document.querySelector("form[data-unsaved=yes]")) event.preventDefault();
});
