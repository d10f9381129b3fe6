/* What the admin's forms lack: names for the lists that have a search of their own
   and for the boxes in tables; mistakes that are never in a folded section; a
   question before unsaved words are lost. */
{
  const nameOf = control => {
    const cell = control.closest(".tabular td");
    const name = cell
      ? cell.closest("table").tHead.rows[0].cells[cell.cellIndex]
      : control.labels[0];
    name.id ||= `name-of-${control.id}`;
    return name.id;
  };

  const nameParts = root => {
    for (const box of root.querySelectorAll(".tabular td.delete input")) {
      box.setAttribute("aria-labelledby", nameOf(box));
    }
    for (const select of root.querySelectorAll("select.select2-hidden-accessible")) {
      const name = nameOf(select);
      const list = select.nextElementSibling;
      for (const part of list.querySelectorAll("[role=textbox], .select2-search__field")) {
        part.setAttribute("aria-labelledby", name);
      }
      const single = list.querySelector("[role=combobox][aria-labelledby]");
      single?.setAttribute("aria-labelledby", `${name} select2-${select.id}-container`);
    }
  };

  const form = document.querySelector(
    ".change-form #content-main form[id$=_form], .replace-form:has(.admin-autocomplete)",
  );
  if (form) {
    for (const section of form.querySelectorAll("details:has(.errorlist)")) {
      section.open = true;
    }

    let isChanged = form.querySelector(".errorlist") !== null;
    form.addEventListener("submit", () => { isChanged = false; });
    addEventListener("beforeunload", event => { if (isChanged) event.preventDefault(); });
    document.addEventListener("formset:added", event => nameParts(event.target));

    // After Django's own scripts have drawn the lists and said "change" themselves.
    window.django?.jQuery?.(() => {
      nameParts(form);
      django.jQuery(form).on("input change", () => { isChanged = true; });
    });
  }
}
