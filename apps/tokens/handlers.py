"""What this room does when a webhook tells of tokens: thin, the rules are in hints.py."""

from datetime import datetime

from apps.github import wire
from apps.github.registry import ANY, Hook, register, register_for_floods
from apps.tokens import hints, sync, told


def request_changed(hook: Hook) -> None:
    """Asked for, approved, denied or cancelled: the token is read again."""
    if hook.organization_id is None:
        return
    try:
        request = wire.part(hook.payload.get("personal_access_token_request"), wire.HookRequest)
    except wire.Malformed:
        hints.ask_for_sync(hook.organization_id, hook.received_at)
    else:
        if hook.action in told.ACTIONS:
            told.keep(hook.organization_id, hook.action, request, _sender(hook), hook.received_at)
        decided = hook.action != "created"
        hints.read_again(hook.organization_id, request, hook.received_at, decided=decided)


def _sender(hook: Hook) -> wire.Account | None:
    try:
        return wire.part(hook.payload.get("sender"), wire.Account)
    except wire.Malformed:
        return None


def many_requested(organization_id: int | None, newest: datetime) -> None:
    """So many ask at once that one walk tells of them all."""
    if organization_id is not None:
        hints.read_all_again(organization_id, newest)


def installation_changed(hook: Hook) -> None:
    """A new organization is read at once, and one that lets Patrol read again."""
    sync.ring_due()
    if hook.organization_id is not None and hook.action in {"unsuspend", "new_permissions_accepted"}:
        sync.request_sync(hook.organization_id)


def register_all() -> None:
    """Called when the app is ready."""
    register("personal_access_token_request", ANY, request_changed)
    register_for_floods("personal_access_token_request", "created", request_changed, many_requested)
    register("installation", ANY, installation_changed)
