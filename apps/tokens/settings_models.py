"""GitHub's own settings as entered, how organizations, groups and the instance decide, and what becomes of sleeping
tokens. By way of `models`.
"""

from django.db import models
from django.db.models.functions import Lower


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


class Decides(models.Model):
    """How decisions are taken, as far as it is said here; null: not said, so that it is inherited (inheritance.py).

    `two_person`: an approval one owner proposes is sent when another one confirms it. `revoke_wider`: a grant that is
    wider than what was approved is revoked again, unless another approval explains it. `installation_may_send`: a
    decision whose person GitHub does not let in (no SAML session, no sign-in) is sent with the installation's token.
    """

    LONGEST_UNDO = 60

    undo_seconds = models.PositiveSmallIntegerField(null=True)
    two_person = models.BooleanField(null=True)
    revoke_wider = models.BooleanField(null=True)
    installation_may_send = models.BooleanField(null=True)
    changed_by_login = models.CharField(max_length=120)
    changed_at = models.DateTimeField()

    class Meta:
        abstract = True


class InstanceDefaults(Decides):
    """What holds where neither an organization nor its group says otherwise; one row."""

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="tokens_one_instance_defaults")]


class OrganizationGroup(Decides):
    """Organizations that decide alike, where they do not say otherwise."""

    name = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="tokens_group_name_once")]


class DecisionSettings(Decides):
    """How one organization decides, and the group it belongs to."""

    organization = models.OneToOneField(
        "github.Organization", on_delete=models.CASCADE, related_name="decision_settings"
    )
    group = models.ForeignKey(OrganizationGroup, null=True, on_delete=models.SET_NULL, related_name="places")


class PermissionTable(models.Model):
    """GitHub's table of the permissions that endpoints need, as it was read last; one row, none before.

    `endpoints`: JSON text of [verb, path, sets of [kind, name, level], token, sure]. `digest` is its SHA-256.
    """

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)
    endpoints = models.TextField()
    digest = models.CharField(max_length=64)
    count = models.PositiveIntegerField()
    source = models.CharField(max_length=500)
    read_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="tokens_one_permission_table")]


class Sleeps(models.Model):
    """What is called a sleeping token, and what comes of it; all in days; null: not said here (sleeping_rules.py).

    A token sleeps after `unused_days`; it is revoked `notice_days` after it was proposed; one that has had access for
    less than `grace_days` is left alone.
    """

    LONGEST = 366

    unused_days = models.PositiveSmallIntegerField(null=True)
    notice_days = models.PositiveSmallIntegerField(null=True)
    grace_days = models.PositiveSmallIntegerField(null=True)
    changed_by_login = models.CharField(max_length=120)
    changed_at = models.DateTimeField()

    class Meta:
        abstract = True


class SleepingDefaults(Sleeps):
    """What holds where an organization does not say otherwise; one row."""

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="tokens_one_sleeping_defaults")]


class SleepingSettings(Sleeps):
    """Whether, and how, an organization has sleeping tokens proposed for revocation: nobody else switches that on.

    `beyond_on`: the day for which an owner said yes to more than the bound.
    """

    organization = models.OneToOneField("github.Organization", on_delete=models.CASCADE, related_name="sleeping")
    is_on = models.BooleanField(default=False)
    beyond_on = models.DateField(null=True)
