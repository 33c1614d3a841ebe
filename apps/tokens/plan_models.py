"""Revocations that are planned for a day, why, and what became of each. By way of `models`."""

from django.db import models
from django.db.models import Q


class PlannedRevocationQuerySet(models.QuerySet["PlannedRevocation"]):
    """Filters."""

    def live(self) -> "PlannedRevocationQuerySet":
        """It is still going to happen, unless somebody or something ends it."""
        return self.filter(state__in=PlannedRevocation.LIVE)

    def planned(self) -> "PlannedRevocationQuerySet":
        """It holds: its grant is known, and its day comes."""
        return self.filter(state=PlannedRevocation.State.PLANNED)


class PlannedRevocation(models.Model):
    """A grant that Patrol revokes on a day, unless that is ended before. The earliest of a grant's plans counts.

    `due_on` is a day in the organization's time zone, `due_at` the instant (plans.days says which). WAITING belongs to
    an `approval` with a date: its `grant` is not known yet, and there is no plan where the approval comes to nothing.
    `planned_by_id` null: a rule planned it. KEPT: somebody, or a use, stands against it until `kept_until`.
    SENT: `review` is the decision it became; where that came to nothing and the grant still stands, it is PLANNED
    again, with what hindered it (`trouble`), and taken up at `retry_at`. `told_week_at` and `told_day_at`: when it was
    said that a week, a day is left. `used_before`: of a sleeping token, its last use when this was planned.
    """

    class Cause(models.TextChoices):
        OFFBOARDING = "offboarding", "The person leaves"
        QUARANTINE = "quarantine", "Quarantine"
        APPROVED_UNTIL = "approved_until", "Approved until a day"
        SLEEPING = "sleeping", "Not used"

    class State(models.TextChoices):
        WAITING = "waiting"
        PLANNED = "planned"
        KEPT = "kept"
        CANCELLED = "cancelled"
        SENT = "sent"
        ENDED = "ended"  # the access, or the approval, ended otherwise

    LIVE = (State.WAITING, State.PLANNED)
    OPTIONAL = (Cause.QUARANTINE, Cause.SLEEPING)
    """Causes that a word for the token ends: an owner's, or its holder's."""
    LONGEST_REASON = 500

    organization = models.ForeignKey(
        "github.Organization", on_delete=models.PROTECT, related_name="planned_revocations", db_index=False
    )
    token = models.ForeignKey("tokens.Token", on_delete=models.PROTECT, related_name="planned_revocations")
    grant = models.ForeignKey("tokens.Grant", null=True, on_delete=models.PROTECT, related_name="planned_revocations")
    approval = models.OneToOneField("tokens.Review", null=True, on_delete=models.PROTECT, related_name="until")
    cause = models.CharField(max_length=20, choices=Cause.choices)
    due_on = models.DateField()
    due_at = models.DateTimeField()
    planned_by_id = models.BigIntegerField(null=True)
    planned_by_login = models.CharField(max_length=120)
    planned_at = models.DateTimeField()
    reason = models.CharField(max_length=LONGEST_REASON, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    told_week_at = models.DateTimeField(null=True)
    told_day_at = models.DateTimeField(null=True)
    used_before = models.DateTimeField(null=True)
    kept_by_id = models.BigIntegerField(null=True)
    kept_by_login = models.CharField(max_length=120, blank=True)
    kept_until = models.DateField(null=True)
    kept_reason = models.CharField(max_length=LONGEST_REASON, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=300, blank=True)
    review = models.OneToOneField("tokens.Review", null=True, on_delete=models.PROTECT, related_name="plan")
    tries = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=500, blank=True)

    objects = PlannedRevocationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["grant", "cause"], condition=Q(state__in=["waiting", "planned"]), name="tokens_one_live_plan"
            ),
            models.CheckConstraint(
                condition=Q(grant__isnull=False) | Q(approval__isnull=False), name="tokens_plan_of_something"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="planned"), name="tokens_plan_due"),
            models.Index(fields=["organization", "cause", "state"], name="tokens_plan_of_organization"),
        ]

    @property
    def by_rule(self) -> bool:
        """Whether nobody planned it."""
        return self.planned_by_id is None

    @property
    def is_optional(self) -> bool:
        """Whether a word for the token ends it."""
        return self.cause in self.OPTIONAL
