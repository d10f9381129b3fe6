"""The desk in a record's admin: working copies, review, history, trash, merging."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from osaka_site.publishing import Publishable, Status

from . import copies, snapshots, workflow
from .differences import column_names, differences
from .forms import MergeForm, StepForm
from .models import Presence, Revision, UnmergedEdit, name_of
from .preview_admin import chosen_language

Action = Revision.Action
AT_ONCE = ("owner", "staff_note")  # never public, so they wait for nobody
IS_HERE = timedelta(minutes=2)  # a form open since then says so every minute
STEPS = {
    "send": workflow.send,
    "withdraw": workflow.withdraw,
    "send_back": workflow.send_back,
    "comment": workflow.comment,
    "approve": workflow.approve,
    "schedule": workflow.schedule,
    "archive": workflow.archive,
    "discard": workflow.discard,
    "hand_over": workflow.hand_over,
    "confirm": workflow.confirm,
}
DONE = {
    "send": gettext_lazy("“%(record)s” is sent for review."),
    "withdraw": gettext_lazy("“%(record)s” is withdrawn from review."),
    "send_back": gettext_lazy("“%(record)s” is sent back."),
    "comment": gettext_lazy("Your comment is kept with “%(record)s”."),
    "approve": gettext_lazy("“%(record)s” is approved."),
    "schedule": gettext_lazy("“%(record)s”: the day it comes down is kept."),
    "archive": gettext_lazy("“%(record)s” is archived: visitors no longer see it."),
    "discard": gettext_lazy("The working copy of “%(record)s” is discarded."),
}
TEMPLATES = "admin/desk"


class DeskMixin:
    """A save changes a draft, or the working copy of what is public; never what
    visitors see."""

    change_form_template = f"{TEMPLATES}/change_form.html"
    delete_confirmation_template = f"{TEMPLATES}/trash_confirmation.html"

    # ---- doors -------------------------------------------------------------------

    def get_queryset(self, request):
        return super().get_queryset(request).filter(trashed_at=None)

    def has_add_permission(self, request):
        """Who keeps to one division has to be in one."""
        may_add = super().has_add_permission(request)
        return may_add and workflow.has_division(request.user)

    def has_change_permission(self, request, obj=None):
        may_change = super().has_change_permission(request, obj)
        return may_change and (obj is None or self._case(request, obj).may_edit())

    def has_delete_permission(self, request, obj=None):
        may_delete = super().has_delete_permission(request, obj)
        return may_delete and (obj is None or self._case(request, obj).may_trash())

    def has_publish_permission(self, request):
        opts = self.model._meta
        return request.user.has_perm(f"{opts.app_label}.publish_{opts.model_name}")

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """What is in the trash cannot be chosen."""
        related = db_field.related_model
        if issubclass(related, Publishable):
            kwargs.setdefault("queryset", related._default_manager.kept())
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @staticmethod
    def _case(request, record):
        return workflow.Case(record, request.user)

    def _record(self, request, object_id):
        """The record, for those who may view it."""
        record = self.get_object(request, unquote(str(object_id)))
        if record is None:
            raise Http404
        if not self.has_view_permission(request, record):
            raise PermissionDenied
        return record

    def get_urls(self):
        opts = self.opts
        own = [
            ("review", "<path:object_id>/review/", self.review_view),
            ("version", "<path:object_id>/history/<int:number>/", self.version_view),
            ("merge", "<path:object_id>/merge/<int:number>/", self.merge_view),
            ("presence", "<path:object_id>/presence/", self.presence_view),
        ]
        return [
            path(
                route,
                self.admin_site.admin_view(view),
                name=f"{opts.app_label}_{opts.model_name}_{name}",
            )
            for name, route, view in own
        ] + super().get_urls()

    def addresses(self, record):
        """Where the pages of the record are: ``{"review": "/admin/…", …}``."""
        names = ["change", "review", "history", "delete", "presence"]
        return {name: self.address(name, record) for name in names}

    def address(self, name, record, *args):
        opts = self.opts
        return reverse(
            f"{self.admin_site.name}:{opts.app_label}_{opts.model_name}_{name}",
            args=[record.pk, *args],
        )

    # ---- the form ----------------------------------------------------------------

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        record = object_id and self.get_object(request, unquote(object_id))
        if not record:
            return super().changeform_view(request, object_id, form_url, extra_context)
        show = super().changeform_view
        if request.method == "POST":
            return self._save(request, record, object_id, form_url, show)
        data = copies.shown(record)
        context = {
            **(extra_context or {}),
            **self._desk_context(request, record),
            "base": signing.dumps(data, salt=snapshots.label_of(record), compress=True),
        }
        with copies.holding(record, data):
            return _rendered(show(request, object_id, form_url, context))

    @transaction.atomic
    def _save(self, request, record, object_id, form_url, save):
        """The form is saved upon what its writer saw, on trial; what that changed is
        then merged with what others changed in the meantime, and kept."""
        record = workflow.lock(record)
        theirs = copies.shown(record)
        base = self._base(request, record, theirs)
        context = {
            **self._desk_context(request, record),
            "base": request.POST.get("base", ""),
        }
        request.saved_form = None
        with copies.undone():
            public = snapshots.take(record)
            snapshots.put(public, {**public, **base}, keep_numbers=True)
            response = _rendered(save(request, object_id, form_url, context))
            ours = snapshots.take(record)
        if request.saved_form is None:
            return response
        self._save_at_once(request.saved_form, record)
        others = public.keys() - base.keys()
        ours = {label: row for label, row in ours.items() if label not in others}
        ours = snapshots.renumbered(ours, base)
        merged = snapshots.merge(base, ours, theirs)
        if merged.conflicts:
            return self._set_aside(request, record, base, ours)
        if not self._keep(request, record, merged.data, theirs):
            return self._set_aside(request, record, base, ours)
        if theirs != base:
            self._tell_of_others(request, record)
        self._take_steps(request, record)
        return response

    def _base(self, request, record, theirs):
        """The record as its form showed it when it was opened."""
        try:
            salt = snapshots.label_of(record)
            return signing.loads(request.POST.get("base", ""), salt=salt)
        except signing.BadSignature:  # a form that was not ours
            return theirs

    def _keep(self, request, record, data, before, action=Action.EDITED):
        """Whether what was written could be kept."""
        if data == before:
            messages.info(request, _("Nothing was changed."))
            return True
        try:
            with transaction.atomic():
                if not Revision.objects.of(record).exclude(data=None).exists():
                    found = workflow.record_step(record, Action.FOUND, None)
                    found.data, found.at = before, record.updated_at
                    found.save()
                kept = copies.keep(record, data, request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return False
        is_public = record.status == Status.PUBLISHED
        workflow.record_step(
            record, action, request.user, data=kept, is_of_working_copy=is_public
        )
        messages.success(
            request,
            _(
                "Saved as a working copy of “%(record)s”. Visitors see the page as it "
                "was until a publisher approves the change."
            )
            % {"record": record}
            if is_public
            else _("“%(record)s” is saved. Visitors do not see it yet.")
            % {"record": record},
        )
        self._tell_findings(request, record, kept)
        return True

    def _tell_findings(self, request, record, data):
        """Beside the thanks for saving: how much the checks found to look at."""
        with copies.holding(record, data):
            count = len(copies.findings(record))
        if count:
            sentence = ngettext(
                "The checks found %(count)d thing to look at: open the record again.",
                "The checks found %(count)d things to look at: open the record again.",
                count,
            )
            messages.warning(request, sentence % {"count": count})

    @staticmethod
    def _save_at_once(form, record):
        changed = {
            name: form.cleaned_data[name]
            for name in AT_ONCE
            if name in form.changed_data and name in form.cleaned_data
        }
        if changed:
            type(record)._base_manager.filter(pk=record.pk).update(**changed)

    def _set_aside(self, request, record, base, ours):
        edit = UnmergedEdit.objects.create(
            record=record, user=request.user, base=base, data=ours
        )
        return redirect(self.address("merge", record, edit.pk))

    @staticmethod
    def _tell_of_others(request, record):
        last = (
            Revision.objects.of(record)
            .exclude(by=request.user)
            .exclude(data=None)
            .exclude(action=Action.FOUND)
            .first()
        )
        if last:
            messages.info(
                request,
                _(
                    "%(name)s had changed this record while you were writing. Nothing "
                    "overlaps: both changes are kept."
                )
                % {"name": last.by_name},
            )

    def _take_steps(self, request, record):
        """The buttons beside "Save" go on to review or to publishing."""
        for button, step in (("_send", "send"), ("_publish", "approve")):
            if button in request.POST:
                self._step(request, record, step)

    def _step(self, request, record, step, *args, **kwargs):
        """Whether the step was taken; otherwise the reason is told."""
        try:
            STEPS[step](record, request.user, *args, **kwargs)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return False
        messages.success(request, DONE[step] % {"record": record})
        return True

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        request.saved_form = form
        if not change:
            record = form.instance
            workflow.record_step(
                record, Action.CREATED, request.user, data=snapshots.take(record)
            )

    def save_model(self, request, obj, form, change):
        if not change and obj.owner_id is None:
            obj.owner_id = workflow.division_of(request.user)
        super().save_model(request, obj, form, change)

    def response_add(self, request, obj, post_url_continue=None):
        self._take_steps(request, obj)
        return super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj):
        """As Django's, without its message: ours says what became of the words."""
        if IS_POPUP_VAR in request.POST:
            return super().response_change(request, obj)
        opts = self.opts
        names = f"{self.admin_site.name}:{opts.app_label}_{opts.model_name}"
        if "_continue" in request.POST:
            return HttpResponseRedirect(request.get_full_path())
        if "_addanother" in request.POST:
            return redirect(f"{names}_add")
        return self.response_post_save_change(request, obj)

    def _desk_context(self, request, record):
        """What the form shows beside its fields."""
        case = self._case(request, record)
        if request.method == "GET" and case.may_edit():
            _note_presence(request, record)
        return {
            "case": case,
            "addresses": self.addresses(record),
            # Called when the page is drawn, while the database holds what it shows.
            "findings": lambda: copies.findings(record),
            "others_here": _others_here(request, record),
            "unmerged_edit": UnmergedEdit.objects.of(record)
            .filter(user=request.user)
            .first(),
            "last_revision": Revision.objects.of(record).first(),
        }

    def presence_view(self, request, object_id):
        """The form says every minute that it is open, and hears who else is here."""
        record = self._record(request, object_id)
        if request.method != "POST" or not self.has_change_permission(request, record):
            raise PermissionDenied
        _note_presence(request, record)
        return JsonResponse({"others": _others_here(request, record)})

    # ---- review ------------------------------------------------------------------

    def review_view(self, request, object_id):
        """Before and after, what was said about it, and the next step."""
        record = self._record(request, object_id)
        form = StepForm(request.POST or None)
        step = request.POST.get("step")
        if step in DONE and form.is_valid():
            words = form.cleaned_data
            times = {
                "approve": {"at": words["at"], "until": words["until"]},
                "schedule": {"until": words["until"]},
            }
            is_done = self._step(
                request, record, step, words["comment"], **times.get(step, {})
            )
            if is_done:
                return redirect(self.address("review", record))
        case = self._case(request, record)
        data = copies.shown(record)
        before = snapshots.take(record) if record.status == Status.PUBLISHED else {}
        with copies.holding(record, data):
            findings = copies.findings(record)
        return self._page(
            request,
            "review",
            record,
            title=_("Review: %(record)s") % {"record": record},
            form=form,
            case=case,
            objection=case.objection(),
            public_status=self.public_status(record),
            differences=differences(before, data),
            findings=findings,
            language=chosen_language(request),
            revisions=Revision.objects.of(record)[:10],
        )

    # ---- history -----------------------------------------------------------------

    def history_view(self, request, object_id, extra_context=None):
        record = self._record(request, object_id)
        page = self.get_paginator(request, Revision.objects.of(record), 20)
        page = page.get_page(request.GET.get("page"))
        return self._page(
            request,
            "history",
            record,
            title=_("History: %(record)s") % {"record": record},
            page_obj=page,
            versions=_with_columns(list(page)),
        )

    def version_view(self, request, object_id, number):
        """What one revision changed, or what lies between any two; and back to it."""
        record = self._record(request, object_id)
        revisions = Revision.objects.of(record).exclude(data=None)
        version = revisions.filter(pk=number).first()
        if version is None:
            raise Http404
        if request.method == "POST":
            return self._revert(request, record, version)
        other = request.GET.get("since", "")
        if other.isascii() and other.isdigit():
            since = revisions.filter(pk=int(other[:18])).first()
        else:
            since = revisions.filter(pk__lt=number).first()
        return self._page(
            request,
            "version",
            record,
            title=_("Version of %(record)s") % {"record": record},
            version=version,
            since=since,
            others=revisions.exclude(pk=number).defer("data"),
            differences=differences(since.data if since else {}, version.data),
            may_revert=self.has_change_permission(request, record),
        )

    @transaction.atomic
    def _revert(self, request, record, version):
        if not self.has_change_permission(request, record):
            raise PermissionDenied
        record = workflow.lock(record)
        now = copies.shown(record)
        own = {
            label: row
            for label, row in now.items()
            if label not in version.data and _is_record(label)
        }
        self._keep(request, record, {**version.data, **own}, now, Action.REVERTED)
        return redirect(self.address("change", record))

    # ---- merging -----------------------------------------------------------------

    @transaction.atomic
    def merge_view(self, request, object_id, number):
        """Two people changed the same words: both versions, and what shall stand."""
        record = self._record(request, object_id)
        edits = UnmergedEdit.objects.of(record).filter(user=request.user, pk=number)
        edit = edits.first()
        if edit is None or not self.has_change_permission(request, record):
            raise Http404
        if request.method == "POST":
            record = workflow.lock(record)
            if "discard" in request.POST:
                edit.delete()
                messages.info(request, _("Your version is discarded."))
                return redirect(self.address("change", record))
        theirs = copies.shown(record)
        form = MergeForm(edit, theirs, request.POST or None)
        if form.is_valid() and self._keep(request, record, form.merged(), theirs):
            edit.delete()
            return redirect(self.address("change", record))
        last = Revision.objects.of(record).exclude(data=None)
        return self._page(
            request,
            "merge",
            record,
            title=_("Merge two versions of %(record)s") % {"record": record},
            form=form,
            edit=edit,
            other=last.exclude(by=request.user).first(),
        )

    # ---- the trash ---------------------------------------------------------------

    def get_deleted_objects(self, objs, request):
        """What goes to the trash, and what needs it."""
        along = [row for record in objs for row in record.goes_with()]
        counts = {}
        for row in [*objs, *along]:
            name = row._meta.verbose_name_plural
            counts[name] = counts.get(name, 0) + 1
        refused = {
            record._meta.verbose_name
            for record in objs
            if not self._case(request, record).may_trash()
        }
        needed_by = [str(other) for record in objs for other in record.needed_by()]
        return [str(row) for row in [*objs, *along]], counts, refused, needed_by

    def delete_model(self, request, obj):
        workflow.trash(obj, request.user)

    def delete_queryset(self, request, queryset):
        for record in queryset:
            workflow.trash(record, request.user)

    def log_deletions(self, request, queryset):
        """The revisions say it."""

    def response_delete(self, request, obj_display, obj_id):
        messages.success(
            request,
            _("“%(record)s” is in the trash. It can be brought back for %(days)d days.")
            % {"record": obj_display, "days": workflow.TRASH_KEEPS.days},
        )
        return redirect(
            f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}"
            "_changelist"
        )

    # ---- many at once ------------------------------------------------------------

    def step_for_each(self, request, queryset, step, *args):
        """Those that refuse are told with their reason."""
        count = 0
        for record in queryset:
            try:
                STEPS[step](record, request.user, *args)
            except ValidationError as error:
                reason = " ".join(error.messages)
                messages.warning(request, f"{record}: {reason}")
            else:
                count += 1
        if count:
            sentence = ngettext(
                "Done for %(count)d record.", "Done for %(count)d records.", count
            )
            messages.success(request, sentence % {"count": count})

    def _page(self, request, name, record, **context):
        return TemplateResponse(
            request,
            f"{TEMPLATES}/{name}.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "original": record,
                "record": record,
                "media": self.media,
                "has_view_permission": True,
                "addresses": self.addresses(record),
                **context,
            },
        )


def _rendered(response):
    """While the database still holds what the page shows."""
    if hasattr(response, "render"):
        response.render()
    return response


def _note_presence(request, record):
    Presence.objects.update_or_create(
        content_type=ContentType.objects.get_for_model(record),
        object_id=record.pk,
        user=request.user,
        defaults={"seen_at": timezone.now()},
    )


def _others_here(request, record):
    """The names of those who have the form open, apart from the one who asks."""
    here = Presence.objects.of(record).filter(seen_at__gt=timezone.now() - IS_HERE)
    others = here.exclude(user=request.user).select_related("user")
    return [name_of(presence.user) for presence in others]


def _with_columns(revisions):
    """Each revision with the names of the columns it changed."""
    versions = []
    for number, revision in enumerate(revisions):
        older = next((r for r in revisions[number + 1 :] if r.data is not None), None)
        columns = []
        if revision.data is not None and older:
            for change in snapshots.changes(older.data, revision.data):
                columns += column_names(change)
        versions.append((revision, list(dict.fromkeys(columns))))
    return versions


def _is_record(label):
    model, _pk = snapshots.model_and_pk(label)
    return issubclass(model, Publishable)
