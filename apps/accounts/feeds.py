"""Secret addresses that calendars read: made, shown once, read without a session, revoked.

Of the secret only the SHA-256 is kept, and it is looked up by that: how long the look-up takes says nothing about it.
Who has the address reads what it shows, and nothing else. The record of an organization tells of its addresses, that of
the instance of people's own.

An organization's address rests on its maker's ownership. A calendar has no session and its maker may be asleep, so the
organization's own list of owners says it, read with the installation's token. The rule is that of pages: asked again
after five minutes; while GitHub does not answer, good for sixty minutes after the last good look. Where the list names
its maker no more, the address ends for good. After a webhook that its maker left nothing is read before the next look.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.http import Http404

from apps.accounts import access, memberships
from apps.accounts.errors import GitHubAway, TooOften
from apps.accounts.models import CalendarFeed, User
from apps.audit import services as audit
from apps.core import clock
from apps.core.errors import RuleBroken
from apps.github import errors
from apps.github.models import Organization
from apps.github.services import NotConfigured, live_installation

PREFIX = "patrol_ical_"
"""Logs and scanners know the secret by it (core/logs.py)."""
PACE, BURST = timedelta(seconds=2), timedelta(seconds=60)
"""An address is read every two seconds in the long run, and up to thirty times at once: many calendars may share it."""


def make_feed(*, user: User, organization: Organization | None, alarm_days: int | None) -> tuple[CalendarFeed, str]:
    """A new address; the secret is told this once. The one the person had for the same stops.

    Raises for an organization what `require_owner_now` raises. Talks to GitHub: not inside a transaction.
    """
    if organization is not None:
        access.require_owner_now(user, organization)
    secret, now = PREFIX + secrets.token_urlsafe(32), clock.now()
    with transaction.atomic():
        CalendarFeed.objects.filter(user=user, organization=organization).delete()
        feed = CalendarFeed.objects.create(
            user=user, organization=organization, digest=_digest(secret), alarm_days=alarm_days,
            made_at=now, paced_until=now, owner_seen_at=now if organization else None,
        )  # fmt: skip
        audit.record("calendar_feed.made", organization_id=feed.organization_id, actor=user.actor)
    return feed, secret


def revoke_feed(*, user: User, feed: CalendarFeed) -> None:
    """Nobody reads it any more: the person's own, or any of an organization they own. Raises as `make_feed`."""
    if feed.organization is not None:
        access.require_owner_now(user, feed.organization)
    elif feed.user_id != user.pk:
        raise RuleBroken("It is somebody else's.")
    with transaction.atomic():
        if _gone(feed):
            audit.record(
                "calendar_feed.revoked", organization_id=feed.organization_id, actor=user.actor, maker=feed.user.login
            )


def end_all(user: User, why: str) -> None:
    """Every address the person made stops. In the caller's transaction."""
    for feed in CalendarFeed.objects.filter(user=user).select_related("organization", "user"):
        _end(feed, why)


def own_feeds(user: User) -> list[CalendarFeed]:
    """The address of the person's own tokens, if there is one: what anybody may see, wherever they are."""
    return list(CalendarFeed.objects.filter(user=user, organization__isnull=True))


def feeds_of(organization: Organization) -> list[CalendarFeed]:
    """Those of an organization, whoever made them."""
    found = CalendarFeed.objects.filter(organization=organization)
    return list(found.select_related("user", "organization").order_by("pk"))


def readable_feed(secret: str) -> CalendarFeed:
    """What may be read with that secret now, and a note that it was read.

    Raises Http404 for what never was, is revoked, or has ended; TooOften; GitHubAway. Talks to GitHub where its word on
    the maker is due: not inside a transaction.
    """
    found = CalendarFeed.objects.select_related("user", "organization").filter(digest=_digest(secret))
    feed = found.filter(user__is_active=True).first()
    if feed is None:
        raise Http404
    _note_reading(feed)
    if feed.organization is not None:
        _require_owner(feed, feed.organization)
    return feed


def _note_reading(feed: CalendarFeed) -> None:
    """Raises TooOften. Of two readings at once one is written down."""
    now = clock.now()
    ahead = feed.paced_until - now
    if BURST < ahead < 2 * BURST:  # further off: the clock was set back
        raise TooOften(int((ahead - BURST).total_seconds()) + 1)
    paced = max(feed.paced_until, now) if ahead < 2 * BURST else now
    same = CalendarFeed.objects.filter(pk=feed.pk, paced_until=feed.paced_until)
    same.update(paced_until=paced + PACE, last_read_at=now)


def _require_owner(feed: CalendarFeed, organization: Organization) -> None:
    if live_installation(organization.pk) is None:
        raise Http404
    if _age(feed.owner_seen_at) <= access.FRESH:
        return
    if _age(feed.owner_tried_at) > access.TRY_AGAIN:
        _look(feed, organization)
    if _age(feed.owner_seen_at) > access.READING_ENDS:
        raise GitHubAway("GitHub does not answer whether the maker of this address still owns the organization.")


def _look(feed: CalendarFeed, organization: Organization) -> None:
    """Ask, and note what came of it: seen, not answered, or no owner any more, which ends it. Raises Http404."""
    at, doubted = clock.now(), memberships.doubts(feed.user_id)
    try:
        owners = memberships.listed_owners(organization)
        if not owners:  # GitHub has no organization without one
            raise errors.Unreadable("GitHub lists no owner of the organization.")
    except (errors.GitHubError, NotConfigured):
        feed.owner_tried_at = at
        CalendarFeed.objects.filter(pk=feed.pk).update(owner_tried_at=at)
        return
    if feed.user_id not in owners:
        with transaction.atomic():
            _end(feed, f"{feed.user.login} is not an owner of {organization.login} any more.")
        raise Http404
    # What GitHub told meanwhile goes before a look that began earlier.
    undoubted = User.objects.filter(pk=feed.user_id, doubts=doubted)
    if CalendarFeed.objects.filter(pk=feed.pk, user__in=undoubted).update(owner_seen_at=at, owner_tried_at=None):
        feed.owner_seen_at = at


def _end(feed: CalendarFeed, why: str) -> None:
    if _gone(feed):
        audit.record("calendar_feed.ended", organization_id=feed.organization_id, maker=feed.user.login, why=why)


def _gone(feed: CalendarFeed) -> bool:
    """Deleted, and by this call."""
    return CalendarFeed.objects.filter(pk=feed.pk).delete()[0] > 0


def _age(at: datetime | None) -> timedelta:
    return timedelta.max if at is None else abs(clock.now() - at)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
