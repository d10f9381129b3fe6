/* Two things the admin's forms lack: a mistake is never in a folded section,
   and leaving a page with unsaved changes asks first. */
for (const section of document.querySelectorAll("details")) {
  if (section.querySelector(".errorlist")) section.open = true;
}

const form = document.querySelector(".change-form #content-main form");
if (form) {
  let isChanged = form.querySelector(".errorlist") !== null;
  // The lists with a search of their own tell jQuery only.
  django.jQuery(form).on("input change", () => { isChanged = true; });
  form.addEventListener("submit", () => { isChanged = false; });
  addEventListener("beforeunload", event => { if (isChanged) event.preventDefault(); });
}
