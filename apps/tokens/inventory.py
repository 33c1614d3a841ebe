"""What the inventory is sorted and narrowed by, kept on the grants themselves: no list has to ask another table for it.

A grant carries of its token whose it is, when it ends, since when it rests and the text it is found by. It follows
what GitHub's lists tell, in the transaction that writes that down.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from django.db import connection

from apps.core import bulk
from apps.tokens.models import FOREVER, Grant, GrantRequest, Token

LEVELS = {"read": 1, "write": 2, "admin": 3}
SEARCHED = 2_000
"""Characters that a search looks through."""
MIRRORED = ("owner_id", "owner_login", "ends_at", "idle_since", "never_used", "found_by")


def mirror(grant: Grant, token: Token, reasons: Iterable[str]) -> bool:
    """Bring what a grant carries of its token up to date. Returns whether anything was another."""
    ends_at = token.expires_at or FOREVER
    if token.expired:  # GitHub's word goes before the date
        ends_at = min(ends_at, token.first_seen_at)
    values = {
        "owner_id": token.owner_id,
        "owner_login": token.owner_login,
        "ends_at": ends_at,
        "idle_since": token.last_used_at or grant.access_granted_at,
        "never_used": token.last_used_at is None,
        "found_by": _found_by(token, reasons),
    }
    moved = any(getattr(grant, name) != value for name, value in values.items())
    for name, value in values.items():
        setattr(grant, name, value)
    return moved


def _found_by(token: Token, reasons: Iterable[str]) -> str:
    parts = dict.fromkeys([token.name, token.owner_login, *reasons])
    return "\n".join(filter(None, parts)).casefold()[:SEARCHED]


def top_level(permissions: Mapping[str, Mapping[str, str]]) -> int:
    """The highest level among them: 0 nothing, 1 read, 2 write, 3 admin."""
    return max((LEVELS.get(level, 1) for names in permissions.values() for level in names.values()), default=0)


def reasons_of(token_pks: Collection[int]) -> dict[int, list[str]]:
    """What these tokens (by primary key) were asked for with, the newest first; one query."""
    reasons: dict[int, list[str]] = defaultdict(list)
    if token_pks:
        asked = GrantRequest.objects.filter(token__in=list(token_pks)).exclude(reason="").order_by("-pk")
        for token_pk, reason in asked.values_list("token_id", "reason"):
            reasons[token_pk].append(reason)
    return reasons


def follow(token_pks: Collection[int]) -> None:
    """Bring the grants of these tokens up to date, ended ones too. Three statements, in the caller's transaction."""
    if not token_pks:
        return
    reasons = reasons_of(token_pks)
    locked = Grant.objects.select_for_update(of=("self",) if connection.features.has_select_for_update_of else ())
    grants = locked.select_related("token").filter(token__in=list(token_pks)).order_by("pk")
    moved = [one for one in grants if mirror(one, one.token, reasons.get(one.token_id, ()))]
    bulk.save(moved, unique=["organization_id", "pat_id"], update=MIRRORED)
