"""An admin form from outside: what a browser would send of it, what came back."""

import html5lib

CONTROLS = {"input", "select", "textarea"}
UNSENT = {"submit", "button", "reset", "image", "file"}


def form_data(response, **typed):
    """What the form on the page would send, with what somebody ``typed`` into it."""
    page = html5lib.parse(response.content.decode(), namespaceHTMLElements=False)
    form = next(
        form for form in page.iter("form") if form.get("id", "").endswith("_form")
    )
    sent = {}
    for control in form.iter():
        name = control.get("name", "") if control.tag in CONTROLS else ""
        if name and "__prefix__" not in name and control.get("disabled") is None:
            values = _values(control)
            if values or control.get("multiple") is not None:
                sent[name] = (
                    values if control.get("multiple") is not None else values[0]
                )
    return {**sent, **typed}


def _values(control):
    if control.tag == "textarea":
        # A line break right after the tag is not part of the text.
        return [(control.text or "").removeprefix("\n")]
    if control.tag == "select":
        options = list(control.iter("option"))
        chosen = [option for option in options if option.get("selected") is not None]
        if not chosen and control.get("multiple") is None:
            chosen = options[:1]
        return [option.get("value") for option in chosen]
    kind = control.get("type")
    if kind in UNSENT or (
        kind in ("checkbox", "radio") and control.get("checked") is None
    ):
        return []
    return [control.get("value", "on" if kind in ("checkbox", "radio") else "")]


def errors_of(response):
    """Every sentence that names an error, by the field it stands at."""
    form = response.context["adminform"].form
    errors = {name: list(sentences) for name, sentences in form.errors.items()}
    for inline in response.context["inline_admin_formsets"]:
        for row in inline.formset.forms:
            for name, sentences in row.errors.items():
                errors[row.add_prefix(name)] = list(sentences)
        if inline.formset.non_form_errors():
            errors[inline.formset.prefix] = list(inline.formset.non_form_errors())
    return errors


def messages_of(response):
    return [str(message) for message in response.context["messages"]]
