"""Who holds tokens that reach an organization, one row for each person; and whose public profile is read next."""

import structlog
from django.db.models import Exists, OuterRef

from apps.accounts import profiles
from apps.core import clock
from apps.github import errors
from apps.github.services import NotConfigured
from apps.tokens.models import Grant, GrantQuerySet

log = structlog.get_logger(__name__)
A_RUN = 300
"""Profiles that one run reads, over all organizations."""


def working(organization_id: int) -> GrantQuerySet:
    """Grants that GitHub lists and whose tokens have not ended."""
    return Grant.objects.active().filter(organization=organization_id, ends_at__gt=clock.now())


def holders(organization_id: int) -> GrantQuerySet:
    """Of each person who holds an active token there the grant that has been known longest."""
    active = working(organization_id)
    earlier = active.filter(owner_id=OuterRef("owner_id"), pk__lt=OuterRef("pk"))
    return active.filter(~Exists(earlier))


def read_profiles() -> int:
    """Where organizations let Patrol, read some profiles of people whom nothing better is known of. Returns how many.

    What one organization's GitHub refuses is not the others' trouble.
    """
    done = 0
    for organization_id in profiles.switched_on():
        left = min(profiles.AT_ONCE, A_RUN - done)
        if left <= 0:
            break
        waiting = holders(organization_id).filter(profiles.due(organization_id)).order_by("owner_id")
        people = dict(waiting.values_list("owner_id", "owner_login")[:left])
        try:
            done += profiles.read(organization_id, people) if people else 0
        except (errors.GitHubError, NotConfigured) as error:
            log.warning("tokens.profiles_not_read", organization=organization_id, error=type(error).__name__)
    return done
