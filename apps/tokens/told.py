"""What webhooks tell of who approved, denied or cancelled a request; GitHub's lists name nobody.

A message is a hint: it says who, never that something is so. Names in it are strangers' words.
"""

from datetime import datetime

from apps.core import text
from apps.github import wire
from apps.tokens.models import ToldDecision

ACTIONS = frozenset(ToldDecision.Action.values)


def keep(organization_id: int, action: str, told: wire.HookRequest, sender: wire.Account | None, at: datetime) -> None:
    """Keep the first message about it; one that comes again changes nothing."""
    permissions = told.permissions_result
    asked = {
        "permissions": {
            "organization": permissions.organization, "repository": permissions.repository, "other": permissions.other
        },
        "repository_selection": told.repository_selection,
        "repository_ids": sorted(one.id for one in told.repositories or ()),
    }  # fmt: skip
    ToldDecision.objects.get_or_create(
        organization_id=organization_id, pat_request_id=told.id, action=action,
        defaults={
            "token_id": told.token_id, "asked": asked, "told_at": at,
            "sender_id": sender.id if sender else None,
            "sender_login": text.visible(sender.login, limit=120) if sender else "",
        },
    )  # fmt: skip
