/* Asks the browser for a security key and sends its answer with the form. What the
   site asks for stands in the page; bytes travel as text, in base64url. */
{
  const form = document.querySelector("form.security-key");
  const button = form.querySelector("[type=submit]");
  const note = form.querySelector("[role=status]");
  const asked = JSON.parse(document.getElementById("security-key").textContent);

  const bytes = text =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), letter =>
      letter.charCodeAt(0),
    );

  const text = buffer =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");

  const keys = list => (list ?? []).map(key => ({ ...key, id: bytes(key.id) }));

  const create = ({ publicKey: wanted }) =>
    navigator.credentials.create({
      publicKey: {
        ...wanted,
        challenge: bytes(wanted.challenge),
        user: { ...wanted.user, id: bytes(wanted.user.id) },
        excludeCredentials: keys(wanted.excludeCredentials),
      },
    });

  const get = ({ publicKey: wanted }) =>
    navigator.credentials.get({
      publicKey: {
        ...wanted,
        challenge: bytes(wanted.challenge),
        allowCredentials: keys(wanted.allowCredentials),
      },
    });

  const PARTS = [
    "attestationObject",
    "authenticatorData",
    "clientDataJSON",
    "signature",
    "userHandle",
  ];

  const inText = credential => ({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: Object.fromEntries(
      PARTS.filter(part => credential.response[part]).map(part => [
        part,
        text(credential.response[part]),
      ]),
    ),
  });

  const ask = async () => {
    button.disabled = true;
    note.textContent = form.dataset.waiting;
    try {
      const answer = asked.creation_options
        ? await create(asked.creation_options)
        : await get(asked.request_options);
      form.elements.credential.value = JSON.stringify(inText(answer));
      form.submit();
    } catch {
      note.textContent = form.dataset.refused;
      button.disabled = false;
    }
  };

  form.addEventListener("submit", event => {
    event.preventDefault();
    if (window.PublicKeyCredential) ask();
    else note.textContent = form.dataset.unknown;
  });
}
