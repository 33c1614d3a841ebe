"""Addresses Patrol may write to for people, how they came, and who looks after machine users. By way of `models`.

Addresses are personal data: each is sealed, with its row as associated data, and opened only to be shown to whom it
may be shown, or to be written to.
"""

from typing import ClassVar

from django.db import models

from apps.core import crypto


class SealedAddress(models.Model):
    """A row that keeps an address. `_row` names it; what it is made of never changes in a row's life."""

    sealed_email = models.TextField(blank=True)

    class Meta:
        abstract = True

    @property
    def _row(self) -> str:
        raise NotImplementedError

    @property
    def email(self) -> str:
        """Opened. Raises crypto.Sealed."""
        return crypto.unseal(self.sealed_email, row=self._row)

    def seal_email(self, email: str) -> None:
        """The caller saves."""
        self.sealed_email = crypto.seal(email, row=self._row)


class Contact(SealedAddress):
    """An address of a person, by GitHub's numeric id; they need not have signed in.

    Confirmed ones were proven by the person and serve every organization (null); the others serve the one whose owner
    gave it, or whose owners let Patrol read public profiles. `known_at`: when it was confirmed, given or last read.
    """

    class Source(models.TextChoices):
        CONFIRMED = "confirmed", "confirmed by the person"
        OWNER = "owner", "given by an owner"
        PROFILE = "profile", "public profile"

    TRUST: ClassVar[tuple[str, ...]] = (Source.CONFIRMED, Source.OWNER, Source.PROFILE)
    """Of several the first one is written to."""

    person_id = models.BigIntegerField()
    organization = models.ForeignKey(
        "github.Organization", null=True, on_delete=models.CASCADE, related_name="contacts", db_index=False
    )
    source = models.CharField(max_length=10, choices=Source.choices)
    known_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "person_id", "source"], name="accounts_contact_once"),
            models.UniqueConstraint(
                fields=["person_id"], condition=models.Q(organization=None), name="accounts_contact_confirmed_once"
            ),
            models.CheckConstraint(
                condition=models.Q(organization=None, source="confirmed")
                | models.Q(organization__isnull=False, source__in=["owner", "profile"]),
                name="accounts_contact_confirmed_everywhere",
            ),
        ]

    @property
    def _row(self) -> str:
        return f"accounts_contact.email:{self.organization_id or 0}:{self.person_id}:{self.source}"


class MachineUsers(SealedAddress):
    """Machines among an organization's people, and who looks after them: one by GitHub's id, or all whose login fits.

    Their reminders go to `maintainer_ids` (people at GitHub) and to the sealed address as well, a team's for instance.
    """

    organization = models.ForeignKey("github.Organization", on_delete=models.CASCADE, related_name="machine_users")
    person_id = models.BigIntegerField(null=True)
    pattern = models.CharField(max_length=120, blank=True)
    maintainer_ids = models.JSONField(default=list)
    key = models.UUIDField(unique=True)
    """What the address is sealed for: there is none before the row has its number."""
    named_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(person_id__isnull=True) ^ models.Q(pattern=""),
                name="accounts_machines_one_or_fitting",
            ),
            models.UniqueConstraint(fields=["organization", "person_id"], name="accounts_machine_once"),
        ]

    @property
    def _row(self) -> str:
        return f"accounts_machineusers.email:{self.key}"


class ContactConfirmation(SealedAddress):
    """A person says that an address is theirs; a mail with a link finds out.

    `due_at` says when a mail is to be sent, null: none. DUE sends the link; CONFIRMED with a `sealed_former` tells the
    address before that another one is written to now, and forgets it. `fence` grows with each claim.
    """

    class State(models.TextChoices):
        DUE = "due"
        SENT = "sent"
        CONFIRMED = "confirmed"
        FAILED = "failed"
        OVERTAKEN = "overtaken"  # a newer one was asked for, or the address was taken back

    WAITING: ClassVar[tuple[str, ...]] = (State.DUE, State.SENT)

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="contact_confirmations")
    key = models.UUIDField(unique=True)
    sealed_former = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DUE)
    due_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(state__in=["due", "sent"]), name="accounts_one_waiting_confirmation"
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="accounts_confirmation_due"),
            models.Index(fields=["user", "asked_at"], name="accounts_confirmation_of_user"),
        ]

    @property
    def _row(self) -> str:
        return f"accounts_contactconfirmation.email:{self.key}"

    @property
    def _former_row(self) -> str:
        return f"accounts_contactconfirmation.former:{self.key}"

    @property
    def former(self) -> str:
        """The address before, opened; empty where none is to be told. Raises crypto.Sealed."""
        return crypto.unseal(self.sealed_former, row=self._former_row)

    def seal_former(self, email: str) -> None:
        """The caller saves."""
        self.sealed_former = crypto.seal(email, row=self._former_row)


class ContactSettings(models.Model):
    """Where an organization lets Patrol look for addresses. `profiles`: the public profiles of who holds tokens.

    `profiles_read_at`: when some of them were last read.
    """

    organization = models.OneToOneField(
        "github.Organization", on_delete=models.CASCADE, related_name="contact_settings"
    )
    profiles = models.BooleanField(default=False)
    profiles_read_at = models.DateTimeField(null=True)
    changed_by_login = models.CharField(max_length=120)
    changed_at = models.DateTimeField()


class ProfileLook(models.Model):
    """When a person's public profile was last read for an organization, whether an address stood there or not."""

    organization = models.ForeignKey(
        "github.Organization", on_delete=models.CASCADE, related_name="profile_looks", db_index=False
    )
    person_id = models.BigIntegerField()
    looked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "person_id"], name="accounts_profile_look_once")]


class ContactImport(models.Model):
    """A list of addresses that an owner handed in, until it is applied or an hour has passed.

    `sealed_lines` is JSON: the lines as they were read, wrong ones too. `outcome` counts what became of them once
    `applied_at` is set.
    """

    organization = models.ForeignKey("github.Organization", on_delete=models.CASCADE, related_name="contact_imports")
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="contact_imports")
    key = models.UUIDField(unique=True)
    sealed_lines = models.TextField()
    made_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    outcome = models.JSONField(default=dict)

    @property
    def _row(self) -> str:
        return f"accounts_contactimport.lines:{self.key}"

    @property
    def lines(self) -> str:
        """Opened. Raises crypto.Sealed."""
        return crypto.unseal(self.sealed_lines, row=self._row)

    def seal_lines(self, lines: str) -> None:
        """The caller saves."""
        self.sealed_lines = crypto.seal(lines, row=self._row)
