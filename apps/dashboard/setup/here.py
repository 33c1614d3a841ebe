"""Checks of this machine: settings, keys, database, broker."""

from celery import current_app
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from apps.core import crypto
from apps.dashboard.setup.check import Check
from apps.github import webhook_address
from apps.github.models import App
from apps.jobs.services import QUICK

SHORTEST_KEY = 32
PREPARE = "run `python -m config.prepare`"


def settings_present() -> Check:
    """What has no default and nothing works without."""
    missing = [] if len(settings.SECRET_KEY) >= SHORTEST_KEY else ["PATROL_SECRET_KEY (32 characters or more)"]
    missing += [] if settings.ENCRYPTION_KEYS else ["PATROL_ENCRYPTION_KEYS"]
    if not settings.GITHUB_APP["app_id"]:
        missing += [] if _is_registered() else ["PATROL_GITHUB_APP_ID and its companions, or open /setup"]
    else:
        names = ["client_id", "client_secret", "private_key", "slug"]
        names += ["webhook_secret"] if webhook_address.expected() else []
        missing += [f"PATROL_GITHUB_APP_{name.upper()}" for name in names if not settings.GITHUB_APP[name]]
    if missing:
        return Check("settings", False, f"Set {', '.join(missing)}; docs/settings.md says what they are.")
    return Check("settings", True, "All that have no default are set.")


def _is_registered() -> bool:
    """Whether the setup made an App; without a database there is none."""
    try:
        return App.objects.exists()
    except DatabaseError:
        return False


def encryption_key() -> Check:
    """Whether something can be sealed."""
    try:
        crypto.seal("probe", row="setup_check")
    except (crypto.Sealed, ValueError):
        return Check(
            "encryption key", False,
            "Set PATROL_ENCRYPTION_KEYS to `id:base64` of 32 bytes; where there was a ring before, bring it back.",
        )  # fmt: skip
    return Check("encryption key", True, "Secrets can be sealed.")


def database() -> list[Check]:
    """Whether it answers, and if so, whether its tables are those of this version."""
    try:
        executor = MigrationExecutor(connection)
    except DatabaseError as error:
        said = f"It does not answer ({type(error).__name__}): check PATROL_DATABASE_URL, and whether it runs."
        return [Check("database", False, said)]
    return [Check("database", True, f"{connection.display_name} answers."), _migrations(executor)]


def _migrations(executor: MigrationExecutor) -> Check:
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        return Check("migrations", False, f"{len(plan)} are missing in {DEFAULT_DB_ALIAS}: {PREPARE}.")
    return Check("migrations", True, "All tables stand.")


def broker() -> Check:
    """Whether it takes messages."""
    try:
        with current_app.connection_for_write(transport_options=QUICK) as bell:
            bell.ensure_connection(max_retries=1, interval_start=0, timeout=3)
    except Exception as error:  # any broker's own
        said = f"It does not answer ({type(error).__name__}): check PATROL_REDIS_URL, and whether Redis runs."
        return Check("broker", False, said)
    return Check("broker", True, "It takes messages.")
