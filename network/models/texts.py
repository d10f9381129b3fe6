from django.db import models
from django.utils.translation import gettext_lazy as _

from osaka_site.fields import BodyTextField
from osaka_site.publishing import Publishable, PublishableQuerySet
from osaka_site.translation import Translated


class PageTextQuerySet(PublishableQuerySet):
    def by_slug(self, *slugs):
        """``{"home": text, …}``: the published ones of ``slugs``, in one query."""
        return {text.slug: text for text in self.published().filter(slug__in=slugs)}


class PageText(Publishable):
    """Words of a page that belong to no record; the page names them by slug."""

    named_by = "title"

    title = Translated(models.CharField(_("title"), max_length=200), is_required=True)
    body = Translated(
        BodyTextField(_("text"), help_text=_("A blank line starts a new paragraph."))
    )

    objects = PageTextQuerySet.as_manager()

    class Meta(Publishable.Meta):
        ordering = ["slug"]
        verbose_name = _("page text")
        verbose_name_plural = _("page texts")

    def __str__(self):
        return self.title
