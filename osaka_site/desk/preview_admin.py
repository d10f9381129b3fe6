"""What a record's admin offers beside its form: the page to come, in a frame."""

from datetime import date, datetime, time

from csp.constants import SELF
from csp.decorators import csp_replace
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from . import previews, sharing
from .models import SharedDraft

NOW = "now"  # stands in the address in place of a day
OUT_OF_RANGE = _("Choose a day between 1900 and 2100.")


class ShareForm(forms.ModelForm):
    days = forms.TypedChoiceField(
        label=_("Works for"),
        coerce=int,
        initial=14,
        choices=lambda: [
            (days, ngettext("%(days)d day", "%(days)d days", days) % {"days": days})
            for days in sharing.DAYS
        ],
    )

    class Meta:
        model = SharedDraft
        fields = ["made_for"]


class PreviewForm(forms.Form):
    """How the page shall be shown. What is no choice is taken as not chosen; only a
    day is typed, so only a day can be wrong."""

    WIDTHS = [("1280", _("Desktop, 1280 pixels")), ("375", _("Phone, 375 pixels"))]

    on = forms.DateField(
        label=_("As on"),
        required=False,
        help_text=_("At 00:00 in Japan. Empty: as now."),
        error_messages={"invalid": _("Write a day that there is, such as 2027-04-01.")},
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        validators=[
            MinValueValidator(date(1900, 1, 1), OUT_OF_RANGE),
            MaxValueValidator(date(2100, 12, 31), OUT_OF_RANGE),
        ],
    )

    @property
    def language(self):
        return _language_of(self.data)

    @property
    def width(self):
        sent = self.data.get("width")
        return sent if sent in dict(self.WIDTHS) else self.WIDTHS[0][0]

    @property
    def day(self):
        return self.cleaned_data.get("on") if self.is_valid() else None


def chosen_language(request):
    """The language that the page is asked for in, else that of the desk."""
    return _language_of(request.GET)


def _language_of(data):
    sent, languages = data.get("language"), dict(settings.LANGUAGES)
    return next(code for code in (sent, get_language(), "ja") if code in languages)


def framed(view):
    """For a frame on a page of ours: nobody else may frame it, keep it or list it."""

    @require_safe
    @xframe_options_sameorigin
    @csp_replace({"frame-ancestors": [SELF]})
    def in_frame(request, *args, **kwargs):
        answer = view(request, *args, **kwargs)
        answer["X-Robots-Tag"] = "noindex, nofollow"
        return answer

    return in_frame


class PreviewMixin:
    """Pages of one record: the preview, both sides of the comparison, shared links.

    Stands before ``DeskMixin``.
    """

    def get_urls(self):
        frame = "<int:pk>/preview/page/"
        own = [
            ("preview", "<int:pk>/preview/", require_safe(self.preview_view)),
            ("preview_page", frame, framed(self.page_view)),
            (
                "preview_walk",
                f"{frame}<slug:on>/<path:address>",
                framed(self.walk_view),
            ),
            ("compare_page", "<int:pk>/compare/page/", framed(self.compare_view)),
            ("share", "<int:pk>/share/", self.share_view),
        ]
        opts = self.opts
        return [
            path(
                route,
                self.admin_site.admin_view(view),
                name=f"{opts.app_label}_{opts.model_name}_{name}",
            )
            for name, route, view in own
        ] + super().get_urls()

    def addresses(self, record):
        names = ["preview", "compare_page", "share"]
        return {
            **super().addresses(record),
            **{name: self.address(name, record) for name in names},
        }

    def preview_view(self, request, pk):
        record = self._record(request, pk)
        form = PreviewForm(request.GET)
        chosen = urlencode({"language": form.language, "on": form.day or ""})
        return self._page(
            request,
            "preview",
            record,
            title=_("Preview: %(record)s") % {"record": record},
            form=form,
            page_address=f"{self.address('preview_page', record)}?{chosen}",
            is_nav_sidebar_enabled=False,
        )

    def page_view(self, request, pk):
        """The record's own page, by the address that it has in the preview."""
        record = self._record(request, pk)
        form = PreviewForm(request.GET)
        address = previews.future_address(record, form.language)
        if not address:
            return _not_shown(request)
        on = form.day.isoformat() if form.day else NOW
        return HttpResponseRedirect(self._frame(record, on) + address)

    def walk_view(self, request, pk, on, address):
        """Any public page as it will be: its address stands behind that of the frame,
        and the links in it lead on through the frame."""
        record = self._record(request, pk)
        moment = _moment(on)
        address = f"/{address}"
        if not (public := previews.PUBLIC.match(address)):
            raise Http404
        if query := request.META.get("QUERY_STRING"):
            address += f"?{query}"
        answer = previews.page(record, public[1], moment, address)
        base = self._frame(record, on)
        if answer.status_code == 404:
            return _not_shown(request)
        if "Location" in answer:
            answer["Location"] = base + answer["Location"]
        if answer["Content-Type"].startswith("text/html"):
            answer.content = previews.keep_inside(answer.text, base)
        return answer

    def _frame(self, record, on):
        return self.address("preview_page", record) + on

    def compare_view(self, request, pk):
        """One side of the comparison."""
        record = self._record(request, pk)
        before, after = previews.compare(record, chosen_language(request))
        is_before = request.GET.get("side") == "before"
        if not (html := before if is_before else after):
            return _not_shown(request, is_before=is_before)
        return HttpResponse(
            previews.with_head(
                html,
                first='<base target="_blank">',
                last=previews.style_sheet("compare") + previews.script("compare"),
            )
        )

    def share_view(self, request, pk):
        """Makes links to the record, lists them, and withdraws them.

        A new link is told in the answer that makes it, and never again.
        """
        record = self._record(request, pk)
        if not self.has_change_permission(request, record):
            raise PermissionDenied
        if request.method == "POST" and "withdraw" in request.POST:
            self._withdraw(request, record)
            return redirect(request.path)
        has_page = bool(previews.future_address(record, get_language()))
        form, address = ShareForm(request.POST or None), ""
        if has_page and form.is_valid():
            key = sharing.make(record, request.user, **form.cleaned_data)
            address = settings.SITE_URL + reverse("shared_draft", args=[key])
            form = ShareForm()
        links = SharedDraft.objects.of(record).select_related("made_by")
        return self._page(
            request,
            "share",
            record,
            title=_("Share a draft: %(record)s") % {"record": record},
            form=form,
            new_address=address,
            has_page=has_page,
            links=links.with_remark_counts(),
        )

    def _withdraw(self, request, record):
        if link := sharing.withdraw(record, request.user, request.POST["withdraw"]):
            sentence = _("The link for %(whom)s no longer works.")
            messages.success(request, sentence % {"whom": link.made_for})
        else:
            messages.error(request, _("This link was withdrawn already."))


def _moment(on):
    """The moment that an address of the preview names; ``None``: now."""
    if on == NOW:
        return None
    form = PreviewForm({"on": on})
    if not form.day:
        raise Http404
    return timezone.make_aware(datetime.combine(form.day, time.min))


def _not_shown(request, **context):
    return render(request, "admin/desk/not_shown.html", context, status=404)
