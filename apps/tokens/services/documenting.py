"""Reading GitHub's table of the permissions that endpoints need, in place of the one that is in use."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from apps.audit import services as audit
from apps.core import clock, text
from apps.policy.endpoints import documented
from apps.policy.endpoints.builtin import always
from apps.policy.endpoints.catalogue import Catalogue
from apps.tokens.models import PermissionTable
from apps.tokens.queries.permission_table import as_text, table_in_use

__all__ = ["Replaced", "replace_permission_table"]


@dataclass(frozen=True)
class Replaced:
    """What the new table adds, drops and says differently, each as "GET /path"."""

    count: int
    added: list[str]
    dropped: list[str]
    changed: list[str]

    @property
    def differs(self) -> bool:
        """Whether anything is different."""
        return bool(self.added or self.dropped or self.changed)


def replace_permission_table(*, files: Sequence[bytes], source: str) -> Replaced:
    """Check the files whole, then put them in place of what was there, in one step. Raises NotACatalogue.

    `source` says where they came from, for people.
    """
    endpoints = documented.endpoints(files)
    before = table_in_use().catalogue
    after = Catalogue([*always(), *endpoints])
    kept = as_text(endpoints)
    with transaction.atomic():
        PermissionTable.objects.update_or_create(
            pk=PermissionTable.ONLY,
            defaults={
                "endpoints": kept, "digest": hashlib.sha256(kept.encode()).hexdigest(), "count": len(endpoints),
                "source": text.visible(source, limit=500), "read_at": clock.now(),
            },
        )  # fmt: skip
        added, dropped, changed = before.difference(after)
        audit.record(
            "permission_table.replaced", source=text.visible(source, limit=500), count=len(endpoints),
            changes=f"{len(added)} added, {len(dropped)} dropped, {len(changed)} different",
        )  # fmt: skip
    return Replaced(len(endpoints), added, dropped, changed)
