"""Issues that remind people whom no address reaches. By way of `models`."""

from django.db import models


class ReminderIssueSettings(models.Model):
    """Whether one organization has such issues written, and in which repository (GitHub's number, and its name).

    `trouble`: why nothing is written although it is switched on, found at the last look; empty: nothing hinders it.
    """

    organization = models.OneToOneField(
        "github.Organization", on_delete=models.CASCADE, related_name="reminder_issue_settings"
    )
    is_on = models.BooleanField(default=False)
    repository_id = models.BigIntegerField(null=True)
    repository = models.CharField(max_length=100, blank=True)
    trouble = models.CharField(max_length=300, blank=True)
    looked_at = models.DateTimeField(null=True)
    changed_by_login = models.CharField(max_length=120)
    changed_at = models.DateTimeField()


class ReminderIssue(models.Model):
    """The issue of one person in one organization: reopened when there is something again, never a second one.

    `lines` is what it shall say: {"name", "day", "what"} each, falling due first; none: it shall be closed. They change
    only while no write of it is on its way. `digest` is that of the lines that it says, by GitHub's word, empty while
    it is closed or not there. `number` null: GitHub never told of one. `trouble`: why the last write came to nothing;
    the next one waits until `retry_at`.
    """

    organization = models.ForeignKey(
        "github.Organization", on_delete=models.CASCADE, related_name="reminder_issues", db_index=False
    )
    person_id = models.BigIntegerField()
    login = models.CharField(max_length=120)
    repository_id = models.BigIntegerField()
    repository = models.CharField(max_length=100)
    number = models.PositiveIntegerField(null=True)
    lines = models.JSONField(default=list)
    digest = models.CharField(max_length=64, blank=True)
    trouble = models.CharField(max_length=500, blank=True)
    retry_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "person_id"], name="tokens_reminder_issue_once")]
