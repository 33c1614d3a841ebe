"""The Apps, their installations, and what Patrol knows of organizations, members and repositories."""

from django.db import models

from apps.core import crypto


class App(models.Model):
    """One of the two GitHub Apps. Secrets are sealed; the row is the associated data."""

    class Role(models.TextChoices):
        GOVERNANCE = "governance"
        EXCHANGE = "exchange"

    role = models.CharField(max_length=20, choices=Role.choices, unique=True)
    app_id = models.BigIntegerField(unique=True)
    slug = models.CharField(max_length=120, blank=True)
    client_id = models.CharField(max_length=120)
    sealed_client_secret = models.TextField(blank=True)
    sealed_private_key = models.TextField(blank=True)
    sealed_webhook_secret = models.TextField(blank=True)

    def _row(self, column: str) -> str:
        return f"github_app.{column}:{self.role}"

    def set_secrets(self, *, client_secret: str, private_key: str, webhook_secret: str) -> None:
        """Seal the three secrets into their columns; the caller saves."""
        self.sealed_client_secret = crypto.seal(client_secret, row=self._row("client_secret"))
        self.sealed_private_key = crypto.seal(private_key, row=self._row("private_key"))
        self.sealed_webhook_secret = crypto.seal(webhook_secret, row=self._row("webhook_secret"))

    @property
    def client_secret(self) -> str:
        """Opened. Raises crypto.Sealed."""
        return crypto.unseal(self.sealed_client_secret, row=self._row("client_secret"))

    @property
    def private_key(self) -> str:
        """PEM. Raises crypto.Sealed."""
        return crypto.unseal(self.sealed_private_key, row=self._row("private_key"))


class Organization(models.Model):
    """A GitHub organization, by GitHub's numeric id."""

    id = models.BigIntegerField(primary_key=True)
    login = models.CharField(max_length=120, db_index=True)
    name = models.CharField(max_length=255, blank=True)
    avatar_url = models.CharField(max_length=500, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    members_synced_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["login"]


class InstallationQuerySet(models.QuerySet["Installation"]):
    """Filters."""

    def live(self) -> "InstallationQuerySet":
        """Installed and not suspended."""
        return self.filter(removed_at__isnull=True, suspended_at__isnull=True)


class Installation(models.Model):
    """One App on one organization."""

    app = models.ForeignKey(App, on_delete=models.PROTECT, related_name="installations")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="installations")
    installation_id = models.BigIntegerField(unique=True)
    permissions = models.JSONField(default=dict)
    suspended_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    objects = InstallationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["app", "organization"],
                condition=models.Q(removed_at__isnull=True),
                name="github_one_live_installation",
            )
        ]


class InstallationToken(models.Model):
    """The current token of an installation, sealed; replaced five minutes before its end."""

    installation = models.OneToOneField(Installation, on_delete=models.CASCADE, related_name="token")
    sealed = models.TextField()
    fingerprint = models.CharField(max_length=64)
    expires_at = models.DateTimeField()


class Member(models.Model):
    """A member of an organization as the last complete member walk saw them."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="members")
    user_id = models.BigIntegerField()
    login = models.CharField(max_length=120)
    role = models.CharField(max_length=20)
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "user_id"], name="github_member_once")]


class Repository(models.Model):
    """A repository, by GitHub's numeric id."""

    id = models.BigIntegerField(primary_key=True)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="repositories")
    name = models.CharField(max_length=255)
    full_name = models.CharField(max_length=400)
    private = models.BooleanField(default=True)

    class Meta:
        indexes = [models.Index(fields=["organization", "name"], name="github_repository_by_name")]


class Fact(models.Model):
    """This operator's answer to something GitHub's documents leave open; see facts.py."""

    key = models.CharField(max_length=80, primary_key=True)
    answer = models.CharField(max_length=1)
    evidence = models.TextField(blank=True)
    observed_at = models.DateTimeField()
