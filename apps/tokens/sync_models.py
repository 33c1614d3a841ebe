"""How an organization is read: its walks, what pages held, and when it is due. Used by way of `models`."""

from django.db import models


class Walk(models.Model):
    """One walk over one of the two lists of an organization; resumable page by page.

    `next_url` is the page to read next while it walks. `vanishing` is how many would have vanished when it
    stopped and asked.
    """

    class Listing(models.TextChoices):
        GRANT_REQUESTS = "grant_requests"
        GRANTS = "grants"

    class State(models.TextChoices):
        WALKING = "walking"
        COMPLETE = "complete"
        FAILED = "failed"
        ASKS = "asks"  # too much would vanish at once: an owner has to say that it is true

    organization = models.ForeignKey("github.Organization", on_delete=models.CASCADE, related_name="walks")
    listing = models.CharField(max_length=20, choices=Listing.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WALKING)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    next_url = models.TextField(blank=True)
    pages_done = models.PositiveIntegerField(default=0)
    pages_known = models.PositiveIntegerField(null=True)
    http_requests = models.PositiveIntegerField(default=0)
    not_modified = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    quarantined = models.PositiveIntegerField(default=0)
    vanishing = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organization", "listing", "-started_at"], name="tokens_walk_latest")]


class ListPage(models.Model):
    """What one page of a list held when it was last read whole, so that a 304 stands for these ids.

    `token_fingerprint` names the installation token the ETag is bound to; `walk` is the last walk that met it.
    """

    organization = models.ForeignKey("github.Organization", on_delete=models.CASCADE, related_name="+")
    listing = models.CharField(max_length=20, choices=Walk.Listing.choices)
    number = models.PositiveIntegerField()
    url = models.TextField()
    next_url = models.TextField(blank=True)
    etag = models.CharField(max_length=200)
    token_fingerprint = models.CharField(max_length=64)
    ids = models.JSONField(default=list)
    walk = models.ForeignKey(Walk, on_delete=models.CASCADE, related_name="pages")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "listing", "number"], name="tokens_listpage_once")
        ]


class SyncState(models.Model):
    """When an organization's lists are due, who is walking them now, and what an owner has to answer.

    `not_before` is GitHub's own word (a rate limit): until then nobody asks it, whoever wishes. `failures`
    counts tries in a row that ended early. `requests_read_at`: when the list of requests was last asked for and read
    whole, by a walk or a poll. `webhook_missed_at`: when the newest request was asked that no webhook told of; while
    it is set, Patrol polls.
    """

    organization = models.OneToOneField("github.Organization", on_delete=models.CASCADE, related_name="sync")
    due_at = models.DateTimeField()
    not_before = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    completed_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    vanishing_accepted = models.BooleanField(default=False)
    requests_read_at = models.DateTimeField(null=True)
    webhook_missed_at = models.DateTimeField(null=True)


class Quarantine(models.Model):
    """An item of GitHub's lists that Patrol could not read; shown to owners, dropped when it reads again."""

    organization = models.ForeignKey("github.Organization", on_delete=models.CASCADE, related_name="+")
    listing = models.CharField(max_length=20, choices=Walk.Listing.choices)
    problem = models.CharField(max_length=500)
    excerpt = models.TextField()
    seen_at = models.DateTimeField()
    walk = models.ForeignKey(Walk, on_delete=models.CASCADE, related_name="+")
