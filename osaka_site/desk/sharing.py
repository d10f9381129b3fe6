"""Links by which somebody without an account reads one record before it is public."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import unquote

from django import forms
from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import F
from django.http import Http404
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from osaka_site.translation import language_tag
from osaka_site.views import file_answer

from . import mails, previews
from .copies import copy_of
from .models import Revision, SharedDraft
from .workflow import record_step

REMARKS_A_DAY = 20  # for each link
DAYS = (7, 14, 30)  # how long a link may work
_FILE = re.compile(r'(\s(?:src|srcset|href)=")([^"]*)"')
_TWIN = re.compile(r'(<a href=")([^"]*)(" lang="[\w-]+" hreflang=)')
_HEADER = '<header class="site-head">'


# ---- staff -----------------------------------------------------------------------


@transaction.atomic
def make(record, user, *, made_for, days):
    """Returns the key of a new link."""
    key = SharedDraft.new_key()
    SharedDraft.objects.create(
        record=record,
        digest=SharedDraft.digest_of(key),
        made_for=made_for,
        made_by=user,
        expires_at=timezone.now() + timedelta(days=days),
    )
    record_step(record, Revision.Action.SHARED, user, made_for)
    return key


@transaction.atomic
def withdraw(record, user, number):
    """Returns the link, or ``None`` where the record has no such link at work."""
    links = SharedDraft.objects.of(record).filter(revoked_at=None)
    try:
        link = forms.ModelChoiceField(links).clean(number)
    except forms.ValidationError:
        return None
    if not links.filter(pk=link.pk).update(revoked_at=timezone.now()):
        return None  # somebody else was first
    record_step(record, Revision.Action.UNSHARED, user, link.made_for)
    return link


# ---- everybody who has the link --------------------------------------------------


class RemarkForm(forms.Form):
    name = forms.CharField(
        label=_("Your name"),
        max_length=80,
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    remark = forms.CharField(
        label=_("Your remark"), max_length=2000, widget=forms.Textarea({"rows": 5})
    )


def for_whoever_has_the_link(view):
    """Nothing of it is kept or listed, and no other site learns the address.

    Not ``no-referrer``: browsers then send the form of the page without its origin,
    and the protection against forged requests has to refuse it.
    """

    @cache_control(no_store=True, private=True)
    def shared(request, *args, **kwargs):
        sent = request.GET.get("language")
        is_known = sent in dict(settings.LANGUAGES)
        with override(sent if is_known else get_language()):
            answer = view(request, *args, **kwargs)
            answer["Content-Language"] = language_tag(get_language())
        answer["X-Robots-Tag"] = "noindex, nofollow"
        answer["Referrer-Policy"] = "same-origin"
        return answer

    return shared


@require_http_methods(["GET", "HEAD", "POST"])
@for_whoever_has_the_link
def shared_draft(request, key):
    """The page of one record as it will be, with a bar that takes remarks.

    Nothing tells a link that was withdrawn from one that never was.
    """
    link, record = _find(key)
    answer = link and previews.page(record, get_language())
    if not answer or answer.status_code != 200:
        return _gone(request)
    form = RemarkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if _keep_remark(link, record, **form.cleaned_data):
            return redirect(f"{request.path}?language={get_language()}&sent=1")
        form.add_error(
            None,
            _(
                "This link takes no more remarks today. Please write again tomorrow, "
                "or to the person who sent it to you."
            ),
        )
    if request.method == "GET":
        SharedDraft.objects.filter(pk=link.pk).update(
            read_count=F("read_count") + 1, last_read_at=timezone.now()
        )
    bar = render_to_string(
        "desk/includes/shared_bar.html",
        {
            "link": link,
            "record": record,
            "form": form,
            "language": get_language(),
            "is_sent": "sent" in request.GET,
            "is_public": record.is_published and copy_of(record) is None,
        },
        request,
    )
    html = _with_own_addresses(answer.text, request.path, key, link)
    html = previews.with_head(html, last=previews.style_sheet("shared"))
    answer.content = html.replace(_HEADER, bar + _HEADER, 1)
    return answer


@require_http_methods(["GET", "HEAD"])
@for_whoever_has_the_link
def shared_file(request, key, signature, name):
    """A picture or document that the page of the link shows, public or not."""
    link, _record = _find(key)
    if link and _is_signed(link, name, signature):
        try:
            return file_answer(name)
        except Http404:
            pass
    return _gone(request)


def _find(key):
    link = SharedDraft.objects.working().with_key(key).first()
    record = link and link.record
    return (link, record) if record and not record.trashed_at else (None, None)


def _gone(request):
    return render(request, "desk/shared_gone.html", status=404)


@transaction.atomic
def _keep_remark(link, record, *, name, remark):
    """Whether there was still room for it today."""
    SharedDraft.objects.select_for_update().get(pk=link.pk)  # one at a time
    since = timezone.now() - timedelta(days=1)
    if link.remarks.filter(at__gt=since).count() >= REMARKS_A_DAY:
        return False
    revision = Revision.objects.create(
        record=record,
        action=Revision.Action.REMARKED,
        by_name=name,
        comment=remark,
        through=link,
    )
    mails.notify(revision)
    return True


def _with_own_addresses(html, path, key, link):
    """The page in its other languages is behind this link too, and so are its files;
    other links lead to the public site."""

    def twin(found):
        start, address, end = found.groups()
        language = previews.PUBLIC.match(address)
        return f"{start}{path}?language={language[1]}{end}" if language else found[0]

    def files(found):
        start, addresses = found.groups()
        return f'{start}{name_of_file.sub(signed, addresses)}"'

    def signed(found):
        name = unquote(unescape(found[1]))
        return reverse("shared_file", args=[key, _signature(link, name), name])

    name_of_file = re.compile(rf"(?<![^\s,]){re.escape(settings.MEDIA_URL)}([^\s,]+)")
    return _FILE.sub(files, _TWIN.sub(twin, html))


def _signature(link, name):
    return _signer().signature(f"{link.pk} {name}")


def _is_signed(link, name, signature):
    """Also with a former SECRET_KEY: the page may be open since then."""
    try:
        _signer().unsign(f"{link.pk} {name}:{signature}")
    except BadSignature:
        return False
    return True


def _signer():
    return Signer(salt="osaka_site.desk.sharing")
