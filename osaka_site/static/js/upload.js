/* A picture's form shows how much of the file has been sent, and says what is wrong
   with a file before it is. The file stays chosen when something else has to be
   corrected. Without this script the form works as any other. */
{
  const input = document.querySelector("input[type=file][data-max-bytes]");
  const form = input?.form;

  if (form && !form.elements._popup) {
    const words = input.dataset;
    const note = document.createElement("p");
    note.className = "upload-note";
    note.setAttribute("role", "status");
    const bar = document.createElement("progress");
    bar.setAttribute("aria-label", words.sending);
    bar.hidden = true;
    input.after(note, bar);

    const complaint = () => {
      const [file] = input.files;
      if (!file) return "";
      if (file.size > Number(words.maxBytes)) return words.tooLarge;
      const isKnown = !file.type || input.accept.split(",").includes(file.type);
      return isKnown ? "" : words.wrongType;
    };

    const say = sentence => {
      note.textContent = sentence;
      note.classList.toggle("is-error", sentence !== "" && sentence !== words.sending);
    };

    const setBusy = isBusy => {
      bar.hidden = !isBusy;
      bar.removeAttribute("value");
      for (const button of form.querySelectorAll("[type=submit]")) {
        button.disabled = isBusy;
      }
    };

    const giveUp = () => {
      setBusy(false);
      say(words.interrupted);
      // What was written is unsaved again: leaving the page asks.
      form.dispatchEvent(new Event("input"));
    };

    const showErrors = page => {
      for (const old of form.querySelectorAll(".errornote, .errorlist")) old.remove();
      for (const old of form.querySelectorAll("[aria-invalid]")) {
        old.removeAttribute("aria-invalid");
      }
      for (const list of page.querySelectorAll(`#${form.id} .errorlist`)) {
        const id = list.id.replace(/_error$/, "");
        const control = id && document.getElementById(id);
        if (control) {
          control.closest(".flex-container").before(list);
          control.setAttribute("aria-invalid", "true");
          control.setAttribute(
            "aria-describedby",
            page.getElementById(id).getAttribute("aria-describedby") ?? list.id,
          );
        } else {
          form.prepend(list);
        }
      }
      const top = page.querySelector(`#${form.id} .errornote`);
      if (top) form.prepend(top);
      setBusy(false);
      say("");
      form.dispatchEvent(new Event("input"));
      form.scrollIntoView();
    };

    const takeAnswer = request => {
      const type = request.getResponseHeader("Content-Type") ?? "";
      if (type.startsWith("application/json")) {
        location.assign(JSON.parse(request.responseText).location);
      } else if (request.status === 200) {
        const page = new DOMParser().parseFromString(request.responseText, "text/html");
        if (page.getElementById(form.id)) showErrors(page);
        else location.assign(request.responseURL);
      } else {
        giveUp();
      }
    };

    const send = button => {
      const data = new FormData(form);
      if (button?.name) data.append(button.name, button.value);
      const request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
      request.upload.addEventListener("progress", event => {
        if (event.lengthComputable) bar.value = event.loaded / event.total;
      });
      request.addEventListener("load", () => takeAnswer(request));
      for (const end of ["error", "abort", "timeout"]) {
        request.addEventListener(end, giveUp);
      }
      setBusy(true);
      say(words.sending);
      request.send(data);
    };

    input.addEventListener("change", () => say(complaint()));
    form.addEventListener("submit", event => {
      if (input.files.length === 0) return;
      event.preventDefault();
      if (complaint()) {
        say(complaint());
        input.focus();
      } else {
        send(event.submitter);
      }
    });
  }
}
