"""The facts a decision is taken on, frozen, with the digest that binds a decision to what was seen. Pure."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import rfc8785

Permissions = dict[str, dict[str, str]]


@dataclass(frozen=True)
class AccessFacts:
    """What a token asks for or has, as GitHub asserted it.

    `subject_id` is the pat_request_id of a request, the pat_id of a grant. `repository_ids` is sorted and
    empty unless the selection is "subset". Permissions: {organization|repository|other: {name: level}}.
    """

    subject_id: int
    token_id: int
    owner_id: int
    owner_login: str
    permissions: Permissions
    repository_selection: str
    repository_ids: tuple[int, ...]
    expires_at: datetime | None
    token_name: str = ""
    reason: str = ""

    def digest(self) -> str:
        """SHA-256 (hex) over what GitHub asserts; names, logins and reasons are strangers' words and left out.

        The bytes are RFC 8785. Two ways of saying the same (a kind without permissions or none at all, the
        order of repositories, another offset of the same instant) have one digest.
        """
        permissions = tuple((kind, tuple(names.items())) for kind, names in self.permissions.items() if names)
        who, where = (self.subject_id, self.token_id, self.owner_id), tuple(sorted(self.repository_ids))
        return _digest(who, permissions, self.repository_selection, where, _instant(self.expires_at))

    def as_evidence(self) -> dict[str, Any]:
        """JSON of everything that was seen."""
        evidence = asdict(self)
        evidence["repository_ids"] = sorted(self.repository_ids)
        evidence["expires_at"] = _instant(self.expires_at)
        return evidence


@lru_cache(4096)
def _digest(
    ids: tuple[int, int, int], permissions: tuple[tuple[str, tuple[tuple[str, str], ...]], ...], selection: str,
    repository_ids: tuple[int, ...], expires_at: str | None,
) -> str:  # fmt: skip
    """A list has one for each row, and is looked at again and again."""
    subject_id, token_id, owner_id = ids
    said = {
        "subject_id": str(subject_id),
        "token_id": str(token_id),
        "owner_id": str(owner_id),
        "permissions": {kind: dict(names) for kind, names in permissions},
        "repository_selection": selection,
        "repository_ids": [str(one) for one in repository_ids],
        "expires_at": expires_at,
    }
    return hashlib.sha256(rfc8785.dumps(said)).hexdigest()


def _instant(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None
