"""People who go: what they may see ends at once, and GitHub is asked whether it is so.

A message of GitHub's takes a role away at once and never gives one; only a look does. So an old message that is
sent in again costs a look, not a sign-in and not a role.
"""

from datetime import datetime, timedelta

import structlog
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction

from apps.accounts import access, credentials, feeds, memberships
from apps.accounts.errors import NeedsSignIn
from apps.accounts.models import Membership, User
from apps.audit import services as audit
from apps.core import clock
from apps.github import errors
from apps.github.registry import Later
from apps.github.services import NotConfigured

log = structlog.get_logger(__name__)
SETTLES_WITHIN = timedelta(minutes=1)
"""So long a token may still be good after GitHub told that it is not."""
LOOK_AGAIN = timedelta(seconds=15)


def left(user_id: int, organization_id: int) -> None:
    """The person is said to be no member any more."""
    memberships.forget([user_id], organization_id)
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        return
    try:
        access.refresh_organizations(user)
    except (errors.GitHubError, NeedsSignIn, NotConfigured) as error:
        # The role is gone and stays so until somebody can look: nothing is left open.
        log.info("accounts.not_looked", user_id=user_id, error=type(error).__name__)


def arrived(user_id: int) -> None:
    """The person is said to be a member now."""
    memberships.look_again([user_id])


def closed(organization_id: int) -> None:
    """Patrol is said not to be installed, or suspended; everybody is looked at again at their next page."""
    memberships.forget(_known(organization_id), organization_id)


def opened(organization_id: int) -> None:
    """Patrol is said to be installed, or suspended no more; what GitHub told of people until then is asked again."""
    memberships.look_again(_known(organization_id))


def revoked(user_id: int, told_at: datetime) -> None:
    """The person is said to have withdrawn Patrol's permission; GitHub's 401 is the proof.

    Raises Later while the message is young and GitHub still takes the token, and github.errors.
    """
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        return
    if _still_good(user):
        if clock.now() - told_at < SETTLES_WITHIN:
            raise Later(clock.now() + LOOK_AGAIN)
        return
    with transaction.atomic():
        credentials.forget(user_id)
        feeds.end_all(user, "They withdrew Patrol's permission on GitHub.")
        memberships.look_again([user_id])
        if _end_sessions(user_id):
            audit.record("user.authorization_revoked", actor=user.actor)


def _known(organization_id: int) -> list[int]:
    return list(Membership.objects.filter(organization=organization_id).values_list("user_id", flat=True))


def _still_good(user: User) -> bool:
    try:
        with credentials.user_client(user, patient=False) as client:
            client.user()
    except (NeedsSignIn, errors.Unauthorized):
        return False
    return True


def _end_sessions(user_id: int) -> int:
    """Sessions bear their person inside; there is no index to them. Returns how many ended."""
    open_now = Session.objects.filter(expire_date__gt=clock.now()).iterator(chunk_size=500)
    theirs = [one.pk for one in open_now if one.get_decoded().get(SESSION_KEY) == str(user_id)]
    deleted, _ = Session.objects.filter(pk__in=theirs).delete()
    return deleted
