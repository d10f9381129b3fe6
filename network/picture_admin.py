"""Pictures in the admin: what they show, where they are used, another in their place."""

from http import HTTPStatus

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import JsonResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from osaka_site.admin import RecordAdmin, columns, picture_thumbnail
from osaka_site.desk.picture_uses import replace, uses_of
from osaka_site.desk.replacing import may_change, places_of, record_replacement

from .models import Partner, Picture


class ReplacePictureForm(forms.Form):
    new = forms.ModelChoiceField(
        Picture.objects.none(),
        label=_("New picture"),
        widget=AutocompleteSelect(
            Partner.pictures.through._meta.get_field("picture"), admin.site
        ),
    )

    def __init__(self, *args, old, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["new"].queryset = Picture.objects.kept().exclude(pk=old.pk)


@admin.register(Picture)
class PictureAdmin(RecordAdmin):
    list_display = ["thumbnail", "label", "credit", "shown_status"]
    list_display_links = ["label"]
    list_per_page = 20
    search_fields = ["slug", "credit", *columns("alt", "caption")]
    readonly_fields = ["thumbnail", "where_used"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "file",
                    "thumbnail",
                    "focus",
                    "alt",
                    "caption",
                    ("credit", "licence"),
                ]
            },
        )
    ]

    class Media:
        js = [forms.Script("js/upload.js", defer=True)]

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        return [*fieldsets, (_("Where it is used"), {"fields": ["where_used"]})]

    @admin.display(description=_("preview"))
    def thumbnail(self, picture):
        return picture_thumbnail(picture)

    @admin.display(description=_("records"))
    def where_used(self, picture):
        rows = [
            (place["url"], place["record"], ", ".join(map(str, place["labels"])))
            for place in places_of(uses_of(picture))
        ]
        if not rows:
            return _("No record shows this picture.")
        return format_html(
            '<ul class="uses">{}</ul><p><a href="{}">{}</a></p>',
            format_html_join("", '<li><a href="{}">{}</a>: {}</li>', rows),
            self.address("replace", picture),
            _("Replace everywhere"),
        )

    def changeform_view(self, request, *args, **kwargs):
        """A script that sends the form goes itself where a browser would be sent."""
        response = super().changeform_view(request, *args, **kwargs)
        is_by_script = request.headers.get("X-Requested-With") == "XMLHttpRequest"
        if is_by_script and response.status_code == HTTPStatus.FOUND:
            return JsonResponse({"location": response["Location"]})
        return response

    # ---- another in its place ----------------------------------------------------

    def get_urls(self):
        page = path(
            "<path:object_id>/replace/",
            self.admin_site.admin_view(self.replace_view),
            name="network_picture_replace",
        )
        return [page, *super().get_urls()]

    def replace_view(self, request, object_id):
        """Show every place that will change; with the button, change them all."""
        picture = self._record(request, object_id)
        if not request.user.has_perm("network.change_picture"):
            raise PermissionDenied
        form = ReplacePictureForm(request.POST or None, old=picture)
        new = form.cleaned_data["new"] if form.is_valid() else None
        places = uses_of(picture)
        locked = [record for record in places if not may_change(request, record)]
        if new and "confirmed" in request.POST:
            try:
                return self._replace(request, picture, new)
            except PermissionError as error:
                (locked,) = error.args
            except ValidationError as error:
                form.add_error("new", error.messages)
        return self._page(
            request,
            "replace_picture",
            picture,
            title=_("Replace everywhere"),
            form=form,
            new=new,
            old_preview=picture_thumbnail(picture),
            new_preview=new and picture_thumbnail(new),
            locked=locked,
            places=places_of(places, locked),
        )

    def _replace(self, request, old, new):
        comment = _("Replaced the picture “%(old)s” by “%(new)s”.")
        with transaction.atomic():
            records = replace(old, new, lambda record: may_change(request, record))
            for record in records:
                record_replacement(request, record, comment % {"old": old, "new": new})
        messages.success(
            request,
            ngettext(
                "The picture is replaced in %(count)d record.",
                "The picture is replaced in %(count)d records.",
                len(records),
            )
            % {"count": len(records)},
        )
        return redirect(self.address("change", old))
