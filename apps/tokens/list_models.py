"""How owners look at lists: the views they keep, and what they are about to revoke of them. By way of `models`."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

if TYPE_CHECKING:
    from datetime import datetime


class SavedView(models.Model):
    """A filter of the inventory with its columns, under a name. `query` is what `queries.addressing` makes of it.

    With an `organization` it is shared with that organization's owners, who may change and delete it; without one it
    is `user`'s alone, on every list.
    """

    LONGEST_NAME = 60
    LONGEST_QUERY = 2_000

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="saved_views")
    organization = models.ForeignKey(
        "github.Organization", null=True, on_delete=models.CASCADE, related_name="saved_views"
    )
    name = models.CharField(max_length=LONGEST_NAME)
    query = models.CharField(max_length=LONGEST_QUERY, blank=True)
    changed_by_login = models.CharField(max_length=120)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "user", Lower("name"), condition=Q(organization__isnull=True), name="tokens_own_view_once"
            ),
            models.UniqueConstraint(
                "organization", Lower("name"), condition=Q(organization__isnull=False), name="tokens_shared_view_once"
            ),
        ]


class RevocationPreview(models.Model):
    """What a filter matched when its person asked to revoke all of it: frozen, so that what is sent is what was shown.

    `organization` is the list it was made on (None: over all), `matching` how many matched; at most CEILING are items.
    Held while it is sent; `sent_at`: when that was first done.
    """

    CEILING = 2_000
    LASTS = timedelta(hours=1)

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    organization = models.ForeignKey("github.Organization", null=True, on_delete=models.CASCADE, related_name="+")
    query = models.CharField(max_length=SavedView.LONGEST_QUERY, blank=True)
    matching = models.PositiveIntegerField()
    frozen_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    @property
    def ends_at(self) -> "datetime":
        """From then on it is too old to be sent."""
        return self.frozen_at + self.LASTS


class PreviewItem(models.Model):
    """One grant of a preview, with the digest of what it was. `left_out` says why it is not to be revoked.

    `outcome` is empty until it was tried; `sentence` why it was refused then.
    """

    class LeftOut(models.TextChoices):
        NO = "", "To be revoked"
        OWN = "own", "Your own token: another owner has to decide about it"
        ON_ITS_WAY = "on_its_way", "A decision on it is on its way already"
        LOOK_ONLY = "look_only", "Patrol only looks there: owners decide on GitHub"
        ENDED = "ended", "It has no access any more"

    class Outcome(models.TextChoices):
        OPEN = ""
        SENT = "sent"
        REFUSED = "refused"

    preview = models.ForeignKey(RevocationPreview, on_delete=models.CASCADE, related_name="items", db_index=False)
    organization = models.ForeignKey("github.Organization", on_delete=models.CASCADE, related_name="+", db_index=False)
    grant = models.ForeignKey("tokens.Grant", on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    left_out = models.CharField(max_length=12, choices=LeftOut.choices, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True)
    sentence = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["preview", "grant"], name="tokens_preview_item_once")]
