"""What this room does itself when a webhook comes: read the installations again, and the members."""

from datetime import timedelta

from apps.core import clock
from apps.github import services
from apps.github.registry import ANY, Hook, Later, register

BETWEEN_MEMBER_WALKS = timedelta(seconds=60)


def installations_changed(hook: Hook) -> None:
    """Installed, removed, suspended, renamed, other permissions: GitHub's list says what is so."""
    services.sync_installations()


def members_changed(hook: Hook) -> None:
    """Walk the members; one walk serves every message that came before it began."""
    installation = None if hook.organization_id is None else services.live_installation(hook.organization_id)
    if installation is None:
        return
    organization = installation.organization
    last = organization.members_synced_at
    if last is not None and last > hook.received_at:
        return
    if last is not None and clock.now() - last < BETWEEN_MEMBER_WALKS:
        raise Later(last + BETWEEN_MEMBER_WALKS)
    if not services.sync_members(organization.pk):
        raise Later(clock.now() + BETWEEN_MEMBER_WALKS)  # a later walk is at it, and may fail


def register_all() -> None:
    """Called when the app is ready."""
    for event in ("installation", "installation_repositories", "installation_target"):
        register(event, ANY, installations_changed)
    for action in ("renamed", "deleted"):
        register("organization", action, installations_changed)
    for action in ("member_added", "member_removed"):
        register("organization", action, members_changed)
