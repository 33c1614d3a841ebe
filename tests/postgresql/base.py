"""Django's backend, except that tables are emptied by DELETE: TRUNCATE makes new files for forty tables each time."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.postgresql import base, operations


class DatabaseOperations(operations.DatabaseOperations):
    """`flush` between tests; foreign keys are deferred, so the order does not matter."""

    def sql_flush(
        self, style: Any, tables: Sequence[str], *, reset_sequences: bool = False, allow_cascade: bool = False
    ) -> list[str]:
        """One DELETE a table; sequences go on, and no test may depend on them."""
        return [f"DELETE FROM {self.quote_name(table)}" for table in tables]  # noqa: S608  names of our own tables


class DatabaseWrapper(base.DatabaseWrapper):
    """Named by tests/settings.py."""

    ops_class = DatabaseOperations
