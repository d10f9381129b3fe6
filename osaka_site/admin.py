"""The admin site in the order staff think, and what every record's admin shares."""

from django.conf import settings
from django.contrib import admin, messages
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from translated_fields import to_attribute

from .publishing import Status
from .translation import language_tag, translated, translated_fields

# Japanese first: that is the language staff write in.
EDITING_LANGUAGES = sorted(dict(settings.LANGUAGES), key=lambda code: code != "ja")

SECTIONS = [
    (_("Network"), ["Partner", "Affiliation", "Category", "OverseasOffice"]),
    (_("Exchanges"), ["Exchange", "Field"]),
    (_("International House"), ["Facility", "Programme"]),
    (_("Words of the site"), ["PageText"]),
    (_("Pictures, links and sources"), ["Picture", "ExternalLink", "Source"]),
    (_("People"), ["User", "Group"]),
]


class OsakaAdminSite(admin.AdminSite):
    site_title = _("Osaka City’s International Network")
    site_header = _("Osaka City’s International Network: staff")
    index_title = _("Records")

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


def columns(*names):
    """Every language's column of the named texts, for ``search_fields``."""
    return [
        to_attribute(name, code) for name in names for code in dict(settings.LANGUAGES)
    ]


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

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if code := getattr(db_field, "_translated_field_language_code", None):
            field.label = f"{field.label} ({dict(settings.LANGUAGES)[code]})"
            field.widget.attrs["lang"] = language_tag(code)
            field.widget.attrs.pop("rows", None)
            if code != EDITING_LANGUAGES[0]:
                field.help_text = ""
        return field


class PublishingMixin:
    """Who may publish, for a record's own page and for inlines alike."""

    def has_publish_permission(self, request):
        opts = self.model._meta
        return request.user.has_perm(f"{opts.app_label}.publish_{opts.model_name}")

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        """Without the permission, a POST of "published" is an invalid choice."""
        if db_field.name == "status" and not self.has_publish_permission(request):
            kwargs["choices"] = [
                choice
                for choice in Status.choices
                if choice[0] in (Status.DRAFT, Status.IN_REVIEW)
            ]
        return super().formfield_for_choice_field(db_field, request, **kwargs)


class RecordAdmin(PublishingMixin, TranslatedAdminMixin, admin.ModelAdmin):
    """A publishable record: language columns, the publishing box, roles, actions."""

    actions = ["publish", "send_for_review", "archive"]
    list_filter = ["status"]
    save_on_top = True

    def get_fieldsets(self, request, obj=None):
        publishing = (
            _("Publishing"),
            {"fields": ["status", "publish_at", "unpublish_at", "slug", "staff_note"]},
        )
        return [*super().get_fieldsets(request, obj), publishing]

    def get_prepopulated_fields(self, request, obj=None):
        """Only while there is no address yet: a public one should not change."""
        if obj or not self.model.named_by:
            return {}
        return {"slug": [to_attribute(self.model.named_by, "en")]}

    def get_view_on_site_url(self, obj=None):
        if obj is None or not obj.is_published:
            return None
        return super().get_view_on_site_url(obj)

    # What is public changes for visitors at once, so only publishers may touch it.

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self._may(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and self._may(request, obj)

    def _may(self, request, obj):
        return (
            obj is None
            or obj.status in (Status.DRAFT, Status.IN_REVIEW)
            or self.has_publish_permission(request)
        )

    def change_view(self, request, object_id, form_url="", extra_context=None):
        record = self.get_object(request, object_id)
        if (
            record
            and request.method == "GET"
            and super().has_change_permission(request, record)
            and not self._may(request, record)
        ):
            messages.info(
                request,
                _(
                    "This record is public, so only publishers can change it. Ask one "
                    "of them, or write down in a new draft what should change."
                ),
            )
        return super().change_view(request, object_id, form_url, extra_context)

    def get_queryset(self, request):
        records = super().get_queryset(request)
        if not self.model.named_by:
            return records
        return records.annotate(shown_name=translated(self.model.named_by))

    @admin.display(description=_("name"), ordering="shown_name")
    def label(self, record):
        return str(record)

    @admin.display(description=_("status"), ordering="status")
    def shown_status(self, record):
        """The status, and when that is not yet or no longer true for visitors."""
        status = record.get_status_display()
        if record.status != Status.PUBLISHED or record.is_published:
            return status
        now = timezone.now()
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

    @admin.action(description=_("Publish"), permissions=["publish"])
    def publish(self, request, queryset):
        self._report(request, queryset.publish(), Status.PUBLISHED)

    @admin.action(description=_("Send for review"), permissions=["change"])
    def send_for_review(self, request, queryset):
        self._report(request, queryset.send_for_review(), Status.IN_REVIEW)

    @admin.action(description=_("Archive"), permissions=["publish"])
    def archive(self, request, queryset):
        self._report(request, queryset.archive(), Status.ARCHIVED)

    def _report(self, request, count, status):
        messages.success(
            request,
            ngettext(
                "%(count)d record is now: %(status)s.",
                "%(count)d records are now: %(status)s.",
                count,
            )
            % {"count": count, "status": status.label},
        )


def _moment(at):
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")


class LinkedInline(admin.TabularInline):
    """Rows that tie a record to what it shares with others: a link, a source."""

    extra = 0
    target = ""

    def get_queryset(self, request):
        return super().get_queryset(request).select_related(self.target)


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
    if not picture.file:
        return ""
    return format_html(
        '<img src="{}" alt="{}" width="120" height="{}">',
        picture.file.url,
        str(picture.alt),
        round(120 * picture.height / (picture.width or 120)),
    )
