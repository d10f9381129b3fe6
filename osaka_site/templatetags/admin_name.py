from django import template

register = template.Library()


@register.filter
def admin_name(opts, page):
    """The URL name of a page that a record's admin adds: ``opts|admin_name:"merge"``."""
    return f"admin:{opts.app_label}_{opts.model_name}_{page}"
