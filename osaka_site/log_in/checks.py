from django.conf import settings
from django.core.checks import Tags, Warning, register


@register(Tags.security, deploy=True)
def second_factor_is_asked_for(app_configs, **kwargs):
    if settings.SECOND_FACTOR or settings.DEBUG:
        return []
    return [
        Warning(
            "Publishers and administrators log in with a password alone.",
            hint="Set SECOND_FACTOR=1.",
            id="osaka_site.W001",
        )
    ]
