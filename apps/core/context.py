"""What every template may use about this Patrol."""

from django.conf import settings
from django.http import HttpRequest

COLOR_MODES = {"auto", "light", "dark"}


def site(request: HttpRequest) -> dict[str, object]:
    """Version, the reader's colour mode, and whether this is the demo."""
    mode = request.COOKIES.get("patrol-color-mode", "auto")
    return {
        "patrol_version": settings.VERSION,
        "demo": settings.DEMO,
        "color_mode": mode if mode in COLOR_MODES else "auto",
    }
