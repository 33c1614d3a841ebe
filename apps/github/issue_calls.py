"""The calls about one repository and its issues, with the installation's token. A part of `client.Client`."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import msgspec

from apps.github import errors, wire, wire_issues

if TYPE_CHECKING:
    from apps.github.client import Answer

T = TypeVar("T", bound=msgspec.Struct)


class IssueCalls(ABC):
    """What `client.Client` inherits; how a call is made is its own. `organization` and `repository` are names."""

    @abstractmethod
    def _all(self, path: str, kind: type[T], *, key: str = "", query: dict[str, Any] | None = None) -> Iterator[T]: ...

    @abstractmethod
    def _one(self, path: str, kind: type[T], verb: str = "GET") -> T: ...

    @abstractmethod
    def _send(self, verb: str, path: str, **kwargs: Any) -> "Answer": ...

    @abstractmethod
    def _write(self, path: str, body: dict[str, Any] | None, *, promised: int, verb: str = "POST") -> int: ...

    def repository(self, organization: str, repository: str) -> wire_issues.FullRepository:
        """https://docs.github.com/rest/repos/repos#get-a-repository

        Another name now: errors.Permanent with status 301.
        """
        return self._one(_path(organization, repository), wire_issues.FullRepository)

    def issue(self, organization: str, repository: str, number: int) -> wire_issues.Issue:
        """https://docs.github.com/rest/issues/issues#get-an-issue

        Deleted: errors.Permanent with status 410 or 404; moved to another repository: 301.
        """
        return self._one(f"{_path(organization, repository)}/issues/{number}", wire_issues.Issue)

    def issues(self, organization: str, repository: str, *, label: str, since: datetime) -> Iterator[wire_issues.Issue]:
        """Open and closed ones that changed since. https://docs.github.com/rest/issues/issues#list-repository-issues"""
        query = {"state": "all", "labels": label, "since": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
        return self._all(f"{_path(organization, repository)}/issues", wire_issues.Issue, query=query)

    def create_issue(self, organization: str, repository: str, *, title: str, body: str, label: str) -> int:
        """Its number. https://docs.github.com/rest/issues/issues#create-an-issue

        Sent once; an answer that cannot be read is errors.Unreadable, whatever became of the request.
        """
        fields = {"title": title, "body": body, "labels": [label]}
        answer = self._send("POST", f"{_path(organization, repository)}/issues", json=fields)
        try:
            return wire.one(answer.content, wire_issues.Issue).number
        except wire.Malformed as error:
            raise errors.Unreadable("GitHub's answer could not be read.") from error

    def update_issue(self, organization: str, repository: str, number: int, **fields: str) -> int:
        """The status, 200. `fields`: title, body, state. https://docs.github.com/rest/issues/issues#update-an-issue"""
        path = f"{_path(organization, repository)}/issues/{number}"
        return self._write(path, dict(fields), promised=200, verb="PATCH")


def _path(organization: str, repository: str) -> str:
    return f"/repos/{quote(organization, safe='')}/{quote(repository, safe='')}"
