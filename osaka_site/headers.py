"""What browsers are told with every answer, whoever makes it: pages, files, errors."""

# Of what a page could ask a browser for, ours need nothing.
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "autoplay",
        "camera",
        "display-capture",
        "encrypted-media",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "picture-in-picture",
        "screen-wake-lock",
        "usb",
        "xr-spatial-tracking",
    )
)
FOR_ALL = {
    "Permissions-Policy": PERMISSIONS,
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class HeadersMiddleware:
    """Stands before all that may answer; what they say themselves counts."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        for name, value in FOR_ALL.items():
            response.headers.setdefault(name, value)
        if request.path_info.startswith("/admin/"):
            response["X-Robots-Tag"] = "noindex, nofollow"
        return response
