"""The admin site in the order staff think, and what every record's admin shares."""

from functools import wraps

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME, ActionForm
from django.contrib.admin.widgets import AdminSplitDateTime, RelatedFieldWidgetWrapper
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from translated_fields import to_attribute

from . import clock
from .dates import PartialDateField
from .desk import copies
from .desk.models import Division, WorkingCopy
from .desk.preview_admin import PreviewMixin
from .desk.record_admin import DeskMixin
from .desk.site_views import DeskSiteMixin
from .desk.todo_filters import ToDoMixin
from .log_in.views import LogInSiteMixin
from .publishing import Status
from .translation import column_label, language_tag, translated, translated_fields

# Japanese first: that is the language staff write in.
EDITING_LANGUAGES = sorted(dict(settings.LANGUAGES), key=lambda code: code != "ja")

SECTIONS = [
    (_("Network"), ["Partner", "Affiliation", "Category", "OverseasOffice"]),
    (_("Exchanges"), ["Exchange", "Field"]),
    (_("International House"), ["Facility", "Programme"]),
    (_("Words of the site"), ["PageText"]),
    (
        _("Pictures, links and sources"),
        ["Picture", "ExternalLink", "Source", "CheckedLink"],
    ),
    (_("People"), ["User", "Group", "Division", "OutgoingMail", "LogInEntry"]),
]


class OsakaAdminSite(LogInSiteMixin, DeskSiteMixin, admin.AdminSite):
    site_title = _("Osaka City’s International Network")
    site_header = _("Osaka City’s International Network: staff")
    index_title = _("To do")

    def get_app_list(self, request, app_label=None):
        """The start page and the side bar by section; an app's own page as usual."""
        apps = super().get_app_list(request, app_label)
        if app_label:
            return apps
        models = {
            model["object_name"]: model for app in apps for model in app["models"]
        }
        sections = [
            {
                "name": name,
                "app_label": f"section-{number}",
                "app_url": "",
                "has_module_perms": True,
                "models": [models.pop(known) for known in names if known in models],
            }
            for number, (name, names) in enumerate(SECTIONS)
        ]
        return [section for section in sections if section["models"]]

    def admin_view(self, view, cacheable=False):
        """PostgreSQL cannot look for a NUL byte, so no list is asked to, and what is no
        number selects nothing; what is sent after the log-in ran out is not lost."""
        usual = super().admin_view(view, cacheable)

        @wraps(usual)
        def guarded(request, *args, **kwargs):
            if any("\0" in value for value in request.GET.values()):
                messages.error(request, _("Null characters are not allowed."))
                return redirect(request.path)
            if request.method == "POST" and request.user.is_anonymous:
                self.keep_words(request)
                return redirect_to_login(reverse("admin:desk_kept_words"))
            if request.method == "POST":
                self.forget_words(request)
            selected = request.POST.getlist(ACTION_CHECKBOX_NAME)
            if not all(number.isdecimal() for number in selected):
                messages.error(
                    request, _("Nothing was changed: select rows of the list.")
                )
                return redirect(request.get_full_path())
            return usual(request, *args, **kwargs)

        return guarded


def columns(*names):
    """Every language's column of the named texts, for ``search_fields``."""
    return [
        to_attribute(name, code) for name in names for code in dict(settings.LANGUAGES)
    ]


def date_column(model, name):
    """A list's column of a date in words, never finer than it is known."""

    @admin.display(description=model._meta.get_field(name).verbose_name, ordering=name)
    def column(record):
        known = getattr(record, name)
        return known.format() if known else None

    column.__name__ = name
    return column


class RecordActionForm(ActionForm):
    division = forms.ModelChoiceField(
        Division.objects.filter(is_active=True),
        label=_("Division"),
        required=False,
        empty_label=_("(only for handing over)"),
    )


class TranslatedAdminMixin:
    """Texts stand side by side, one column a language, Japanese first."""

    def get_fieldsets(self, request, obj=None):
        return [
            (heading, {**options, "fields": self._with_languages(options["fields"])})
            for heading, options in super().get_fieldsets(request, obj)
        ]

    def _with_languages(self, fields):
        texts = translated_fields(self.model)
        return [
            tuple(to_attribute(name, code) for code in EDITING_LANGUAGES)
            if name in texts
            else name
            for name in fields
        ]

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change, **self._words(), **kwargs)

    def get_formset(self, request, obj=None, **kwargs):
        return super().get_formset(request, obj, **self._words(), **kwargs)

    def _words(self):
        """Every column's label names its language; what it is for is said once."""
        labels, help_texts = {}, {}
        for name in translated_fields(self.model):
            for code in EDITING_LANGUAGES:
                column = to_attribute(name, code)
                labels[column] = column_label(self.model, column)
                if code != EDITING_LANGUAGES[0]:
                    help_texts[column] = ""
        return {"labels": labels, "help_texts": help_texts}

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if code := getattr(db_field, "_translated_field_language_code", None):
            field.widget.attrs["lang"] = language_tag(code)
        if isinstance(db_field, PartialDateField):
            field.widget.template_name = "admin/widgets/partial_date.html"
        if isinstance(field.widget, forms.MultiWidget):
            _name_parts(field)
        if isinstance(field.widget, RelatedFieldWidgetWrapper):
            # Nobody should delete a category while filling in a tie.
            field.widget.can_delete_related = False
        return field


def _name_parts(field):
    """Year, month and day, or date and time: each says what it is a part of."""
    parts = field.widget.widgets
    if isinstance(field.widget, AdminSplitDateTime):
        names = [_("Date"), _("Time")]
    else:
        names = [part.attrs["aria-label"] for part in parts]
    for part, name in zip(parts, names, strict=True):
        part.attrs["aria-label"] = f"{field.label}: {name}"


class WorkingCopyFilter(admin.SimpleListFilter):
    title = _("working copy")
    parameter_name = "copy"

    def lookups(self, request, model_admin):
        return WorkingCopy.State.choices

    def queryset(self, request, queryset):
        if self.value() in WorkingCopy.State:
            return queryset.filter(copy_state=self.value())
        return queryset


class RecordAdmin(
    PreviewMixin, ToDoMixin, DeskMixin, TranslatedAdminMixin, admin.ModelAdmin
):
    """A publishable record: language columns, the desk, what is done with many."""

    actions = ["approve", "send_for_review", "archive", "confirm", "hand_over"]
    action_form = RecordActionForm
    list_filter = ["status"]
    save_on_top = True

    def get_fieldsets(self, request, obj=None):
        for_staff = (_("For staff"), {"fields": ["slug", "owner", "staff_note"]})
        return [*super().get_fieldsets(request, obj), for_staff]

    def get_list_filter(self, request):
        owner = ("owner", admin.RelatedOnlyFieldListFilter)
        return [*super().get_list_filter(request), WorkingCopyFilter, owner]

    def get_readonly_fields(self, request, obj=None):
        """Who keeps to one division does not hand its records to another."""
        readonly = super().get_readonly_fields(request, obj)
        if request.user.has_perm("desk.edit_every_division"):
            return readonly
        return [*readonly, "owner"]

    def get_prepopulated_fields(self, request, obj=None):
        """Only while there is no address yet: a public one should not change."""
        if obj or not self.model.named_by:
            return {}
        return {"slug": [to_attribute(self.model.named_by, "en")]}

    def get_changeform_initial_data(self, request):
        """Nothing links to a form filled in by its address, and junk there fails."""
        return {}

    def get_view_on_site_url(self, obj=None):
        if obj is None or not obj.is_published:
            return None
        return super().get_view_on_site_url(obj)

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        if obj:
            context["public_status"] = self.public_status(obj)
        context["may_publish_directly"] = (
            not settings.SECOND_PAIR_OF_EYES and self.has_publish_permission(request)
        )
        if request.FILES:
            messages.warning(
                request,
                _(
                    "A file cannot be kept while something else has to be corrected: "
                    "please choose it again."
                ),
            )
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def get_queryset(self, request):
        records = (
            super()
            .get_queryset(request)
            .annotate(copy_state=copies.state_of(self.model))
        )
        if not self.model.named_by:
            return records
        return records.annotate(shown_name=translated(self.model.named_by))

    def action_checkbox(self, record):
        """Django's would put the mark-up of a fallen-back name into an attribute."""
        name = _("Select %(record)s") % {"record": record}
        checkbox = forms.CheckboxInput(
            {"class": "action-select", "aria-label": name}, check_test=lambda _: False
        )
        return checkbox.render(ACTION_CHECKBOX_NAME, str(record.pk))

    @admin.display(description=_("name"), ordering="shown_name")
    def label(self, record):
        return str(record)

    @admin.display(description=_("status"), ordering="status")
    def shown_status(self, record):
        """What a list says of it: what visitors see, and what is being written."""
        status = self.public_status(record)
        if not record.copy_state:
            return status
        return _("%(status)s; working copy: %(state)s") % {
            "status": status,
            "state": WorkingCopy.State(record.copy_state).label,
        }

    def public_status(self, record):
        """The status, and when that is not yet or no longer true for visitors."""
        status = record.get_status_display()
        if record.status != Status.PUBLISHED or record.is_published:
            return status
        now = clock.now()
        if record.publish_at and record.publish_at > now:
            return _("%(status)s, from %(moment)s") % {
                "status": status,
                "moment": _moment(record.publish_at),
            }
        if record.unpublish_at and record.unpublish_at <= now:
            return _("%(status)s, until %(moment)s") % {
                "status": status,
                "moment": _moment(record.unpublish_at),
            }
        return _("%(status)s, hidden with what it belongs to") % {"status": status}

    @admin.action(description=_("Approve and publish"), permissions=["publish"])
    def approve(self, request, queryset):
        self.step_for_each(request, queryset, "approve")

    @admin.action(description=_("Send for review"), permissions=["change"])
    def send_for_review(self, request, queryset):
        self.step_for_each(request, queryset, "send")

    @admin.action(description=_("Archive"), permissions=["publish"])
    def archive(self, request, queryset):
        self.step_for_each(request, queryset, "archive")

    @admin.action(description=_("Hand over to the division"), permissions=["change"])
    def hand_over(self, request, queryset):
        division = Division.objects.filter(pk=request.POST.get("division") or 0).first()
        if division is None:
            messages.error(request, _("Choose the division beside the action."))
            return
        self.step_for_each(request, queryset, "hand_over", division)


def _moment(at):
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")


class LinkedInline(admin.TabularInline):
    """Rows that tie a record to what it shares with others: a link, a source."""

    extra = 0
    target = ""

    def get_queryset(self, request):
        return super().get_queryset(request).select_related(self.target)

    def get_formset(self, request, obj=None, **kwargs):
        """Django names the column after the class: "externallink"."""
        related = self.opts.get_field(self.target).related_model
        labels = {self.target: capfirst(related._meta.verbose_name)}
        return super().get_formset(request, obj, labels=labels, **kwargs)


class LinkedPictureInline(LinkedInline):
    readonly_fields = ["thumbnail"]

    @admin.display(description=_("preview"))
    def thumbnail(self, row):
        return picture_thumbnail(row.picture)


def linked_inline(relation, base=LinkedInline):
    """The inline for a many-to-many relation such as ``Partner.pictures``."""
    target = relation.field.m2m_reverse_field_name()
    return type(
        f"{relation.field.model.__name__}{target.title()}Inline",
        (base,),
        {
            "model": relation.through,
            "target": target,
            "autocomplete_fields": [target],
            "verbose_name": relation.rel.model._meta.verbose_name,
            "verbose_name_plural": relation.field.verbose_name,
        },
    )


def picture_thumbnail(picture):
    """Small, and silent: the picture's own words always stand beside it."""
    if not picture.file or picture.pk is None:
        return ""
    return format_html(
        '<img src="{}" alt="" width="120" height="{}" loading="lazy">',
        picture.webps[0].url,
        round(120 * picture.height / (picture.width or 120)),
    )
