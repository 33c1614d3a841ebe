"""Lists of one organization, of ends and of what rests read an index to its end; owners are found by a part of a login.

The index that only PostgreSQL has is beside the models' state, as in 0014.
"""

from typing import Any

import structlog
from django.db import DatabaseError, migrations, models, transaction

log = structlog.get_logger(__name__)
OWNERS = "CREATE INDEX tokens_grant_held_by ON tokens_grant USING gin (upper(owner_login) gin_trgm_ops)"
INDEXES = {
    "tokens_grant_by_risk": ["state", "risk", "id", "organization"],
    "tokens_grant_by_owner": ["state", "owner_login", "id", "organization"],
    "tokens_grant_by_use": ["state", "idle_since", "id", "organization"],
    "tokens_grant_by_end": ["state", "ends_at", "id", "organization", "access_granted_at"],
    "tokens_grant_of_owner": ["owner_id", "organization", "state", "idle_since"],
}


def add(apps: Any, schema_editor: Any) -> None:
    """Where the extension is missing, a search for a login reads every grant; docs/operations.md."""
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(using=schema_editor.connection.alias):
            schema_editor.execute(OWNERS)
    except DatabaseError as error:
        log.warning("tokens.search_without_index", error=str(error).partition("\n")[0])


def remove(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS tokens_grant_held_by")


class Migration(migrations.Migration):
    dependencies = [("tokens", "0023_sleeping_defaults")]

    operations = [
        *(migrations.RemoveIndex("grant", name) for name in INDEXES),
        *(migrations.AddIndex("grant", models.Index(fields=of, name=name)) for name, of in INDEXES.items()),
        migrations.RunPython(add, remove),
    ]
