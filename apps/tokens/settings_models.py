"""One row for an organization: GitHub's own settings as entered, and how it decides. Used by way of `models`."""

from django.conf import settings
from django.db import models


class StatedPolicy(models.Model):
    """GitHub's own token settings as an owner entered them; GitHub has no API for them. Null: not stated."""

    organization = models.OneToOneField("github.Organization", on_delete=models.CASCADE, related_name="stated_policy")
    approval_required = models.BooleanField(null=True)
    fine_grained_allowed = models.BooleanField(null=True)
    classic_allowed = models.BooleanField(null=True)
    fine_grained_max_days = models.PositiveSmallIntegerField(null=True)
    classic_max_days = models.PositiveSmallIntegerField(null=True)
    stated_by_login = models.CharField(max_length=120)
    stated_at = models.DateTimeField()


class DecisionSettings(models.Model):
    """How one organization decides. `undo_seconds` null: the instance's default (PATROL_UNDO_SECONDS).

    `two_person`: an approval one owner proposes is sent when another one confirms it. `revoke_wider`: a grant that is
    wider than what was approved is revoked again, unless another approval explains it. `installation_may_send`: a
    decision whose person GitHub does not let in (no SAML session, no sign-in) is sent with the installation's token.
    """

    LONGEST_UNDO = 60

    organization = models.OneToOneField(
        "github.Organization", on_delete=models.CASCADE, related_name="decision_settings"
    )
    undo_seconds = models.PositiveSmallIntegerField(null=True)
    two_person = models.BooleanField(default=False)
    revoke_wider = models.BooleanField(default=False)
    installation_may_send = models.BooleanField(default=False)
    changed_by_login = models.CharField(max_length=120)
    changed_at = models.DateTimeField()

    @property
    def rests(self) -> int:
        """How many seconds a decision rests before it is sent."""
        return min(settings.UNDO_SECONDS if self.undo_seconds is None else self.undo_seconds, self.LONGEST_UNDO)
