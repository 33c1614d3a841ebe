"""The table of endpoints and permissions in use: the one that was read from GitHub, else the one built in."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from apps.policy.endpoints import builtin
from apps.policy.endpoints.catalogue import Catalogue, Endpoint
from apps.tokens.models import PermissionTable


@dataclass(frozen=True)
class InUse:
    """`read_at` None: the built-in one. `source` is a file's name, an address or a package."""

    catalogue: Catalogue
    source: str
    read_at: datetime | None


def table_in_use() -> InUse:
    """One query, and a second one when it is another than this process knew."""
    found = PermissionTable.objects.filter(pk=PermissionTable.ONLY).defer("endpoints").first()
    if found is None:
        return InUse(builtin.catalogue(), builtin.version(), None)
    return InUse(_catalogue(found.digest), found.source, found.read_at)


def as_text(endpoints: list[Endpoint]) -> str:
    """As the row keeps them."""
    rows = [[one.verb, one.path, one.sets, one.token, one.sure] for one in endpoints]
    return json.dumps(rows, separators=(",", ":"))


@lru_cache(maxsize=2)
def _catalogue(digest: str) -> Catalogue:
    """Of the row that has this digest; one that came between two queries is as good."""
    text = PermissionTable.objects.values_list("endpoints", flat=True).get(pk=PermissionTable.ONLY)
    kept = [
        Endpoint(
            verb, path, tuple(tuple((kind, name, level) for kind, name, level in one) for one in sets), token, sure
        )
        for verb, path, sets, token, sure in json.loads(text)
    ]
    return Catalogue([*builtin.always(), *kept])
