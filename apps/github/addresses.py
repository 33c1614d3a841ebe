"""GitHub's addresses in use: those of the settings, else those chosen at /setup, else github.com's.

The only reader of PATROL_GITHUB_API_URL and PATROL_GITHUB_WEB_URL. What was chosen is kept in memory and read again
every two seconds, so that all processes follow while Patrol is set up; with an App registered it does not change.
"""

import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from apps.core import clock, http
from apps.github import hosts
from apps.github.models import ChosenHost

REFRESH_SECONDS = 2.0


@dataclass
class _Kept:
    """What was chosen; `read_at` is monotonic, 0 before the first reading."""

    row: ChosenHost | None = None
    read_at: float = 0.0


_kept = _Kept()


def current() -> hosts.Host:
    """All addresses. Raises DatabaseError rather than guess: a token must not go to another GitHub."""
    if are_given():
        return _of_settings()
    row = _chosen()
    return hosts.Host(row.api_url, row.web_url, row.upload_url) if row else hosts.GITHUB_COM


def api_url() -> str:
    """GitHub's API, without a slash at the end."""
    return current().api_url


def web_url() -> str:
    """GitHub's pages, without a slash at the end."""
    return current().web_url


def are_given() -> bool:
    """Whether settings say which GitHub it is; then nothing is chosen."""
    return bool(settings.GITHUB_API_URL or settings.GITHUB_WEB_URL)


def is_inside() -> bool:
    """Whether the GitHub chosen at /setup is on a private address."""
    row = None if are_given() else _chosen()
    return row is not None and row.is_inside


def inside_hosts() -> set[str]:
    """`HOST:PORT` of an Enterprise Server chosen at /setup: exactly these may be on private addresses."""
    if are_given() or not (row := _chosen()):
        return set()
    host = hosts.Host(row.api_url, row.web_url, row.upload_url)
    return {http.endpoint(host.api_url), http.endpoint(host.web_url)} if host.is_server else set()


def picture_origins() -> list[str]:
    """Where avatars come from besides PATROL_GITHUB_AVATAR_HOSTS: the chosen GitHub's own."""
    if are_given() or not (row := _chosen()) or row.web_url == hosts.GITHUB_COM.web_url:
        return []
    parts = urlsplit(row.web_url)
    return [row.web_url, f"{parts.scheme}://avatars.{parts.netloc}"]


def choose(host: hosts.Host) -> None:
    """From now on Patrol talks to this GitHub."""
    values = {"api_url": host.api_url, "web_url": host.web_url, "upload_url": host.upload_url}
    inside = http.resolves_inside(host.api_url)
    ChosenHost.objects.update_or_create(
        id=ChosenHost.ONLY, defaults={**values, "is_inside": inside, "chosen_at": clock.now()}
    )
    forget()


def forget() -> None:
    """Read what was chosen anew at the next question."""
    _kept.read_at = 0.0


def _of_settings() -> hosts.Host:
    """Where only one of the two is given, the other is the one that belongs to it."""
    api, web = settings.GITHUB_API_URL, settings.GITHUB_WEB_URL
    if api and web:
        return hosts.Host(api, web, "")
    derived = hosts.derive(api or web)
    return hosts.Host(api or derived.api_url, web or derived.web_url, derived.upload_url)


def _chosen() -> ChosenHost | None:
    now = time.monotonic()
    if _kept.read_at == 0.0 or now - _kept.read_at > REFRESH_SECONDS:
        _kept.row = ChosenHost.objects.filter(id=ChosenHost.ONLY).first()
        _kept.read_at = now
    return _kept.row
