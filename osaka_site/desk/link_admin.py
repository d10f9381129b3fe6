"""What the link check found, for staff: read, check again, repair everywhere."""

import time

from django import forms
from django.contrib import admin, messages
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.encoding import uri_to_iri
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from osaka_site.fields import WebAddressField
from osaka_site.link_checking import LONGEST_ADDRESS
from osaka_site.publishing import Publishable
from osaka_site.translation import column_label

from . import link_uses
from .link_models import CheckedLink
from .replacing import admin_address, may_change, places_of, record_replacement

CHECK_SECONDS = 20  # for as long as somebody may wait for a page
USES_SHOWN = 3  # in the list; the link's own page shows all


class BrokenFilter(admin.SimpleListFilter):
    title = _("what to do")
    parameter_name = "repair"

    def lookups(self, request, model_admin):
        return [("broken", _("Repair: broken")), ("moved", _("Replace: moved"))]

    def queryset(self, request, links):
        match self.value():
            case "broken":
                return links.broken()
            case "moved":
                return links.moved()
        return links


class ReplaceForm(forms.Form):
    new = WebAddressField(_("new address"), max_length=LONGEST_ADDRESS).formfield()

    def __init__(self, *args, old, **kwargs):
        super().__init__(*args, **kwargs)
        self.old = old

    def clean_new(self):
        if self.cleaned_data["new"] == self.old:
            raise ValidationError(_("This is the old address."))
        return self.cleaned_data["new"]


@admin.register(CheckedLink)
class CheckedLinkAdmin(admin.ModelAdmin):
    list_display = ["readable", "what_was_found", "where_used", "checked_at"]
    list_filter = [BrokenFilter, "state"]
    list_per_page = 50
    search_fields = ["url"]
    actions = ["check_again"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "address",
                    "what_was_found",
                    "http_status",
                    "leads_to",
                    "checked_at",
                    "failing_since",
                    "where_used_all",
                ]
            },
        )
    ]
    readonly_fields = ["address", "what_was_found", "where_used_all"]

    # Who may see and change the links of the site may do the same here: these rows
    # follow from the records.

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("network.view_externallink")

    def has_check_permission(self, request):
        return request.user.has_perm("network.change_externallink")

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        return (
            super()
            .get_queryset(request)
            .in_use()
            .prefetch_related(
                "uses__content_type", link_uses.with_names("uses__record")
            )
        )

    @admin.display(description=_("address"), ordering="url")
    def readable(self, link):
        """Japanese as Japanese, not as a row of percent signs."""
        return uri_to_iri(link.url)

    @admin.display(description=_("address"))
    def address(self, link):
        return format_html('<a href="{0}" rel="noopener noreferrer">{0}</a>', link.url)

    @admin.display(description=_("what was found"), ordering="state")
    def what_was_found(self, link):
        return link.explanation

    @admin.display(description=_("where it is used"))
    def where_used(self, link):
        more = len(uses := link_uses.kept(link.uses.all())) - USES_SHOWN
        if more <= 0:
            return _use_list(uses)
        words = ngettext("and %(count)d more", "and %(count)d more", more)
        return format_html(
            "{}{}", _use_list(uses[:USES_SHOWN]), words % {"count": more}
        )

    @admin.display(description=_("where it is used"))
    def where_used_all(self, link):
        return _use_list(link_uses.kept(link.uses.all()))

    @admin.action(description=_("Check again"), permissions=["check"])
    def check_again(self, request, queryset):
        self._check(request, queryset.longest_unchecked_first())

    def _check(self, request, links):
        """As many as somebody can wait for, those not asked for longest first."""
        until = time.monotonic() + CHECK_SECONDS
        try:
            checked = list(link_uses.check(links, until=until))
        except link_uses.CutOffError:
            messages.error(
                request,
                _(
                    "No site answers, so nothing was noted. Ask the IT section whether "
                    "this server can reach the internet."
                ),
            )
            return
        failed = sum(link.has_failed for link in checked)
        words = ngettext(
            "%(count)d link is checked; %(failed)d of them failed.",
            "%(count)d links are checked; %(failed)d of them failed.",
            len(checked),
        ) % {"count": len(checked), "failed": failed}
        if left := len(links) - len(checked):
            words += " " + ngettext(
                "For %(count)d more the time was too short: check again.",
                "For %(count)d more the time was too short: check again.",
                left,
            ) % {"count": left}
        messages.success(request, words)

    def get_urls(self):
        pages = [
            ("<int:pk>/check/", self.check_view, "check"),
            ("<int:pk>/replace/", self.replace_view, "replace"),
            ("of/<int:kind>/<int:pk>/", self.of_record_view, "of_record"),
        ]
        return [
            *(
                path(
                    address,
                    self.admin_site.admin_view(view),
                    name=f"desk_checkedlink_{name}",
                )
                for address, view, name in pages
            ),
            *super().get_urls(),
        ]

    def check_view(self, request, pk):
        """The button on a link's own page."""
        self._require_check(request)
        link = get_object_or_404(CheckedLink, pk=pk)
        if request.method == "POST":
            self._check(request, CheckedLink.objects.filter(pk=pk))
        return redirect("admin:desk_checkedlink_change", link.pk)

    def of_record_view(self, request, kind, pk):
        """The links of one record, and the button that checks them."""
        record = _record_of(kind, pk)
        record_admin = self.admin_site.get_model_admin(type(record))
        if not self.has_view_permission(request) or (
            not record_admin.has_view_permission(request, record)
        ):
            raise PermissionDenied
        links = CheckedLink.objects.filter(
            uses__content_type=kind, uses__object_id=pk
        ).distinct()
        if request.method == "POST":
            self._require_check(request)
            self._check(request, links.longest_unchecked_first())
            return redirect(request.path)
        return render(
            request,
            "admin/desk/checkedlink/of_record.html",
            {
                **self.admin_site.each_context(request),
                "title": _("Links of a record"),
                "subtitle": str(record),
                "opts": self.opts,
                "record": record,
                "record_url": admin_address(record),
                "links": links,
                "may_check": self.has_check_permission(request),
            },
        )

    def replace_view(self, request, pk):
        """Show every place that will change; with the button, change them all."""
        self._require_check(request)
        link = get_object_or_404(CheckedLink, pk=pk)
        form = ReplaceForm(
            request.POST or None, old=link.url, initial={"new": link.moved_to}
        )
        columns = link_uses.columns_with(link_uses.uses_of(link.url))
        locked = [record for record in columns if not may_change(request, record)]
        if form.is_valid() and "confirmed" in request.POST:
            try:
                return self._replace(request, link, form.cleaned_data["new"])
            except PermissionError as error:
                (locked,) = error.args
            except ValidationError as error:
                form.add_error("new", error.messages)
        return render(
            request,
            "admin/desk/checkedlink/replace.html",
            {
                **self.admin_site.each_context(request),
                "title": _("Replace everywhere"),
                "subtitle": link.url,
                "opts": self.opts,
                "link": link,
                "form": form,
                "new": form.cleaned_data["new"] if form.is_valid() else "",
                "locked": locked,
                "places": places_of(
                    {
                        record: [column_label(type(record), name) for name in names]
                        for record, names in columns.items()
                    },
                    locked,
                ),
            },
        )

    def _replace(self, request, link, new):
        with transaction.atomic():
            records = link_uses.replace(
                link.url, new, lambda record: may_change(request, record)
            )
            for record in records:
                record_replacement(
                    request,
                    record,
                    _("Replaced %(old)s by %(new)s.") % {"old": link.url, "new": new},
                )
        messages.success(
            request,
            ngettext(
                "The address is replaced in %(count)d record.",
                "The address is replaced in %(count)d records.",
                len(records),
            )
            % {"count": len(records)},
        )
        return redirect("admin:desk_checkedlink_changelist")

    def _require_check(self, request):
        if not self.has_check_permission(request):
            raise PermissionDenied


def _record_of(kind, pk):
    content_type = get_object_or_404(ContentType, pk=kind)
    model = content_type.model_class()
    if model is None or not issubclass(model, Publishable):
        raise Http404
    return get_object_or_404(model, pk=pk)


def _use_list(uses):
    return format_html(
        '<ul class="uses">{}</ul>',
        format_html_join(
            "",
            '<li><a href="{}">{}</a>: {}</li>',
            ((admin_address(use.record), use.record, use.label) for use in uses),
        ),
    )
