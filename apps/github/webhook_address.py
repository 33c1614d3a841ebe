"""Whether webhooks can reach Patrol, as far as settings tell."""

import ipaddress
from urllib.parse import urlsplit

from django.conf import settings

from apps.github import addresses


def expected() -> bool:
    """Whether GitHub is to send webhooks; where it is not, Patrol asks for new requests itself."""
    if settings.WEBHOOKS != "auto":
        return bool(settings.WEBHOOKS == "on")
    return not _is_inside(settings.WEBHOOK_URL) or _is_inside(addresses.api_url()) or addresses.is_inside()


def _is_inside(url: str) -> bool:
    """Whether only this machine or this network reaches the address, by its name alone."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in settings.OUTBOUND_PRIVATE_HOSTS or parts.netloc in settings.OUTBOUND_PRIVATE_HOSTS:
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
