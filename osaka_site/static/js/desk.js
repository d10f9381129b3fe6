/* A record's form says every minute that it is open, and hears who else has it open. */
{
  const note = document.querySelector("[data-presence]");
  const form = note?.closest("form");
  if (note?.dataset.presence) {
    const ask = async () => {
      const answer = await fetch(note.dataset.presence, {
        method: "POST",
        headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
      });
      if (!answer.ok) return;
      const { others } = await answer.json();
      note.querySelector("strong").textContent = others.join(", ");
      note.hidden = others.length === 0;
    };
    setInterval(() => ask().catch(() => {}), 60_000);
  }
}
