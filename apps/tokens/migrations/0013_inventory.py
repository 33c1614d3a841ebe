"""What the inventory is sorted and narrowed by, on the rows themselves; those that stand get it from their tokens."""

from datetime import UTC, datetime
from typing import Any

from django.db import migrations, models

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
LEVELS = {"read": 1, "write": 2, "admin": 3}
MIRRORED = ["owner_id", "owner_login", "ends_at", "idle_since", "never_used", "found_by", "top_level"]
BATCH = 500


def fill(apps: Any, schema_editor: Any) -> None:
    alias = schema_editor.connection.alias
    Grant, GrantRequest = apps.get_model("tokens", "Grant"), apps.get_model("tokens", "GrantRequest")
    reasons: dict[int, list[str]] = {}
    asked = GrantRequest.objects.using(alias).exclude(reason="").order_by("-pk").values_list("token_id", "reason")
    for token_pk, reason in asked.iterator():
        reasons.setdefault(token_pk, []).append(reason)
    batch: list[Any] = []
    for grant in Grant.objects.using(alias).select_related("token").order_by("pk").iterator(BATCH):
        _mirror(grant, reasons.get(grant.token_id, []))
        batch.append(grant)
        if len(batch) == BATCH:
            Grant.objects.using(alias).bulk_update(batch, MIRRORED)
            batch = []
    Grant.objects.using(alias).bulk_update(batch, MIRRORED)


def _mirror(grant: Any, reasons: list[str]) -> None:
    token = grant.token
    grant.owner_id, grant.owner_login = token.owner_id, token.owner_login
    grant.ends_at = token.expires_at or FOREVER
    if token.expired:
        grant.ends_at = min(grant.ends_at, token.first_seen_at)
    grant.idle_since = token.last_used_at or grant.access_granted_at
    grant.never_used = token.last_used_at is None
    parts = dict.fromkeys([token.name, token.owner_login, *reasons])
    grant.found_by = "\n".join(filter(None, parts)).casefold()[:2_000]
    levels = (LEVELS.get(level, 1) for names in grant.permissions.values() for level in names.values())
    grant.top_level = max(levels, default=0)


class Migration(migrations.Migration):
    dependencies = [("tokens", "0012_revocation_previews")]

    operations = [
        migrations.AddField("grant", "holder_left", models.BooleanField(default=False)),
        migrations.AddField("grant", "top_level", models.PositiveSmallIntegerField(default=0)),
        migrations.AddField("grant", "found_by", models.TextField(default=""), preserve_default=False),
        migrations.AddField("grant", "owner_id", models.BigIntegerField(default=0), preserve_default=False),
        migrations.AddField("grant", "owner_login", models.CharField(default="", max_length=120), preserve_default=False),
        migrations.AddField("grant", "ends_at", models.DateTimeField(default=FOREVER), preserve_default=False),
        migrations.AddField("grant", "idle_since", models.DateTimeField(default=FOREVER), preserve_default=False),
        migrations.AddField("grant", "never_used", models.BooleanField(default=True), preserve_default=False),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
