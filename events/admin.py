from django.contrib import admin
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from osaka_site.admin import (
    LinkedPictureInline,
    RecordAdmin,
    columns,
    date_column,
    linked_inline,
)

from .models import Exchange, Field


@admin.register(Field)
class FieldAdmin(RecordAdmin):
    list_display = ["label", "order", "exchange_count", "shown_status"]
    search_fields = columns("name", "aliases")
    fieldsets = [(None, {"fields": ["name", "aliases", "order"]})]

    def get_queryset(self, request):
        """Counting drops the order of the model, so the order is said again."""
        fields = super().get_queryset(request)
        fields = fields.annotate(exchange_count=Count("exchanges"))
        return fields.order_by("order", "slug")

    @admin.display(description=_("exchanges"), ordering="exchange_count")
    def exchange_count(self, field):
        return field.exchange_count


class WhenFilter(admin.SimpleListFilter):
    title = _("when")
    parameter_name = "when"

    def lookups(self, request, model_admin):
        return [("upcoming", _("Upcoming")), ("past", _("Past"))]

    def queryset(self, request, queryset):
        match self.value():
            case "upcoming":
                return queryset.upcoming()
            case "past":
                return queryset.past()
        return queryset


@admin.register(Exchange)
class ExchangeAdmin(RecordAdmin):
    list_display = [
        "label",
        date_column(Exchange, "starts_on"),
        "kind",
        "partner_names",
        "shown_status",
    ]
    list_filter = [
        WhenFilter,
        "status",
        "kind",
        ("fields", admin.RelatedOnlyFieldListFilter),
        "state",
    ]
    date_hierarchy = "first_day"
    search_fields = [
        *columns("title", "summary", "place"),
        *(f"partners__{column}" for column in columns("name")),
    ]
    autocomplete_fields = ["partners", "fields", "celebrates", "venue"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "title",
                    "kind",
                    "state",
                    "partners",
                    "fields",
                    "summary",
                    "body",
                ]
            },
        ),
        (
            _("When and where"),
            {
                "fields": [
                    ("starts_on", "ends_on"),
                    ("starts_at", "ends_at"),
                    "place",
                    "venue",
                    "celebrates",
                ]
            },
        ),
        (
            _("Taking part"),
            {
                "fields": [
                    "host",
                    "how_to_apply",
                    "apply_url",
                    "apply_until",
                    "capacity",
                    "fee",
                    "languages_offered",
                ],
                "classes": ["collapse"],
            },
        ),
    ]
    inlines = [
        linked_inline(Exchange.pictures, LinkedPictureInline),
        linked_inline(Exchange.links),
        linked_inline(Exchange.sources),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("partners")

    @admin.display(description=_("partners"))
    def partner_names(self, exchange):
        return ", ".join(str(partner.name) for partner in exchange.partners.all())
