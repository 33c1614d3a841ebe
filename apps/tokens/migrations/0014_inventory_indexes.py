"""Indexes for the orders and filters of the inventory; those that only PostgreSQL has are beside the models' state."""

from typing import Any

import structlog
from django.db import DatabaseError, migrations, models, transaction

log = structlog.get_logger(__name__)
PERMISSIONS = "CREATE INDEX tokens_grant_may ON tokens_grant USING gin (permissions jsonb_path_ops)"
SEARCH = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX tokens_grant_found_by ON tokens_grant USING gin (found_by gin_trgm_ops)",
)
UNDONE = ("DROP INDEX IF EXISTS tokens_grant_may", "DROP INDEX IF EXISTS tokens_grant_found_by")


def add(apps: Any, schema_editor: Any) -> None:
    """Without the right to create the extension a search reads every grant; docs/operations.md says how to add it."""
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute(PERMISSIONS)
    try:
        with transaction.atomic(using=schema_editor.connection.alias):
            for statement in SEARCH:
                schema_editor.execute(statement)
    except DatabaseError as error:
        log.warning("tokens.search_without_index", error=str(error).partition("\n")[0])


def remove(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for statement in UNDONE:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("tokens", "0013_inventory")]

    operations = [
        migrations.AddIndex(
            "grant", models.Index(fields=["state", "access_granted_at", "id"], name="tokens_grant_by_age")
        ),
        migrations.AddIndex("grant", models.Index(fields=["state", "risk", "id"], name="tokens_grant_by_risk")),
        migrations.AddIndex("grant", models.Index(fields=["state", "owner_login", "id"], name="tokens_grant_by_owner")),
        migrations.AddIndex("grant", models.Index(fields=["state", "ends_at", "id"], name="tokens_grant_by_end")),
        migrations.AddIndex("grant", models.Index(fields=["state", "idle_since", "id"], name="tokens_grant_by_use")),
        migrations.AddIndex(
            "grant", models.Index(fields=["owner_id", "organization", "state"], name="tokens_grant_of_owner")
        ),
        migrations.AddIndex(
            "grant",
            models.Index(fields=["state"], condition=models.Q(top_level__gte=3), name="tokens_grant_admin"),
        ),
        migrations.AddIndex(
            "grant", models.Index(fields=["state"], condition=models.Q(holder_left=True), name="tokens_grant_left")
        ),
        migrations.RunPython(add, remove),
    ]
