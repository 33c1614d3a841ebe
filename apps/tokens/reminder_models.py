"""Who was reminded of which end, and what stops it. By way of `models`."""

from django.db import models


class Reminds(models.Model):
    """How many days before a token ends people are told, falling; 0 is the day itself. Null: not said here."""

    days = models.JSONField(null=True)
    changed_by_login = models.CharField(max_length=120)
    changed_at = models.DateTimeField()

    class Meta:
        abstract = True


class ReminderDefaults(Reminds):
    """What holds where an organization does not say otherwise; one row."""

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="tokens_one_reminder_defaults")]


class ReminderSettings(Reminds):
    """When the people of one organization are reminded."""

    organization = models.OneToOneField(
        "github.Organization", on_delete=models.CASCADE, related_name="reminder_settings"
    )


class ReminderDay(models.Model):
    """The run of one organization on one of its own days, by its calendar. Each is opened once.

    `attempts` is the fence; `reminded` how many tokens the run told of.
    """

    organization = models.ForeignKey(
        "github.Organization", on_delete=models.CASCADE, related_name="reminder_days", db_index=False
    )
    day = models.DateField()
    opened_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    reminded = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "day"], name="tokens_reminder_day_once")]
        indexes = [
            models.Index(fields=["opened_at"], condition=models.Q(finished_at=None), name="tokens_reminder_day_open")
        ]


class Reminder(models.Model):
    """People were told of this end of this grant. Another end of it is another reminder.

    `days`: the threshold it stands for, 0 also where a token had less than a day when Patrol first saw it;
    IN_USE: it ended while it was in use.
    """

    IN_USE = -1

    grant = models.ForeignKey("tokens.Grant", on_delete=models.CASCADE, related_name="reminders", db_index=False)
    ends_at = models.DateTimeField()
    days = models.SmallIntegerField()
    reminded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["grant", "ends_at", "days"], name="tokens_reminder_once"),
        ]


class ReplacementConfirmation(models.Model):
    """A person says that another grant replaces this one, so that nobody has to be reminded of this end.

    It counts as long as the other one has access.
    """

    grant = models.ForeignKey("tokens.Grant", on_delete=models.CASCADE, related_name="replacements", db_index=False)
    ends_at = models.DateTimeField()
    replaced_by = models.ForeignKey("tokens.Grant", on_delete=models.CASCADE, related_name="replaces")
    confirmed_by_id = models.BigIntegerField()
    confirmed_by_login = models.CharField(max_length=120)
    confirmed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["grant", "ends_at"], name="tokens_replacement_once")]
