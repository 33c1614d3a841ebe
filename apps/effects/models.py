"""Writes to GitHub on their way."""

from django.db import models


class Effect(models.Model):
    """One write: what it is (`kind`, `arguments` of ids only), whose token sends it, and how far it got.

    The row is committed before GitHub hears of it. `fence` grows with each claim: a process whose fence is
    old has lost the row and its result is discarded. UNKNOWN is settled by reading GitHub, never by sending
    again.
    """

    class State(models.TextChoices):
        READY = "ready"
        SENDING = "sending"
        SENT = "sent"
        CONFIRMED = "confirmed"
        UNKNOWN = "unknown"
        REFUSED = "refused"
        SUPERSEDED = "superseded"
        NEEDS_SIGN_IN = "needs_sign_in", "needs sign-in"

    OPEN = (State.READY, State.SENDING, State.SENT, State.UNKNOWN, State.NEEDS_SIGN_IN)

    organization = models.ForeignKey("github.Organization", on_delete=models.PROTECT, related_name="effects")
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    arguments = models.JSONField(default=dict)
    actor = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="effects")
    state = models.CharField(max_length=20, choices=State.choices, default=State.READY)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    answer = models.CharField(max_length=500, blank=True)
    status = models.PositiveSmallIntegerField(null=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "subject"],
                condition=models.Q(state__in=["ready", "sending", "sent", "unknown", "needs_sign_in"]),
                name="effects_one_open_per_subject",
            )
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="effects_effect_due")]
