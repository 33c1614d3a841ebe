"""What Patrol's App may do on organizations: as GitHub last told it, and asked anew.

GitHub tells of an acceptance (`installation.new_permissions_accepted`); of a permission that was taken away nothing
tells but a refusal.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import structlog
from django.db.models import OuterRef, Subquery

from apps.core.errors import RuleBroken
from apps.core.statements import Statement
from apps.github import auth, errors, permissions, services, web
from apps.github.models import App, Installation, InstallationQuerySet, Organization

log = structlog.get_logger(__name__)
Permissions = Mapping[str, str]


class Lacking(RuleBroken):
    """The App has not got the permission for this; nothing was written."""


@dataclass(frozen=True)
class Asked:
    """What the App asks of organizations, by GitHub's word just now; `owner` may change it at `page`."""

    permissions: Permissions = field(default_factory=dict)
    slug: str = ""
    owner: str = ""
    page: str = ""


def held(organization_ids: Iterable[int]) -> dict[int, Permissions]:
    """What the governance App may do on each, where it is installed and works; one query."""
    return dict(_HELD(sorted(set(organization_ids))))


def held_on(column: str) -> Subquery:
    """The same for a row whose `column` is an organization; null where the App is not installed."""
    return Subquery(_live().filter(organization=OuterRef(column)).values("permissions")[:1])


def _live() -> InstallationQuerySet:
    return Installation.objects.live().filter(app__role=App.Role.GOVERNANCE)


_HELD = Statement(lambda ids: _live().filter(organization__in=ids).values_list("organization_id", "permissions"))


def lacking(organization_id: int, wanted: Permissions) -> dict[str, str]:
    """What of `wanted` the App lacks there. Nothing where it is not installed: that is told otherwise."""
    found = held([organization_id])
    return permissions.lacking(found[organization_id], wanted) if organization_id in found else {}


def require(organization: Organization, wanted: Permissions) -> None:
    """Before anything is written. Raises Lacking, with a sentence for the person."""
    missing = lacking(organization.pk, wanted)
    if missing:
        raise Lacking(sentence(organization.login, missing))


def sentence(login: str, missing: Permissions) -> str:
    """Why nothing is sent."""
    lacks = permissions.in_words(missing)
    return f"Patrol only looks at {login}: its App lacks {lacks}. Nothing was sent: decide on GitHub, or turn it on."


def asked() -> Asked:
    """Ask GitHub what the App asks for. Raises github.errors, services.NotConfigured; not inside a transaction."""
    with auth.app_client(services.governance_app(), patient=False) as client:
        known = client.app()
    return Asked(known.permissions, known.slug, known.owner.login if known.owner else "", web.app_permissions(known))


def read_again(organization_id: int) -> bool | None:
    """Read anew what the App may do there, as after a refusal. Whether that is another than was known.

    None where GitHub could not be asked. Not inside a transaction.
    """
    try:
        return services.read_installation(organization_id)
    except errors.GitHubError as error:
        log.warning("github.installation_not_read", organization=organization_id, error=str(error))
        return None
