"""The calls about an organization's teams, with its installation's token. A part of `client.Client`."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import msgspec

from apps.github import wire, wire_teams

if TYPE_CHECKING:
    from apps.github.client import ListPage

T = TypeVar("T", bound=msgspec.Struct)


class TeamCalls(ABC):
    """What `client.Client` inherits; how a call is made is its own."""

    _base: str

    @abstractmethod
    def _all(self, path: str, kind: type[T], *, key: str = "", query: dict[str, Any] | None = None) -> Iterator[T]: ...

    @abstractmethod
    def _page(self, url: str, kind: type[T], *, key: str = "", etag: str = "") -> "ListPage[T]": ...

    @abstractmethod
    def _prepared_url(self, path: str, query: dict[str, Any]) -> str: ...

    def teams(self, organization: str) -> Iterator[wire_teams.Team]:
        """Secret ones too. https://docs.github.com/rest/teams/teams#list-teams"""
        return self._all(f"/orgs/{organization}/teams", wire_teams.Team)

    def team_member_page(self, url: str, etag: str = "") -> "ListPage[wire.Account]":
        """One page of `team_members_url`, those of child teams among them; 304 costs no quota.

        https://docs.github.com/rest/teams/members#list-team-members
        """
        return self._page(url, wire.Account, etag=etag)

    def team_members_url(self, organization: str, slug: str) -> str:
        """The first page."""
        return self._prepared_url(f"/orgs/{organization}/teams/{quote(slug, safe='')}/members", {"per_page": 100})
