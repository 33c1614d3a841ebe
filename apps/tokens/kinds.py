"""The two lists of GitHub, so that one walk serves both: which rows they fill and which columns are theirs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.github import permissions, wire
from apps.tokens import inventory
from apps.tokens.models import Grant, GrantRequest, Walk

Row = GrantRequest | Grant
Item = wire.GrantRequest | wire.Grant


@dataclass(frozen=True)
class Kind:
    """One list. `name` is what an item is called in subjects and event names, `active` the state of what is listed.

    `model` is GrantRequest or Grant, `number` its field with GitHub's id, `columns` what the list says of a row.
    `derived` are columns that follow from those and from the token.
    `reading` is what the App needs for the list, `deciding` for a decision about something on it.
    """

    name: str
    listing: Walk.Listing
    model: Any
    number: str
    active: str
    columns: tuple[str, ...]
    derived: tuple[str, ...]
    reading: Mapping[str, str]
    deciding: Mapping[str, str]

    @property
    def through(self) -> Any:
        """The model between rows and repositories."""
        return self.model.repositories.through

    @property
    def link(self) -> str:
        """The column of `through` that names the row."""
        return f"{self.model._meta.model_name}_id"

    def number_of(self, row: Row) -> int:
        """GitHub's id of a row: its pat_request_id or pat_id."""
        return int(getattr(row, self.number))

    def values(self, item: Item) -> dict[str, Any]:
        """The columns of a row as the item says them."""
        permissions = {
            kind: dict(sorted(names.items()))
            for kind in ("organization", "repository", "other")
            if (names := getattr(item.permissions, kind))
        }
        values: dict[str, Any] = {"repository_selection": item.repository_selection, "permissions": permissions}
        if isinstance(item, wire.GrantRequest):
            return values | {"reason": item.reason or "", "reason_captured": True, "requested_at": item.created_at}
        return values | {"access_granted_at": item.access_granted_at}


GRANT_REQUESTS = Kind(
    name="grant_request",
    listing=Walk.Listing.GRANT_REQUESTS,
    model=GrantRequest,
    number="pat_request_id",
    active=GrantRequest.State.PENDING,
    columns=("repository_selection", "permissions", "reason", "reason_captured", "requested_at"),
    derived=(),
    reading={permissions.REQUESTS: "read"},
    deciding=permissions.REVIEWING,
)
GRANTS = Kind(
    name="grant",
    listing=Walk.Listing.GRANTS,
    model=Grant,
    number="pat_id",
    active=Grant.State.ACTIVE,
    columns=("repository_selection", "permissions", "access_granted_at"),
    derived=(*inventory.MIRRORED, "top_level"),
    reading={permissions.TOKENS: "read"},
    deciding=permissions.REVOKING,
)
