"""People who signed in, their tokens at GitHub, and their roles as GitHub last told them."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from apps.accounts.contact_models import (
    Contact,
    ContactConfirmation,
    ContactImport,
    ContactSettings,
    MachineUsers,
    ProfileLook,
)
from apps.audit.services import Actor
from apps.core import crypto
from apps.github.models import Installation, InstallationQuerySet
from apps.github.standing import Standing, State

__all__ = [
    "Contact", "ContactConfirmation", "ContactImport", "ContactSettings", "MachineUsers", "Membership", "ProfileLook",
    "SetupCode", "SetupTry", "User", "UserManager", "UserToken",
]  # fmt: skip


class UserManager(BaseUserManager["User"]):
    """People come from GitHub only."""


class User(AbstractBaseUser):
    """A person at GitHub, by GitHub's numeric id; the login may change and be taken by somebody else."""

    id = models.BigIntegerField(primary_key=True)
    login = models.CharField(max_length=120, db_index=True)
    name = models.CharField(max_length=255, blank=True)
    avatar_url = models.CharField(max_length=500, blank=True)
    is_active = models.BooleanField(default=True)
    is_administrator = models.BooleanField(default=False)
    """Looks after this Patrol as a whole; no more than anybody else in organizations."""
    organizations_checked_at = models.DateTimeField(null=True)
    """When GitHub last told this person's roles in all organizations."""
    organizations_tried_at = models.DateTimeField(null=True)
    """When GitHub was last asked and did not answer; null after a good look."""
    doubts = models.PositiveIntegerField(default=0)
    """How often GitHub told that the roles are others: a look that began before one of these counts for nothing."""

    preferences = models.JSONField(default=dict)
    """How pages look to this person, each room under a key of its own; read with the person, so at no cost."""

    known_memberships: "list[Membership] | None" = None
    """What `accounts.access` read of them for the page that is being made; never saved."""

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "id"

    @property
    def actor(self) -> Actor:
        """This person as audit events name people."""
        return Actor(self.pk, self.login)


class SetupCode(models.Model):
    """A printed code that opens the setup, as its SHA-256; see setup_codes.py."""

    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()


class SetupTry(models.Model):
    """One try of a code, kept for a minute."""

    at = models.DateTimeField()


class UserToken(models.Model):
    """A person's user access token and refresh token, sealed. Expiry is null where the App switched it off.

    `version` counts what was put here; whoever acts on an older one is too late. While `refreshing_until` is
    ahead, one process is refreshing. Without `sealed_access` GitHub did not accept it any more.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="token")
    sealed_access = models.TextField()
    sealed_refresh = models.TextField(blank=True)
    expires_at = models.DateTimeField(null=True)
    refresh_expires_at = models.DateTimeField(null=True)
    refreshing_until = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)

    def _row(self, column: str) -> str:
        return f"accounts_usertoken.{column}:{self.user_id}"

    def set_tokens(self, *, access: str, refresh: str) -> None:
        """Seal both; the caller saves."""
        self.sealed_access = crypto.seal(access, row=self._row("access"))
        self.sealed_refresh = crypto.seal(refresh, row=self._row("refresh"))

    @property
    def access(self) -> str:
        """Opened. Raises crypto.Sealed."""
        return crypto.unseal(self.sealed_access, row=self._row("access"))

    @property
    def refresh(self) -> str:
        """Opened. Raises crypto.Sealed."""
        return crypto.unseal(self.sealed_refresh, row=self._row("refresh"))


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Filters."""

    def governed(self) -> "MembershipQuerySet":
        """In organizations where Patrol's governance App is installed and not suspended."""
        return self.filter(models.Exists(_there().live()))

    def with_standing(self) -> "MembershipQuerySet":
        """With whether the App works there, whether it worked there once, and when it was suspended or taken off."""
        once = _there().filter(is_outside=False).order_by("-pk")
        return self.annotate(
            live_now=models.Exists(_there().live()),
            live_once=models.Exists(once),
            suspended_at=models.Subquery(once.filter(removed_at__isnull=True).values("suspended_at")[:1]),
            removed_at=models.Subquery(once.values("removed_at")[:1]),
        )


def _there() -> InstallationQuerySet:
    return Installation.objects.governing().filter(organization=models.OuterRef("organization"))


class Membership(models.Model):
    """What GitHub last said about a person in an organization where Patrol is installed, or which the person owns."""

    class Role(models.TextChoices):
        ADMIN = "admin"
        MEMBER = "member"
        NONE = "none"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organization = models.ForeignKey("github.Organization", on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    sso_required = models.BooleanField(default=False)
    sso_url = models.CharField(max_length=500, blank=True)
    checked_at = models.DateTimeField()

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "organization"], name="accounts_membership_once")]

    @property
    def is_live(self) -> bool:
        """Whether Patrol's App works there; known to rows of `with_standing`."""
        return bool(getattr(self, "live_now", False))

    @property
    def was_live(self) -> bool:
        """Whether it does or did; known to rows of `with_standing`."""
        return bool(getattr(self, "live_once", False))

    @property
    def closed(self) -> Standing | None:
        """How and since when the App does not work there any more; known to rows of `with_standing`."""
        if self.is_live or not self.was_live:
            return None
        suspended_at = getattr(self, "suspended_at", None)
        if suspended_at is not None:
            return Standing(State.SUSPENDED, suspended_at)
        return Standing(State.REMOVED, getattr(self, "removed_at", None))


class CalendarFeed(models.Model):
    """A secret address by which a calendar reads, without a session, when tokens end; see feeds.py.

    Without an organization it is of its maker's own tokens. One of an organization is read while its maker owns that:
    `owner_seen_at` is when GitHub's list of its owners last had them (null: ask first), `owner_tried_at` when GitHub
    was last asked and did not answer. `paced_until` moves on with each reading. `alarm_days`: before the day an alarm
    rings (null: none).
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="calendar_feeds")
    organization = models.ForeignKey("github.Organization", null=True, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    alarm_days = models.PositiveSmallIntegerField(null=True)
    made_at = models.DateTimeField()
    last_read_at = models.DateTimeField(null=True)
    paced_until = models.DateTimeField()
    owner_seen_at = models.DateTimeField(null=True)
    owner_tried_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(organization__isnull=True), name="accounts_one_own_feed"
            ),
            models.UniqueConstraint(
                fields=["user", "organization"],
                condition=models.Q(organization__isnull=False),
                name="accounts_one_feed_of_organization",
            ),
        ]
