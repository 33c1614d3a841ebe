"""The navigation around every page: the reader's organizations, and where the reader is."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from apps.accounts import access
from apps.dashboard import queries
from apps.dashboard.notices import Notice, closed_notices, notices

TABS = {
    "request": "requests", "all-requests": "requests", "token": "tokens", "all-tokens": "tokens",
    "activity": "activity", "all-activity": "activity", "settings": "settings", "overview": "overview",
    "organization": "overview",
    "addresses": "settings", "sync": "settings", "repository": "tokens", "expiring": "expiring",
    "my-tokens": "my-tokens", "my-token-why": "my-tokens", "my-ask": "my-ask", "my-address": "my-address",
    "my-address-confirm": "my-address",
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """One organization in the navigation; `state` is ready, closed, or sso_required with an address to go to.

    `waits_for_you` approvals want the reader's consent.
    """

    login: str
    name: str
    avatar_url: str
    state: str
    pending_count: int
    sso_url: str
    waits_for_you: int


@dataclass(frozen=True)
class Navigation:
    """`current` None: over all organizations. `notices` are of the current one, or of all.

    `personal`: the page is about the reader alone, or the reader owns no organization at all (`owns_nothing`).
    `belongs_nowhere`: the reader is no member either, of none where Patrol works.
    """

    organizations: list[Place]
    current: Place | None
    tab: str
    stale_since: object
    notices: list[Notice]
    personal: bool = False
    owns_nothing: bool = False
    belongs_nowhere: bool = False


def navigation(request: HttpRequest) -> dict[str, object]:
    """Looked up only by a page that shows it; nothing for people who are not signed in."""
    return {"navigation": SimpleLazyObject(lambda: _navigation(request))}


def _navigation(request: HttpRequest) -> Navigation:
    user = getattr(request, "user", None)
    match = request.resolver_match
    tab = _tab(match.url_name or "") if match else ""
    if user is None or not user.is_authenticated:
        return Navigation([], None, tab, None, [])
    visible = access.visible_organizations(user)
    waits = queries.waits([one.organization.pk for one in visible if one.state == "ready"], user.pk)
    places = [_place(one, waits.get(one.organization.pk)) for one in visible]
    login = str(match.kwargs.get("login", "")).lower() if match else ""
    current = next((place for place in places if place.login.lower() == login), None)
    here = [one for one in visible if current is None or one.organization.login == current.login]
    told_of = [(one.organization.login, waits[one.organization.pk]) for one in here if one.organization.pk in waits]
    told = [*closed_notices(here), *notices(told_of)]
    nothing = access.owns_nothing(user)
    personal = nothing or tab.startswith("my-")
    return Navigation(
        places, current, tab, access.stale_since(user), told, personal, nothing, not access.belongs_somewhere(user)
    )


def _place(one: access.Visible, waits: queries.Waits | None) -> Place:
    organization = one.organization
    return Place(
        organization.login, organization.name, organization.avatar_url, one.state,
        waits.pending if waits else 0, one.sso_url, waits.proposals if waits else 0,
    )  # fmt: skip


def _tab(url_name: str) -> str:
    if url_name.startswith("all-tokens"):
        return "tokens"
    if url_name.startswith("all-expiring"):
        return "expiring"
    return TABS.get(url_name) or TABS.get(url_name.split("-", maxsplit=1)[0], "")
