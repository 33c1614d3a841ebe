"""GitHub's form for a new token, filled in with given permissions, and what is left to do there by hand. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from apps.policy.permissions import PermissionLine
from apps.policy.prefill import DAYS_LIMIT, creation_link, has_parameter

USUAL_DAYS = 90


@dataclass(frozen=True)
class FilledForm:
    """`link` opens the form; `by_hand` are permissions for which it has no parameter."""

    link: str
    by_hand: tuple[PermissionLine, ...]


def filled_form(
    web_url: str,
    *,
    organization: str,
    lines: Iterable[PermissionLine],
    days: int,
    name: str = "",
    description: str = "",
) -> FilledForm:
    """For a token of the organization. Reading metadata is left out: GitHub's form adds it to any other permission."""
    wanted = [one for one in lines if (one.name, one.level) != ("metadata", "read")]
    carried = [one for one in wanted if has_parameter(one.kind, one.name, one.level)]
    link = creation_link(
        web_url, owner=organization, days=days, permissions=[(one.kind, one.name, one.level) for one in carried],
        name=name, description=description,
    )  # fmt: skip
    return FilledForm(link, tuple(one for one in wanted if one not in carried))


def days_for(wanted: int | None, limit: int | None) -> int:
    """For how long: as wanted (None: 90 days), within the organization's limit (None: not known) and GitHub's."""
    return max(1, min(wanted or USUAL_DAYS, limit or DAYS_LIMIT, DAYS_LIMIT))
