"""How owners look at lists: the views they keep. By way of `models`."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


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
