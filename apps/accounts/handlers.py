"""What this room does when a webhook tells of people: thin, the rules are in departures.py."""

from apps.accounts import departures
from apps.github import wire
from apps.github.registry import Hook, register


def member_removed(hook: Hook) -> None:
    """Who left an organization has no role there any more."""
    user_id = _member_of(hook)
    if user_id is not None and hook.organization_id is not None:
        departures.left(user_id, hook.organization_id)


def member_added(hook: Hook) -> None:
    """Who came is asked for at their next page."""
    user_id = _member_of(hook)
    if user_id is not None:
        departures.arrived(user_id)


def installation_ended(hook: Hook) -> None:
    """Where Patrol is not installed any more, nobody has a role."""
    if hook.organization_id is not None:
        departures.closed(hook.organization_id)


def installation_begun(hook: Hook) -> None:
    """Where Patrol works again, everybody is asked for at their next page."""
    if hook.organization_id is not None:
        departures.opened(hook.organization_id)


def authorization_revoked(hook: Hook) -> None:
    """The person took Patrol's permission away on GitHub."""
    sender = wire.part(hook.payload, wire.Hook).sender
    if sender is not None:
        departures.revoked(sender.id, hook.received_at)


def _member_of(hook: Hook) -> int | None:
    member = wire.part(hook.payload.get("membership"), wire.HookMembership).user
    return member.id if member else None


def register_all() -> None:
    """Called when the app is ready."""
    register("organization", "member_removed", member_removed)
    register("organization", "member_added", member_added)
    for action in ("deleted", "suspend"):
        register("installation", action, installation_ended)
    for action in ("created", "unsuspend"):
        register("installation", action, installation_begun)
    register("github_app_authorization", "revoked", authorization_revoked)
