"""Slots of the schedule, and progress of long work."""

from django.db import models


class Slot(models.Model):
    """One run of a scheduled job. `unique(job, slot)`: each runs once, with two beats and after an outage."""

    job = models.CharField(max_length=120)
    slot = models.CharField(max_length=40)
    rung_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "slot"], name="jobs_slot_once")]
        indexes = [models.Index(fields=["finished_at", "lease_until"], name="jobs_slot_due")]
