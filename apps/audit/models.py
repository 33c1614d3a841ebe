"""Events, and the head row each chain takes its sequence numbers from."""

from django.db import models

INSTANCE = 0
"""The chain of events that belong to no organization."""


class Head(models.Model):
    """The last sequence number of one chain; locked while an event is written."""

    chain = models.BigIntegerField(primary_key=True)
    sequence = models.BigIntegerField(default=0)


class Event(models.Model):
    """Something that happened. Never changed, never deleted: triggers see to it.

    `chain` is the organization's numeric id at GitHub, or INSTANCE. The actor is copied as id and login, so
    that history outlives its subjects. `canonical` holds the bytes (RFC 8785) that a proof is made over; the
    columns beside it exist to be searched.
    """

    chain = models.BigIntegerField()
    sequence = models.BigIntegerField()
    name = models.CharField(max_length=80)
    subject = models.CharField(max_length=120, blank=True)
    actor_id = models.BigIntegerField(null=True)
    actor_login = models.CharField(max_length=120)
    recorded_at = models.DateTimeField()
    data = models.JSONField(default=dict)
    canonical = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "sequence"], name="audit_event_sequence")]
        indexes = [
            models.Index(fields=["chain", "name", "-sequence"], name="audit_event_by_name"),
            models.Index(fields=["chain", "subject", "-sequence"], name="audit_event_by_subject"),
            models.Index(fields=["chain", "actor_id", "-sequence"], name="audit_event_by_actor"),
        ]
