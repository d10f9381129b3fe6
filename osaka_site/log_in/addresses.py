from ipaddress import ip_address

from django.conf import settings


def client_address(request):
    """Where a request came from, ``""`` if that cannot be known.

    Each server on the way adds the address it was asked from at the end of
    X-Forwarded-For. Only what our own have added is true: visitors may send the
    header themselves, with whatever they like.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        passed_on = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if len(passed_on) >= settings.TRUSTED_PROXIES:
            address = passed_on[-settings.TRUSTED_PROXIES].strip() or address
    try:
        return str(ip_address(address))
    except ValueError:
        return ""
