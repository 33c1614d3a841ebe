"""Which organizations may use an App that anybody can install: a list of GitHub's ids, in settings or rows.

An installation outside the list is kept as a row that is not live: it is shown and never read.
"""

from contextlib import suppress

from django.conf import settings
from django.db import transaction

from apps.audit import services as audit
from apps.core import clock
from apps.core.errors import RuleBroken
from apps.github import auth, errors, readings
from apps.github.models import AllowedOrganization, App, Installation


class NotOutside(RuleBroken):
    """The installation is gone, or the organization was allowed meanwhile."""


def is_outside(app: App, organization_id: int) -> bool:
    """Whether the organization is not on the list; without a list none is."""
    if settings.ALLOWED_ORGANIZATIONS:
        return organization_id not in settings.ALLOWED_ORGANIZATIONS
    if not app.allow_listed:
        return False
    return not AllowedOrganization.objects.filter(organization_id=organization_id).exists()


def is_kept_here(app: App) -> bool:
    """Whether there is a list, and it is rows: what settings list is changed there."""
    return app.allow_listed and not settings.ALLOWED_ORGANIZATIONS


def outside() -> list[Installation]:
    """Installations that nobody allowed, by login."""
    found = Installation.objects.outside().filter(app__role=App.Role.GOVERNANCE)
    return list(found.select_related("organization", "app").order_by("organization__login"))


def allow(organization_id: int, *, by: audit.Actor) -> None:
    """From now on the organization is read. Raises NotOutside where the settings hold the list."""
    if settings.ALLOWED_ORGANIZATIONS:
        raise NotOutside("PATROL_ALLOWED_ORGANIZATIONS holds the list: add the organization's id there.")
    with transaction.atomic():
        _, new = AllowedOrganization.objects.get_or_create(
            organization_id=organization_id, defaults={"allowed_at": clock.now()}
        )
        Installation.objects.filter(organization=organization_id).update(is_outside=False)
        if new:
            audit.record("organization.allowed", organization_id=organization_id, actor=by)


def remove(installation_id: int, *, by: audit.Actor) -> str:
    """Take the App off an organization that nobody allowed. Returns its login.

    Raises NotOutside, github.errors.GitHubError. Talks to GitHub: not inside a transaction.
    """
    row = next((one for one in outside() if one.installation_id == installation_id), None)
    if row is None:
        raise NotOutside("This installation is not there any more, or was allowed.")
    login = row.organization.login
    with transaction.atomic():
        audit.record("installation.removal_asked", actor=by, login=login, installation_id=installation_id)
    with auth.app_client(row.app) as client, suppress(errors.NotFound):  # its owner was faster
        client.delete_installation(installation_id)
    with transaction.atomic():
        reading = readings.begin(row.app)  # who looked before saw it still there
        Installation.objects.filter(pk=row.pk).update(removed_at=clock.now(), reading=reading)
        audit.record("installation.removed", organization_id=row.organization_id, actor=by)
    return login
