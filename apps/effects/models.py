"""Writes to GitHub on their way."""

from django.db import models


class Effect(models.Model):
    """One write: what it is (`kind`, `arguments` of ids only), whose token sends it, and how far it got.

    The row is committed before GitHub hears of it. `fence` grows with each claim: a process whose fence is
    old has lost the row and its result is discarded. UNKNOWN is settled by reading GitHub, never by sending
    again. It is taken up at `due_at`, which was set at `timed_at`. `attempts` counts the sendings GitHub may have
    received, `waits` how often in a row the work had to be put off. `status` and `answer` are GitHub's last answer;
    without a status `answer` is Patrol's sentence. `token_kind` says whose token sends, or sent it; where
    `installation_may_send`, it is the installation's when the person's does not reach the organization. Without an
    `actor` a rule wrote it, and the installation's token sends. PROPOSED waits for `second`, another person's
    consent; their role too is read again before it is sent.
    Effects of one actor and kind with the same `batch` may go to GitHub in one call; empty: alone. `comes_late`: the
    last call was for many, which GitHub carries out after its answer, so that what is not seen yet may still come.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed"
        READY = "ready"
        SENDING = "sending"
        SENT = "sent"
        CONFIRMED = "confirmed"
        UNKNOWN = "unknown"
        REFUSED = "refused"
        SUPERSEDED = "superseded"
        NEEDS_SIGN_IN = "needs_sign_in", "needs sign-in"
        WITHDRAWN = "withdrawn"

    class TokenKind(models.TextChoices):
        USER = "user"
        INSTALLATION = "installation"

    UNSENT = (State.PROPOSED, State.READY, State.NEEDS_SIGN_IN)
    TRAVELLING = (State.READY, State.SENDING, State.SENT, State.UNKNOWN, State.NEEDS_SIGN_IN)
    OPEN = (State.PROPOSED, *TRAVELLING)
    AWAITING_PEOPLE = (State.PROPOSED, State.NEEDS_SIGN_IN)
    """GitHub has carried nothing of it out, and nobody knows how long that stays so."""

    organization = models.ForeignKey("github.Organization", on_delete=models.PROTECT, related_name="effects")
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    arguments = models.JSONField(default=dict)
    batch = models.CharField(max_length=80, blank=True)
    actor = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="effects")
    second = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    token_kind = models.CharField(max_length=12, choices=TokenKind.choices, default=TokenKind.USER)
    installation_may_send = models.BooleanField(default=False)
    state = models.CharField(max_length=20, choices=State.choices, default=State.READY)
    due_at = models.DateTimeField()
    timed_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    attempted_at = models.DateTimeField(null=True)
    comes_late = models.BooleanField(default=False)
    waits = models.PositiveSmallIntegerField(default=0)
    answer = models.CharField(max_length=500, blank=True)
    status = models.PositiveSmallIntegerField(null=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "subject"],
                condition=models.Q(state__in=["proposed", "ready", "sending", "sent", "unknown", "needs_sign_in"]),
                name="effects_one_open_per_subject",
            )
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="effects_effect_due")]

    # The state before the claim, while a process advances it; never saved.
    was = ""

    @property
    def is_open(self) -> bool:
        """Whether something is still going to happen to it."""
        return self.state in self.OPEN


class Pace(models.Model):
    """Whose turn it is to write to one organization, and from when: writes are serial and a second apart.

    https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api asks for serial
    requests and at least one second between those that change something. `not_before` is GitHub's Retry-After.
    """

    organization = models.OneToOneField("github.Organization", on_delete=models.CASCADE, related_name="pace")
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    wrote_at = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
