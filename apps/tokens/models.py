"""Tokens, what they asked for, what they were given, what was decided, and how the lists are walked."""

from datetime import UTC, datetime

from django.db import models
from django.db.models import Q

from apps.audit.services import PATROL, Actor
from apps.tokens.issue_models import ReminderIssue, ReminderIssueSettings
from apps.tokens.list_models import PreviewItem, RevocationPreview, SavedView
from apps.tokens.plan_models import PlannedRevocation
from apps.tokens.reminder_models import (
    Reminder,
    ReminderDay,
    ReminderDefaults,
    ReminderSettings,
    ReplacementConfirmation,
)
from apps.tokens.settings_models import (
    Decides,
    DecisionSettings,
    InstanceDefaults,
    OrganizationGroup,
    PermissionTable,
    SleepingDefaults,
    SleepingSettings,
    Sleeps,
    StatedPolicy,
)
from apps.tokens.sync_models import ListPage, Quarantine, SyncState, Walk
from apps.tokens.tally_models import EndingDay, Tally

__all__ = [
    "FOREVER",
    "NOT_CAPTURED",
    "Access",
    "Decides",
    "DecisionSettings",
    "EndingDay",
    "Grant",
    "GrantRequest",
    "InstanceDefaults",
    "ListPage",
    "OrganizationGroup",
    "PermissionTable",
    "PlannedRevocation",
    "PreviewItem",
    "Quarantine",
    "Reminder",
    "ReminderDay",
    "ReminderDefaults",
    "ReminderIssue",
    "ReminderIssueSettings",
    "ReminderSettings",
    "ReplacementConfirmation",
    "Review",
    "RevocationPreview",
    "SavedView",
    "Selection",
    "SleepingDefaults",
    "SleepingSettings",
    "Sleeps",
    "StatedPolicy",
    "SyncState",
    "Tally",
    "Token",
    "TokenVersion",
    "ToldDecision",
    "Walk",
    "WiderGrant",
    "expired_at",
]  # fmt: skip


FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When a token ends that never does: after all others."""


class Selection(models.TextChoices):
    """GitHub's `repository_selection`."""

    NONE = "none"
    ALL = "all"
    SUBSET = "subset"


class Token(models.Model):
    """A fine-grained personal access token as one organization meets it: the anchor of its requests and grants.

    `owner` is the user whose token it is. `expires_at` null means: never expires.
    """

    # Other indexes begin with it; one of its own would cost every write.
    organization = models.ForeignKey(
        "github.Organization", on_delete=models.PROTECT, related_name="tokens", db_index=False
    )
    token_id = models.BigIntegerField()
    owner_id = models.BigIntegerField(db_index=True)
    owner_login = models.CharField(max_length=120)
    owner_avatar_url = models.CharField(max_length=500, blank=True)
    name = models.CharField(max_length=255)
    expired = models.BooleanField(default=False)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    first_seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "token_id"], name="tokens_token_once")]
        indexes = [models.Index(fields=["organization", "owner_login"], name="tokens_token_by_owner")]


class Access(models.Model):
    """What a request asks for and a grant gives. `permissions`: {organization|repository|other: {name: level}}."""

    organization = models.ForeignKey("github.Organization", on_delete=models.PROTECT, related_name="+", db_index=False)
    repository_selection = models.CharField(max_length=10, choices=Selection.choices)
    permissions = models.JSONField(default=dict)
    risk = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    repositories_verified_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


NOT_CAPTURED = "The reason is not known: this was decided before Patrol looked, and GitHub tells it only until then."


class GrantRequestQuerySet(models.QuerySet["GrantRequest"]):
    """Filters."""

    def pending(self) -> "GrantRequestQuerySet":
        """Waiting for an owner."""
        return self.filter(state=GrantRequest.State.PENDING)


class GrantRequest(Access):
    """A request to use a token on the organization. GitHub tells the requester's `reason` only while it waits.

    `reason_captured` False: it was decided before Patrol looked, and only a webhook, which has no reason, told
    of it. `last_pending_at`: once it waits no more without our doing, when it surely still did.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        APPROVED = "approved"
        DENIED = "denied"
        ENDED = "ended"  # gone from GitHub's list without our doing: cancelled, or decided elsewhere

    token = models.ForeignKey(Token, on_delete=models.PROTECT, related_name="grant_requests")
    pat_request_id = models.BigIntegerField()
    reason = models.TextField(blank=True)
    reason_captured = models.BooleanField(default=True)
    requested_at = models.DateTimeField()
    last_pending_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    repositories = models.ManyToManyField("github.Repository", related_name="+")

    objects = GrantRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "pat_request_id"], name="tokens_grantrequest_once")
        ]
        indexes = [models.Index(fields=["organization", "state", "requested_at"], name="tokens_request_queue")]

    @property
    def subject(self) -> str:
        """The key of its audit events."""
        return f"grant_request:{self.pat_request_id}"

    @property
    def why_no_reason(self) -> str:
        """A sentence where there is no reason: none was given, or it was never read."""
        if self.reason:
            return ""
        return "No reason was given." if self.reason_captured else NOT_CAPTURED


class GrantQuerySet(models.QuerySet["Grant"]):
    """Filters."""

    def active(self) -> "GrantQuerySet":
        """GitHub lists it."""
        return self.filter(state=Grant.State.ACTIVE)


class Grant(Access):
    """The access a token has. Revoking it does not delete the token.

    What lists are sorted and narrowed by stands here too (inventory.py): of the token its owner, when it `ends_at`
    (FOREVER: never), since when it was not used (`idle_since`, the grant's beginning where `never_used`), and what a
    search looks through (`found_by`: name, owner and reasons, without case); `top_level`, the highest level of its
    permissions (1 read, 2 write, 3 admin); and `holder_left`, whether its owner is no member any more, as the last
    sync knew.
    """

    class State(models.TextChoices):
        ACTIVE = "active"
        REVOKED = "revoked"
        GONE = "gone"  # proven gone from GitHub's list; GitHub does not tell why

    token = models.ForeignKey(Token, on_delete=models.PROTECT, related_name="grants")
    pat_id = models.BigIntegerField()
    access_granted_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    repositories = models.ManyToManyField("github.Repository", related_name="+")
    owner_id = models.BigIntegerField()
    owner_login = models.CharField(max_length=120)
    ends_at = models.DateTimeField()
    idle_since = models.DateTimeField()
    never_used = models.BooleanField()
    found_by = models.TextField()
    top_level = models.PositiveSmallIntegerField(default=0)
    holder_left = models.BooleanField(default=False)

    objects = GrantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "pat_id"], name="tokens_grant_once")]
        # One for each order of the inventory, over all organizations: a page of one of them skips the others.
        indexes = [
            models.Index(fields=["organization", "state", "access_granted_at"], name="tokens_grant_list"),
            models.Index(fields=["state", "access_granted_at", "id"], name="tokens_grant_by_age"),
            # With the organization, so that a list of one passes the rows of others without reading them.
            models.Index(fields=["state", "risk", "id", "organization"], name="tokens_grant_by_risk"),
            models.Index(fields=["state", "owner_login", "id", "organization"], name="tokens_grant_by_owner"),
            models.Index(fields=["state", "idle_since", "id", "organization"], name="tokens_grant_by_use"),
            # A person holds up to fifty here, of which few were not used for long.
            models.Index(fields=["owner_id", "organization", "state", "idle_since"], name="tokens_grant_of_owner"),
            models.Index(fields=["state"], condition=Q(top_level__gte=3), name="tokens_grant_admin"),
            models.Index(fields=["state"], condition=Q(holder_left=True), name="tokens_grant_left"),
            # With all that the list needs: they are many, and few rows are to be read.
            models.Index(
                fields=["state", "ends_at", "id", "organization", "access_granted_at"], name="tokens_grant_by_end"
            ),
            models.Index(
                fields=["state", "access_granted_at", "organization", "id"],
                condition=Q(never_used=True),
                name="tokens_grant_unused",
            ),
        ]

    @property
    def subject(self) -> str:
        """The key of its audit events."""
        return f"grant:{self.pat_id}"


class TokenVersion(models.Model):
    """One step of a token's lineage: the facts from then on, and what caused them ("unknown" is a cause).

    `facts`: {"name", "expires_at", "granted": {...} | None, "requested": {...} | None} with the permissions,
    selection and sorted repository ids of each.
    """

    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="versions", db_index=False)
    seq = models.PositiveIntegerField()
    facts = models.JSONField()
    cause = models.CharField(max_length=120)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "seq"], name="tokens_version_once")]


class Review(models.Model):
    """A decision on a request (approve, deny) or a grant (revoke): by whom, why, and on what evidence.

    `evidence` holds the frozen facts the person saw and `digest` their SHA-256; `effect` is its way through
    GitHub. `confirmed_by_login` is the second person, where the organization wants two. Without a `reviewer` a rule
    decided. `held`, of an approval: what its token held here before it was first sent, {"at", "granted", "granted_at"}
    (null: not sent); `read_back_at`: when what came of it was compared with that.
    """

    class Action(models.TextChoices):
        APPROVE = "approve"
        DENY = "deny"
        REVOKE = "revoke"

    organization = models.ForeignKey("github.Organization", on_delete=models.PROTECT, related_name="reviews")
    action = models.CharField(max_length=10, choices=Action.choices)
    grant_request = models.ForeignKey(GrantRequest, null=True, on_delete=models.PROTECT, related_name="reviews")
    grant = models.ForeignKey(Grant, null=True, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="reviews")
    reviewer_login = models.CharField(max_length=120)
    reason = models.CharField(max_length=1024, blank=True)
    digest = models.CharField(max_length=64)
    evidence = models.JSONField()
    confirmed_by_login = models.CharField(max_length=120, blank=True)
    effect = models.OneToOneField("effects.Effect", on_delete=models.PROTECT, related_name="review")
    decided_at = models.DateTimeField()
    held = models.JSONField(null=True)
    read_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(grant_request__isnull=False, grant__isnull=True)
                | Q(grant_request__isnull=True, grant__isnull=False),
                name="tokens_review_of_one_thing",
            )
        ]

    @property
    def actor(self) -> Actor:
        """Who decided, for the record."""
        return self.reviewer.actor if self.reviewer else PATROL

    @property
    def request(self) -> GrantRequest:
        """The request it is about: of an approval or a denial."""
        assert self.grant_request is not None
        return self.grant_request

    @property
    def row(self) -> "GrantRequest | Grant":
        """What it is about."""
        row = self.grant_request or self.grant
        assert row is not None
        return row


class WiderGrantQuerySet(models.QuerySet["WiderGrant"]):
    """Filters."""

    def open(self) -> "WiderGrantQuerySet":
        """Nobody accepted it, and the access is still there."""
        return self.filter(ended_at__isnull=True, grant__state=Grant.State.ACTIVE)


class WiderGrant(models.Model):
    """The alarm of an approval: what was read back allows more than the token held and was approved.

    `beyond` is that more, as policy.reach.Excess. `explanation` names another approval of the same token that allows
    it; empty: none is known. `revocation` is the rule's decision, where the organization wants one.
    """

    class End(models.TextChoices):
        ACKNOWLEDGED = "acknowledged"
        REVOKED = "revoked"
        GONE = "gone"
        NARROWED = "narrowed"

    organization = models.ForeignKey("github.Organization", on_delete=models.PROTECT, related_name="wider_grants")
    review = models.OneToOneField(Review, on_delete=models.PROTECT, related_name="wider")
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="wider")
    beyond = models.JSONField()
    explanation = models.CharField(max_length=300, blank=True)
    found_at = models.DateTimeField()
    revocation = models.OneToOneField(Review, null=True, on_delete=models.PROTECT, related_name="because")
    ended_at = models.DateTimeField(null=True)
    ended_as = models.CharField(max_length=20, choices=End.choices, blank=True)
    acknowledged_by_login = models.CharField(max_length=120, blank=True)

    objects = WiderGrantQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organization"], condition=Q(ended_at__isnull=True), name="tokens_widergrant_open")
        ]


class ToldDecision(models.Model):
    """What a webhook told of a request that waits no more: who did what, and what was asked for then.

    GitHub's lists name nobody. It is a hint: it says who, never that. `told_at` is when the message came; GitHub does
    not tell when it was done. `sender_id` null: the message named nobody.
    """

    class Action(models.TextChoices):
        APPROVED = "approved"
        DENIED = "denied"
        CANCELLED = "cancelled"

    organization = models.ForeignKey("github.Organization", on_delete=models.CASCADE, related_name="+")
    pat_request_id = models.BigIntegerField()
    token_id = models.BigIntegerField()
    action = models.CharField(max_length=10, choices=Action.choices)
    sender_id = models.BigIntegerField(null=True)
    sender_login = models.CharField(max_length=120, blank=True)
    told_at = models.DateTimeField()
    asked = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "pat_request_id", "action"], name="tokens_tolddecision_once"
            )
        ]
        indexes = [models.Index(fields=["organization", "token_id"], name="tokens_told_of_token")]


def expired_at(moment: datetime, through: str = "") -> Q:
    """Tokens whose life has ended: GitHub's word, or the date. `through` is the path to the token, "token__"."""
    return Q(**{f"{through}expired": True}) | Q(**{f"{through}expires_at__lte": moment})
