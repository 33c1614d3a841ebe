"""Who bears a login, or bore it, in the organizations of a reader: by GitHub's number."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Q

from apps.github.models import Member, Organization
from apps.tokens.models import Token


@dataclass
class Bearer:
    """One of those whom GitHub was seen to call so. `tokens` are those Patrol knows under the login, ended ones too."""

    id: int
    login: str
    member_of: list[Organization] = field(default_factory=list)
    left: list[Organization] = field(default_factory=list)
    tokens: int = 0


def bearers(organizations: Sequence[Organization], login: str) -> list[Bearer]:
    """Members first, then former ones, then people of whom only tokens are known; two queries, or three for a login
    that is spelled otherwise than GitHub does.
    """
    found: dict[int, Bearer] = {}
    named = {one.pk: one for one in organizations}
    members = Member.objects.filter(organization__in=organizations, login__iexact=login)
    for member in members.order_by("organization__login"):
        bearer = found.setdefault(member.user_id, Bearer(member.user_id, member.login))
        (bearer.left if member.left_at else bearer.member_of).append(named[member.organization_id])
    spelled = {login, *(one.login for one in found.values())}
    owners = _owners(organizations, Q(owner_login__in=spelled)) or _owners(organizations, Q(owner_login__iexact=login))
    for owner_id, (owner_login, count) in owners.items():
        found.setdefault(owner_id, Bearer(owner_id, owner_login)).tokens = count
    return sorted(found.values(), key=lambda one: (not one.member_of, not one.left, -one.tokens, -one.id))


def _owners(organizations: Sequence[Organization], called: Q) -> dict[int, tuple[str, int]]:
    """By number: a spelling of the login, and how many tokens."""
    rows = Token.objects.filter(called, organization__in=organizations).order_by()
    found: dict[int, tuple[str, int]] = defaultdict(lambda: ("", 0))
    for number, login, count in (
        rows.values("owner_id", "owner_login")
        .annotate(count=Count("pk"))
        .values_list("owner_id", "owner_login", "count")
    ):
        found[number] = (login, found[number][1] + count)
    return dict(found)
