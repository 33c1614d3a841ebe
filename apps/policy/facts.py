"""The facts a decision is taken on, frozen, with the digest that binds a decision to what was seen. Pure."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
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
        return hashlib.sha256(
            rfc8785.dumps(
                {
                    "subject_id": str(self.subject_id),
                    "token_id": str(self.token_id),
                    "owner_id": str(self.owner_id),
                    "permissions": {kind: names for kind, names in self.permissions.items() if names},
                    "repository_selection": self.repository_selection,
                    "repository_ids": [str(one) for one in sorted(self.repository_ids)],
                    "expires_at": _instant(self.expires_at),
                }
            )
        ).hexdigest()

    def as_evidence(self) -> dict[str, Any]:
        """JSON of everything that was seen."""
        evidence = asdict(self)
        evidence["repository_ids"] = sorted(self.repository_ids)
        evidence["expires_at"] = _instant(self.expires_at)
        return evidence


def _instant(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None
