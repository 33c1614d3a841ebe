"""What people are told, by which message, and how far that got."""

from django.db import models
from django.utils.crypto import salted_hmac

from apps.core import crypto


class Cursor(models.Model):
    """How far one chain of the record was turned into notices."""

    chain = models.BigIntegerField(primary_key=True)
    sequence = models.BigIntegerField(default=0)


class MailSettings(models.Model):
    """Whom an organization has told besides: an address of its own, a team's for instance, sealed; or none."""

    organization = models.OneToOneField("github.Organization", on_delete=models.CASCADE, related_name="mail_settings")
    sealed_copy_to = models.TextField(blank=True)
    changed_by_login = models.CharField(max_length=120)
    changed_at = models.DateTimeField()

    @property
    def _row(self) -> str:
        return f"notify_mailsettings.copy_to:{self.organization_id}"

    @property
    def copy_to(self) -> str:
        """Opened. Raises crypto.Sealed."""
        return crypto.unseal(self.sealed_copy_to, row=self._row)

    def seal_copy_to(self, email: str) -> None:
        """The caller saves."""
        self.sealed_copy_to = crypto.seal(email, row=self._row)


class Message(models.Model):
    """One mail to one address, with one notice or many. The row is there before the mail is.

    `key` names it in the mail's Message-ID, so that a mail that left twice is known as one. `day`: the daily message
    of a recipient, one a day. `to_mark` stands for the address without telling it. It is written when it is first
    claimed; `fence` grows with each claim: a process whose fence is old has lost it. It is taken up at `due_at`, which
    was set at `timed_at`.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "On its way"
        SENT = "sent", "Sent"
        KEPT = "kept", "Not sent: no mail server is set"
        FAILED = "failed", "Could not be sent"
        DROPPED = "dropped", "Not sent: none of it concerns its reader any more"

    OPEN = (State.WAITING, State.SENDING)

    key = models.UUIDField(unique=True)
    recipient = models.CharField(max_length=80)
    person_id = models.BigIntegerField(null=True)
    sealed_to = models.TextField()
    to_mark = models.CharField(max_length=64)
    day = models.DateField(null=True)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    written_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    timed_at = models.DateTimeField()
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "to_mark", "day"], condition=models.Q(day__isnull=False), name="notify_one_a_day"
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(state__in=["waiting", "sending"]), name="notify_message_due"
            ),
            models.Index(fields=["state", "made_at"], name="notify_message_by_state"),
        ]

    @property
    def _row(self) -> str:
        return f"notify_message.to:{self.key}"

    @property
    def to(self) -> str:
        """The address, opened. Raises crypto.Sealed."""
        return crypto.unseal(self.sealed_to, row=self._row)

    def seal_to(self, email: str) -> None:
        """The caller saves."""
        self.sealed_to, self.to_mark = crypto.seal(email, row=self._row), mark(email)


class Notice(models.Model):
    """One event told to one recipient: a person at GitHub by id, or a mailbox that stands for several.

    `unreached`: nobody who looks after the token has an address, so this goes to an owner in their place. `day` is the
    organization's, of what is told once a day. `near`: it is about the next day, so it never waits for another one.
    """

    class Role(models.TextChoices):
        HOLDER = "holder"
        MAINTAINER = "maintainer"
        OWNER = "owner"
        COPY = "copy"

    class Pace(models.TextChoices):
        OWN = "own"  # at once, in a message of its own
        SOON = "soon"  # with what comes within minutes
        DAILY = "daily"

    class State(models.TextChoices):
        OPEN = "open"
        IN_MESSAGE = "in_message"
        NO_ADDRESS = "no_address"
        DROPPED = "dropped"  # it does not concern the person any more

    # Events are never deleted, so the database need not watch over it; and the record stays a table of its own.
    event = models.ForeignKey(
        "audit.Event", on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    channel = models.CharField(max_length=10, default="email")
    recipient = models.CharField(max_length=80)
    person_id = models.BigIntegerField(null=True)
    organization = models.ForeignKey("github.Organization", on_delete=models.CASCADE, related_name="notices")
    role = models.CharField(max_length=10, choices=Role.choices)
    pace = models.CharField(max_length=5, choices=Pace.choices)
    unreached = models.BooleanField(default=False)
    near = models.BooleanField(default=False)
    day = models.DateField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    message = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="notices")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "channel", "recipient"], name="notify_notice_once"),
        ]
        indexes = [
            models.Index(fields=["recipient"], condition=models.Q(state="open"), name="notify_notice_open"),
            models.Index(fields=["person_id", "-id"], name="notify_notice_of_person"),
        ]


def mark(email: str) -> str:
    """Stands for an address: the same for the same one, and nobody without the key finds it by trying."""
    return salted_hmac("notify.address", email.strip().lower(), algorithm="sha256").hexdigest()
