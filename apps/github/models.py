"""The Apps, their installations, and what Patrol knows of organizations, members and repositories."""

from django.db import models

from apps.core import crypto
from apps.github.team_models import FormerTeamSlug, Team, TeamMember

__all__ = [
    "AllowedOrganization", "App", "ChosenHost", "Delivery", "Fact", "FormerLogin", "FormerRepositoryName",
    "FormerTeamSlug", "Installation", "InstallationQuerySet", "InstallationToken", "Member", "Organization",
    "Redelivery", "Repository", "Team", "TeamMember",
]  # fmt: skip


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
    sealed_previous_private_key = models.TextField(blank=True)
    sealed_webhook_secret = models.TextField(blank=True)
    sealed_previous_webhook_secret = models.TextField(blank=True)
    private_key_since = models.DateTimeField(null=True)
    previous_private_key_since = models.DateTimeField(null=True)
    webhook_secret_since = models.DateTimeField(null=True)
    previous_webhook_secret_since = models.DateTimeField(null=True)
    """When Patrol was given each; null where that was before it kept that."""
    allow_listed = models.BooleanField(default=False)
    """Whether anybody may install it, so that Patrol reads only organizations that were allowed; see allowing.py."""
    asks = models.JSONField(default=dict)
    """The permissions it asked organizations for when GitHub was last asked; empty before."""
    owner_login = models.CharField(max_length=120, blank=True)
    permissions_page = models.CharField(max_length=500, blank=True)
    """Where its owner changes what it asks for."""
    installation_page = models.CharField(max_length=500, blank=True)
    """Where it is installed."""
    readings = models.PositiveBigIntegerField(default=0)
    """How many readings of GitHub have begun: each takes the next number, see readings.py."""
    reading = models.PositiveBigIntegerField(default=0)
    """The latest of all its installations that was written down."""

    def _row(self, column: str) -> str:
        return f"github_app.{column}:{self.role}"

    def set_secrets(
        self,
        *,
        client_secret: str,
        private_key: str,
        webhook_secret: str,
        previous_webhook_secret: str = "",
        previous_private_key: str = "",
    ) -> None:
        """Seal the secrets into their columns; the caller saves."""
        self.sealed_client_secret = crypto.seal(client_secret, row=self._row("client_secret"))
        self.set_private_keys(private_key, previous_private_key)
        self.set_webhook_secrets(webhook_secret, previous_webhook_secret)

    def set_private_keys(self, current: str, previous: str = "") -> None:
        """Seal them; the caller saves."""
        self.sealed_private_key = crypto.seal(current, row=self._row("private_key"))
        self.sealed_previous_private_key = crypto.seal(previous, row=self._row("previous_private_key"))

    def set_webhook_secrets(self, current: str, previous: str = "") -> None:
        """Seal them; the caller saves."""
        self.sealed_webhook_secret = crypto.seal(current, row=self._row("webhook_secret"))
        self.sealed_previous_webhook_secret = crypto.seal(previous, row=self._row("previous_webhook_secret"))

    def seal_anew(self) -> bool:
        """Seal with the ring's first key what another one sealed; whether there was any. The caller saves.

        Raises crypto.Sealed where one does not open.
        """
        names = ("client_secret", "private_key", "previous_private_key", "webhook_secret", "previous_webhook_secret")
        sealed = {name: getattr(self, f"sealed_{name}") for name in names}
        old = {name: text for name, text in sealed.items() if not crypto.is_sealed_now(text)}
        for name, text in old.items():
            row = self._row(name)
            setattr(self, f"sealed_{name}", crypto.seal(crypto.unseal(text, row=row), row=row))
        return bool(old)

    @property
    def client_secret(self) -> str:
        """Opened. Raises crypto.Sealed."""
        return crypto.unseal(self.sealed_client_secret, row=self._row("client_secret"))

    @property
    def private_key(self) -> str:
        """PEM. Raises crypto.Sealed."""
        return crypto.unseal(self.sealed_private_key, row=self._row("private_key"))

    @property
    def private_keys(self) -> tuple[str, ...]:
        """PEM: the key that is used, and the one before it if it is still held. Raises crypto.Sealed."""
        previous = crypto.unseal(self.sealed_previous_private_key, row=self._row("previous_private_key"))
        return tuple(pem for pem in (self.private_key, previous) if pem)

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """The current secret and the one before it, as far as they are not empty. Raises crypto.Sealed."""
        columns = {
            "webhook_secret": self.sealed_webhook_secret,
            "previous_webhook_secret": self.sealed_previous_webhook_secret,
        }
        opened = (crypto.unseal(sealed, row=self._row(name)) for name, sealed in columns.items() if sealed)
        return tuple(secret for secret in opened if secret)


class ChosenHost(models.Model):
    """Which GitHub was chosen at /setup, one row; settings go before it. `is_inside`: it is on a private address."""

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)
    api_url = models.CharField(max_length=400)
    web_url = models.CharField(max_length=400)
    upload_url = models.CharField(max_length=400)
    is_inside = models.BooleanField(default=False)
    chosen_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="github_one_chosen_host")]


class Organization(models.Model):
    """A GitHub organization, by GitHub's numeric id."""

    id = models.BigIntegerField(primary_key=True)
    login = models.CharField(max_length=120, db_index=True)
    name = models.CharField(max_length=255, blank=True)
    avatar_url = models.CharField(max_length=500, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    members_synced_at = models.DateTimeField(null=True)
    members_reading = models.PositiveBigIntegerField(default=0)
    """The latest walk over its members that wrote something; see readings.py."""
    teams_listed_at = models.DateTimeField(null=True)
    """When the list of its teams was last read whole."""
    teams_read_at = models.DateTimeField(null=True)
    """Since when what is known of its teams is so: the members of each were read then or later. Null: not of all."""
    teams_reading = models.PositiveBigIntegerField(default=0)
    """The latest reading of its teams that wrote something; see readings.py."""
    teams_trouble = models.CharField(max_length=300, blank=True)
    """Why the last reading of its teams ended early; empty after a good one."""

    class Meta:
        ordering = ["login"]


class FormerLogin(models.Model):
    """What an organization was called before. Its old addresses lead to it, unless somebody else has the name now."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="former_logins")
    login = models.CharField(max_length=120, db_index=True)
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "login"], name="github_former_login_once")]


class AllowedOrganization(models.Model):
    """An organization that may use an App which anybody can install, by GitHub's numeric id."""

    organization_id = models.BigIntegerField(primary_key=True)
    allowed_at = models.DateTimeField()


class InstallationQuerySet(models.QuerySet["Installation"]):
    """Filters."""

    def governing(self) -> "InstallationQuerySet":
        """Of the App that governs tokens, whatever became of them."""
        return self.filter(app__role=App.Role.GOVERNANCE)

    def live(self) -> "InstallationQuerySet":
        """Installed, allowed, and not suspended."""
        return self.filter(removed_at__isnull=True, suspended_at__isnull=True, is_outside=False)

    def outside(self) -> "InstallationQuerySet":
        """Installed where nobody allowed it."""
        return self.filter(removed_at__isnull=True, is_outside=True)


class Installation(models.Model):
    """One App on one organization."""

    app = models.ForeignKey(App, on_delete=models.PROTECT, related_name="installations")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="installations")
    installation_id = models.BigIntegerField(unique=True)
    permissions = models.JSONField(default=dict)
    suspended_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    is_outside = models.BooleanField(default=False)
    """Not on the list of allowed organizations: shown, never read."""
    reading = models.PositiveBigIntegerField(default=0)
    """The latest reading that wrote this; see readings.py."""

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


class FormerRepositoryName(models.Model):
    """What a repository was called before. Its old address leads to it, unless another one has the name now."""

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="former_names")
    name = models.CharField(max_length=255, db_index=True)
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repository", "name"], name="github_former_repository_name_once")
        ]


class Fact(models.Model):
    """This operator's answer to something GitHub's documents leave open; see facts.py."""

    key = models.CharField(max_length=80, primary_key=True)
    answer = models.CharField(max_length=1)
    evidence = models.TextField(blank=True)
    observed_at = models.DateTimeField()


class Delivery(models.Model):
    """One webhook message, by GitHub's guid. A redelivery bears the guid of the first one.

    `organization_id` is what the message says until it was compared with our rows; of a message that was dropped
    it is null. `body` is kept until the message was processed. `digest` is the SHA-256 of the body and never
    unique: two events may be equal byte for byte. `due_at` is when it may be taken up: at once, after a failure,
    or when the lease of whoever processes it ends.
    """

    class State(models.TextChoices):
        RECEIVED = "received"
        PROCESSING = "processing"
        PROCESSED = "processed"
        FAILED = "failed"

    guid = models.CharField(max_length=36, unique=True)
    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=64)
    action = models.CharField(max_length=64, blank=True)
    installation_id = models.BigIntegerField(null=True)
    organization_id = models.BigIntegerField(null=True)
    digest = models.CharField(max_length=64)
    body = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "due_at"], name="github_delivery_due"),
            models.Index(fields=["organization_id", "received_at"], name="github_delivery_of"),
        ]


class Redelivery(models.Model):
    """When GitHub was last asked to send a message again that did not reach Patrol."""

    guid = models.CharField(max_length=36, unique=True)
    asked_at = models.DateTimeField()
