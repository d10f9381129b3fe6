"""The pages of the to-do items that are about several kinds of record."""

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from .across import address_of, fetch, is_of
from .models import Revision
from .todo import ITEMS, RECORDS, ItemAcross
from .workflow import confirm

PAGES = {item.name: item for item in ITEMS if isinstance(item, ItemAcross)}
ROWS = 50


@dataclass(frozen=True)
class Row:
    record: Model
    address: str
    moment: date
    who: str
    what: list

    @property
    def kind(self):
        return self.record._meta.verbose_name

    @property
    def when(self):
        if isinstance(self.moment, datetime):
            return date_format(timezone.localtime(self.moment), "DATETIME_FORMAT")
        return date_format(self.moment, "DATE_FORMAT")


@require_safe
def todo_page(request, name):
    if name not in PAGES:
        raise Http404
    item = PAGES[name]
    if not item.admins(request):
        raise PermissionDenied
    page = Paginator(item.rows(request), ROWS).get_page(request.GET.get("page"))
    return render(
        request,
        "admin/desk/todo_page.html",
        {
            **admin.site.each_context(request),
            "title": item.title,
            "item": item,
            "rows": list(_rows(item, page.object_list)),
            "page_obj": page,
            "page_range": page.paginator.get_elided_page_range(page.number),
        },
    )


def _rows(item, found):
    found = list(found)
    keys = [(kind, pk) for kind, pk, _moment in found]
    records, names = fetch(keys), _names(item.actions, keys)
    words = item.what(records) if item.what else {}
    for kind, pk, moment in found:
        if record := records.get((kind, pk)):
            yield Row(
                record=record,
                address=address_of(record, item.page),
                moment=moment,
                who=names.get((kind, pk), ""),
                what=words.get((kind, pk), []),
            )


def _names(actions, keys):
    """Who did the last of ``actions`` to each record."""
    revisions = Revision.objects.filter(is_of(keys), action__in=actions)
    return {
        (kind, pk): name
        for kind, pk, name in revisions.order_by("pk").values_list(
            "content_type", "object_id", "by_name"
        )
    }


@require_POST
def confirm_record(request):
    """One click at a record, wherever that is: ``next`` leads back."""
    record = _record(request, request.POST.get("record", ""))
    try:
        confirm(record, request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(
            request, _("“%(record)s” is confirmed as still right.") % {"record": record}
        )
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = reverse("admin:index")
    return redirect(back)


def _record(request, label):
    """The record that a label such as "network.partner:12" stands for."""
    kind, _colon, pk = label.rpartition(":")
    models = {model._meta.label_lower: model for model in RECORDS}
    if kind not in models or not (pk.isascii() and pk.isdigit()):
        raise Http404
    model_admin = admin.site.get_model_admin(models[kind])
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    return get_object_or_404(model_admin.get_queryset(request), pk=int(pk[:18]))
