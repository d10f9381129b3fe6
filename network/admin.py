from itertools import combinations

from django import forms
from django.contrib import admin
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from osaka_site.admin import (
    LinkedPictureInline,
    RecordAdmin,
    TranslatedAdminMixin,
    columns,
    date_column,
    linked_inline,
)

from .models import (
    Affiliation,
    AgreementDocument,
    Category,
    ExternalLink,
    Facility,
    OverseasOffice,
    PageText,
    Partner,
    Programme,
    Source,
)
from .models.affiliations import _certainly_overlap
from .picture_admin import PictureAdmin  # noqa: F401 (registers itself)


class TieFormSet(forms.BaseInlineFormSet):
    """All ties of a partner: compared with each other as they will be saved."""

    def add_fields(self, form, index):
        super().add_fields(form, index)
        # See clean(): the stored ones are out of date.
        form.instance.overlapping = lambda: None

    def clean(self):
        super().clean()
        for one, other in combinations(filter(forms.ModelForm.is_valid, self), 2):
            if (
                one.instance.category_id == other.instance.category_id is not None
                and _certainly_overlap(one.instance, other.instance)
            ):
                other.add_error(
                    "category",
                    _(
                        "This partner has two ties of this category in the same time. "
                        "Correct one of them, or give the earlier one an end."
                    ),
                )


class AffiliationInline(TranslatedAdminMixin, admin.StackedInline):
    """What is written here goes the way of the partner: it is public when that is."""

    model = Affiliation
    formset = TieFormSet
    extra = 0
    show_change_link = True
    can_delete = False  # a tie has a page of its own, and a place in the trash
    fieldsets = [
        (None, {"fields": ["category", ("signed_on", "ended_on")]}),
        (
            _("Words of this tie"),
            {"fields": ["wording", "content", "counterpart"], "classes": ["collapse"]},
        ),
    ]

    def get_queryset(self, request):
        ties = super().get_queryset(request).filter(trashed_at=None)
        return ties.select_related("partner", "category")


@admin.register(Partner)
class PartnerAdmin(RecordAdmin):
    list_display = ["label", "kind", "country", "tie_count", "shown_status"]
    list_filter = [
        "status",
        "kind",
        ("affiliations__category", admin.RelatedOnlyFieldListFilter),
    ]
    search_fields = columns("name", "formal_name", "aliases")
    autocomplete_fields = ["parent"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "kind",
                    "name",
                    "formal_name",
                    "aliases",
                    "country",
                    "parent",
                    "introduction",
                    "website",
                ]
            },
        ),
        (
            _("On the chart"),
            {
                "fields": [("latitude", "longitude"), "label_side"],
                "classes": ["collapse"],
            },
        ),
        (
            _("Numbers in other registers"),
            {"fields": [("wikidata_id", "geonames_id")], "classes": ["collapse"]},
        ),
    ]
    inlines = [
        AffiliationInline,
        linked_inline(Partner.pictures, LinkedPictureInline),
        linked_inline(Partner.links),
        linked_inline(Partner.sources),
    ]

    def get_queryset(self, request):
        """Counting drops the order of the model, so the order is said again."""
        ties = Count("affiliations", distinct=True)
        return super().get_queryset(request).annotate(tie_count=ties).order_by("slug")

    @admin.display(description=_("ties"), ordering="tie_count")
    def tie_count(self, partner):
        return partner.tie_count


class StateFilter(admin.SimpleListFilter):
    """In force, ended or to come: follows from the dates, so it is no column."""

    title = _("state of the tie")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [
            ("current", _("In force")),
            ("ended", _("Ended")),
            ("awaited", _("To come")),
        ]

    def queryset(self, request, queryset):
        match self.value():
            case "current":
                return queryset.current()
            case "ended":
                return queryset.ended()
            case "awaited":
                return queryset.awaited()
        return queryset


class AgreementDocumentInline(TranslatedAdminMixin, admin.StackedInline):
    model = AgreementDocument
    extra = 0
    fieldsets = [(None, {"fields": ["title", ("file", "language")]})]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """A longer Japanese name has more bytes than a file system allows."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "file":
            field.max_length = 80
        return field


@admin.register(Affiliation)
class AffiliationAdmin(RecordAdmin):
    list_display = [
        "partner",
        "tie_name",
        date_column(Affiliation, "signed_on"),
        date_column(Affiliation, "ended_on"),
        "shown_status",
    ]
    list_filter = [
        StateFilter,
        ("category", admin.RelatedOnlyFieldListFilter),
        "status",
    ]
    list_select_related = ["partner", "category__parent"]
    search_fields = [
        *columns("wording", "content", "counterpart"),
        *(f"partner__{column}" for column in columns("name")),
    ]
    autocomplete_fields = ["partner"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "partner",
                    "category",
                    "wording",
                    ("signed_on", "ended_on"),
                    "content",
                    "counterpart",
                ]
            },
        )
    ]
    inlines = [AgreementDocumentInline, linked_inline(Affiliation.sources)]

    @admin.display(description=_("tie"), ordering="category__order")
    def tie_name(self, tie):
        return str(tie.tie_name)


@admin.register(Category)
class CategoryAdmin(RecordAdmin):
    list_display = ["label", "parent", "order", "anniversary_interval", "shown_status"]
    list_select_related = ["parent"]
    search_fields = columns("name", "tie_name", "aliases")
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "name",
                    "tie_name",
                    "aliases",
                    "summary",
                    "introduction",
                    "established_on",
                    "anniversary_interval",
                ]
            },
        ),
        (
            _("How it is shown"),
            {"fields": ["parent", "members", "shape", "layout", "order"]},
        ),
    ]


PLACE_FIELDS = [
    "introduction",
    "address",
    ("phone", "email"),
    "website",
    "opened_on",
    "order",
]


@admin.register(OverseasOffice)
class OverseasOfficeAdmin(RecordAdmin):
    list_display = [
        "label",
        "city",
        "parent",
        date_column(OverseasOffice, "opened_on"),
        "shown_status",
    ]
    list_select_related = ["city", "parent__city"]
    search_fields = columns("name", "operator")
    autocomplete_fields = ["city", "parent"]
    fieldsets = [
        (None, {"fields": ["name", "city", "parent", "operator", *PLACE_FIELDS]})
    ]
    inlines = [
        linked_inline(OverseasOffice.pictures, LinkedPictureInline),
        linked_inline(OverseasOffice.links),
        linked_inline(OverseasOffice.sources),
    ]


@admin.register(Facility)
class FacilityAdmin(RecordAdmin):
    list_display = ["label", "parent", "phone", "shown_status"]
    list_select_related = ["parent"]
    search_fields = columns("name")
    autocomplete_fields = ["parent"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "name",
                    "parent",
                    "lead",
                    *PLACE_FIELDS,
                    "hours",
                    "services",
                    "languages_served",
                    "access",
                    ("latitude", "longitude"),
                ]
            },
        )
    ]
    inlines = [
        linked_inline(Facility.pictures, LinkedPictureInline),
        linked_inline(Facility.links),
        linked_inline(Facility.sources),
    ]


@admin.register(Programme)
class ProgrammeAdmin(RecordAdmin):
    list_display = ["label", "facility", "order", "shown_status"]
    list_filter = [("facility", admin.RelatedOnlyFieldListFilter), "status"]
    list_select_related = ["facility__parent"]
    search_fields = columns("title", "text")
    autocomplete_fields = ["facility"]
    fieldsets = [(None, {"fields": ["title", "facility", "text", "url", "order"]})]


@admin.register(PageText)
class PageTextAdmin(RecordAdmin):
    list_display = ["label", "slug", "shown_status", "updated_at"]
    search_fields = ["slug", *columns("title", "body")]
    fieldsets = [(None, {"fields": ["title", "body"]})]


@admin.register(ExternalLink)
class ExternalLinkAdmin(RecordAdmin):
    list_display = ["label", "url", "is_listed", "shown_status"]
    list_filter = ["is_listed", "status"]
    search_fields = ["url", *columns("title", "description")]
    fieldsets = [
        (
            None,
            {"fields": ["title", "url", "languages", "description"]},
        ),
        (_("Where it shows"), {"fields": ["is_listed", "order"]}),
    ]


@admin.register(Source)
class SourceAdmin(RecordAdmin):
    list_display = ["title", "publisher", "language", "checked_on", "shown_status"]
    list_filter = ["kind", "language", "status"]
    search_fields = ["slug", "title", "publisher", "url"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "kind",
                    "title",
                    "publisher",
                    "url",
                    "language",
                    ("page_date", "checked_on"),
                ]
            },
        )
    ]
