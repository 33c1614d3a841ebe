"""Keeping the mirror of Apps, installations and members."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import Q

from apps.audit import services as audit
from apps.core import clock
from apps.core.statements import Statement
from apps.github import (
    allowing,
    auth,
    errors,
    hook_secrets,
    keys,
    members,
    organizations,
    permissions,
    readings,
    web,
    webhook_address,
    wire,
)
from apps.github.client import Client
from apps.github.models import App, Installation, Organization


class NotConfigured(Exception):
    """No App is registered; see docs/settings.md."""


def governance_app() -> App:
    """The App that governs tokens. Raises NotConfigured."""
    app = App.objects.filter(role=App.Role.GOVERNANCE).first()
    if app is None:
        raise NotConfigured("No App is registered yet: open /setup with the code printed where Patrol was started.")
    return app


def register_app_from_settings() -> App | None:
    """The App that the environment names, its secrets sealed into its row; else the one made in a browser, if any.

    Raises ImproperlyConfigured for an App without a webhook secret: everybody could sign with an empty one. And
    crypto.Sealed, where the ring does not open what the row holds.
    """
    given = settings.GITHUB_APP
    if not given["app_id"]:
        return keys.seal_anew()
    if not given["webhook_secret"] and webhook_address.expected():
        raise ImproperlyConfigured(hook_secrets.MISSING)
    with transaction.atomic():
        known = App.objects.select_for_update().filter(role=App.Role.GOVERNANCE).first()
        app = known or App(role=App.Role.GOVERNANCE)
        app.app_id, app.client_id, app.slug = given["app_id"], given["client_id"], given["slug"]
        keys.take_from_settings(app, given)
        app.save()
    hook_secrets.forget()
    return app


def sync_installations() -> int:
    """Read where the App is installed. Returns how many are live.

    What is not listed any more, and is not there when it is asked for either, is marked removed. What somebody wrote
    who read later stays.
    """
    app = governance_app()
    reading = readings.begin(app)
    with auth.app_client(app) as client:
        told = client.app()
        found = [one for one in client.installations() if one.target_type == "Organization"]
        known = Installation.objects.filter(app=app, removed_at__isnull=True)
        missing = list(known.exclude(installation_id__in=[one.id for one in found]))
        looked_up = {row.pk: _look_up(client, row) for row in missing}
    found += [one for one in looked_up.values() if one is not None]
    with transaction.atomic():
        if readings.is_overtaken(app, reading):
            return len(found)
        _learn(app, told, reading)
        for installation in found:
            _adopt(app, installation, reading)
        for left in [row for row in missing if looked_up[row.pk] is None]:
            _end(left, reading)
    return len(found)


def _learn(app: App, told: wire.App, reading: int) -> None:
    """What the App asks for, and what it and its owner are called: it may have been renamed, or given away."""
    app.slug, app.owner_login = told.slug or app.slug, told.owner.login if told.owner else ""
    app.asks, app.permissions_page = told.permissions, web.app_permissions(told)
    app.installation_page, app.reading = web.new_installation(app.slug, told.html_url), reading
    app.save(update_fields=["slug", "owner_login", "asks", "permissions_page", "installation_page", "reading"])


def _look_up(client: Client, row: Installation) -> wire.Installation | None:
    """One installation by its id, None where GitHub has none."""
    try:
        return client.installation(row.installation_id)
    except errors.NotFound:
        return None


def _end(left: Installation, reading: int) -> None:
    """The App was taken off."""
    there = Installation.objects.filter(pk=left.pk, reading__lte=reading, removed_at__isnull=True)
    if there.update(removed_at=clock.now(), reading=reading):
        audit.record("installation.removed", organization_id=left.organization_id)


def read_installation(organization_id: int) -> bool:
    """Read anew what the App may do on one organization, and its login. Whether either is another than was known.

    Raises github.errors, also where it is not installed. Not inside a transaction.
    """
    known = required_installation(organization_id)
    reading = readings.begin(known.app)
    with auth.app_client(known.app, patient=False) as client:
        found = _look_up(client, known)
    if found is None:
        sync_installations()
        return True
    with transaction.atomic():
        if not readings.is_overtaken(known.app, reading):
            _adopt(known.app, found, reading)
    now = Installation.objects.select_related("organization").get(pk=known.pk)
    return _told(now) != _told(known)


def _told(row: Installation) -> tuple[object, ...]:
    return row.permissions, row.suspended_at, row.removed_at, row.organization.login


def is_renamed(organization: Organization) -> bool:
    """Ask GitHub what an organization is called where its login is not known any more; `organization` learns it.

    Raises github.errors. Not inside a transaction.
    """
    known = live_installation(organization.pk)
    if known is None:
        return False
    read_installation(organization.pk)
    before = organization.login
    organization.refresh_from_db(fields=["login"])
    return organization.login != before


def _adopt(app: App, found: wire.Installation, reading: int) -> None:
    """Write one down as it is now, and what changed into the record; nothing where a later reading wrote."""
    same = Q(installation_id=found.id) | Q(app=app, organization=found.account.id)
    rows = list(Installation.objects.select_for_update().filter(same).order_by("pk"))
    if not readings.is_newest(rows, reading):
        return
    organization = organizations.learn(found.account)
    replaced = [row.pk for row in rows if row.installation_id != found.id and row.removed_at is None]
    Installation.objects.filter(pk__in=replaced).update(removed_at=clock.now(), reading=reading)
    installation, _ = Installation.objects.update_or_create(
        installation_id=found.id,
        defaults={
            "app": app, "organization": organization, "permissions": found.permissions,
            "suspended_at": found.suspended_at, "removed_at": None, "reading": reading,
            "is_outside": allowing.is_outside(app, organization.pk),
        },
    )  # fmt: skip
    before = next((row for row in rows if row.installation_id == found.id), None)
    if before is None:
        _record_new(installation)
    else:
        _record_changes(before, installation)


def _record_new(installation: Installation) -> None:
    organization = installation.organization
    if installation.is_outside:
        audit.record("installation.found_outside", login=organization.login, target=organization.pk)
    else:
        audit.record("installation.created", organization_id=organization.pk, permissions=installation.permissions)


def _record_changes(before: Installation, now: Installation) -> None:
    if before.permissions != now.permissions:
        auth.forget_token(now)  # it was made with the permissions of its time
        audit.record(
            "installation.permissions_changed", organization_id=now.organization_id,
            before=before.permissions, after=now.permissions, now=permissions.in_words(now.permissions),
        )  # fmt: skip
    if now.suspended_at and not before.suspended_at:
        audit.record("installation.suspended", organization_id=now.organization_id)
    if before.suspended_at and not now.suspended_at:
        audit.record("installation.resumed", organization_id=now.organization_id)


def live_installation(organization_id: int) -> Installation | None:
    """The governance App's installation on the organization."""
    return _LIVE.first(organization_id)


_LIVE = Statement(
    lambda organization_id: (
        Installation.objects.live()
        .select_related("app", "organization")
        .filter(app__role=App.Role.GOVERNANCE, organization=organization_id)
        .order_by("pk")[:1]
    )
)


def required_installation(organization_id: int) -> Installation:
    """The same where nothing can be done without it. Raises errors.Permanent."""
    installation = live_installation(organization_id)
    if installation is None:
        raise errors.Permanent("Patrol's App is not installed on this organization.")
    return installation


def sync_members(organization_id: int) -> int:
    """Walk the organization's members. Returns how many there are, 0 where that is not known after it.

    So it is where the App is not installed, or a later walk has begun to write. Raises github.errors.
    """
    installation = live_installation(organization_id)
    return members.walk(installation) if installation else 0


def sync_all_members() -> int:
    """Every live installation's members; one that fails does not stop the others."""
    done = 0
    for installation in Installation.objects.live().filter(app__role=App.Role.GOVERNANCE):
        try:
            sync_members(installation.organization_id)
            done += 1
        except errors.GitHubError:
            continue
    return done
