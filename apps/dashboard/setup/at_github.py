"""The App as GitHub shows it while Patrol is set up: what it may do, and where it is installed."""

from dataclasses import dataclass, field

import structlog

from apps.github import auth, errors, permissions, redelivery, services, web, wire

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Place:
    """One installation: whose, and what has to be done there, empty where nothing."""

    login: str
    todo: str
    page: str


@dataclass(frozen=True)
class Seen:
    """`missing` permissions in words, with the page that sets them; `trouble` where GitHub could not be asked."""

    installation_url: str
    slug: str = ""
    missing: str = ""
    permissions_url: str = ""
    places: list[Place] = field(default_factory=list)
    trouble: str = ""

    @property
    def ready(self) -> bool:
        """Whether there is an organization to go on with."""
        return any(not one.todo for one in self.places) and not self.missing


def look() -> Seen:
    """Ask GitHub about the App. What the browser brought back is not asked."""
    app = services.governance_app()
    try:
        with auth.app_client(app) as client:
            known = client.app()
            found = [one for one in client.installations() if one.target_type == "Organization"]
    except errors.GitHubError as error:
        return Seen(web.new_installation(app.slug), app.slug, trouble=str(error))
    lacking = permissions.lacking(known.permissions, permissions.LOOK_ONLY)
    url = web.new_installation(app.slug, known.html_url)
    return Seen(
        url, app.slug, permissions.in_words(lacking), web.app_permissions(known), [_place(one) for one in found]
    )


def read_installations() -> str:
    """Read the App's own list of installations. Returns what is wrong, or nothing."""
    try:
        services.sync_installations()
        redelivery.redeliver_failed()  # what came before Patrol knew the webhook's secret
    except errors.GitHubError as error:
        log.warning("dashboard.setup_installations_not_read", error=str(error))
        return str(error)
    return ""


def _place(one: wire.Installation) -> Place:
    todo = "It is suspended there: an owner lets it work again." if one.suspended_at else ""
    return Place(one.account.login, todo, web.installation(one.account.login, one.id))
