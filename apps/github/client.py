"""The few calls Patrol makes to GitHub; others in `app_calls`, `issue_calls`, `team_calls`. No rules.

Bytes are read by `wire`. One `Client` holds one token and one connection pool. Writes are sent once, never again by
this layer.
"""

import copy
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote, urlencode

import msgspec
import requests
from django.conf import settings
from requests.structures import CaseInsensitiveDict

from apps.core import clock, http, text
from apps.github import addresses, errors, wire, wire_people
from apps.github.app_calls import AppCalls
from apps.github.issue_calls import IssueCalls
from apps.github.team_calls import TeamCalls

# Enterprise Server up to 3.20 knows only this version; the eight PAT operations are the same in both.
API_VERSION = "2022-11-28"
PER_PAGE = 100
ENDLESS = "GitHub's pages do not come to an end."
BIGGEST_ANSWER = 32 * 1024 * 1024
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9.:-]+/[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*")
"""An address that stands as it is, without anything to be quoted (RFC 3986 section 3)."""
T = TypeVar("T", bound=msgspec.Struct)


@dataclass(frozen=True)
class ListPage(Generic[T]):
    """One page of a list. `not_modified` pages carry no items: they are what they were."""

    url: str
    items: wire.Items[T] = field(default_factory=wire.Items)
    etag: str = ""
    next_url: str = ""
    last_page: int | None = None
    not_modified: bool = False


class Trail:
    """The pages that were read of one list, those of `been` before, so that a circle of links comes to an end."""

    def __init__(self, been: Iterable[str] = ()) -> None:
        self._been = set(been)

    def onward(self, url: str, next_url: str) -> str:
        """`next_url`, empty at the end, after the page at `url`. Raises errors.Permanent where that leads back."""
        self._been.add(url)
        if next_url in self._been:
            raise errors.Permanent(ENDLESS)
        return next_url


@dataclass(frozen=True)
class Answer:
    """What came back, read to its end; headers are found by their names in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Client(AppCalls, IssueCalls, TeamCalls):
    """A connection to GitHub with one token (`Bearer`): a user's, an installation's or an App's JWT.

    `patient` False: a person waits for the answer, so time-outs are short and nothing is tried twice.
    `on_unauthorized` is called when GitHub answers 401, before that is raised. `renewed` is asked first, with the
    time of that answer, for a token to try once more with: nothing was done by a request that was refused.
    """

    def __init__(
        self,
        token: str,
        *,
        base_url: str = "",
        patient: bool = True,
        on_unauthorized: Callable[[], None] | None = None,
        renewed: Callable[[datetime], str] | None = None,
    ) -> None:
        self._base = (base_url or addresses.api_url()).rstrip("/")
        self._session = http.settled_session(self._base, f"Patrol/{settings.VERSION}", patient=patient)
        self._on_unauthorized, self._renewed = on_unauthorized, renewed
        self._session.headers.update({"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": API_VERSION})
        self._carry(token)
        self.requests_sent = 0
        self.not_modified = 0
        self.remaining: int | None = None
        self.limit: int | None = None
        self.resets_at: datetime | None = None
        self._date = ""
        self.server_version = ""

    def _carry(self, token: str) -> None:
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"
        self._plain_get = self._session.prepare_request(requests.Request("GET", self._base))

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    @property
    def answered_at(self) -> datetime | None:
        """When the last answer left, by GitHub's clock; None where it did not say."""
        return wire.http_date(self._date)

    # --- people (user token) ------------------------------------------------------------------------------

    def user(self) -> wire.User:
        """https://docs.github.com/rest/users/users#get-the-authenticated-user"""
        return self._one("/user", wire.User)

    def user_installations(self) -> Iterator[wire.Installation]:
        """https://docs.github.com/rest/apps/installations#list-app-installations-accessible-to-the-user-access-token

        What is behind SAML without a session is left out.
        """
        return self._all("/user/installations", wire.Installation, key="installations")

    def user_memberships(self) -> Iterator[wire.Membership]:
        """https://docs.github.com/rest/orgs/members#list-organization-memberships-for-the-authenticated-user"""
        return self._all("/user/memberships/orgs", wire.Membership, query={"state": "active"})

    def user_membership(self, organization: str) -> wire.Membership:
        """https://docs.github.com/rest/orgs/members#get-an-organization-membership-for-the-authenticated-user"""
        return self._one(f"/user/memberships/orgs/{organization}", wire.Membership)

    def profile(self, login: str) -> wire_people.Profile:
        """https://docs.github.com/rest/users/users#get-a-user

        Whoever bears the login now: compare the id. With any token; without one no address is told.
        """
        return self._one(f"/users/{quote(login, safe='')}", wire_people.Profile)

    # --- an organization (installation token) ----------------------------------------------------------------

    def members(self, organization: str, role: Literal["admin", "member"]) -> Iterator[wire.Account]:
        """https://docs.github.com/rest/orgs/members#list-organization-members"""
        return self._all(f"/orgs/{organization}/members", wire.Account, query={"role": role})

    def grant_request_page(self, url: str, etag: str = "") -> ListPage[wire.GrantRequest]:
        """One page of `grant_requests_url`; 304 costs no quota.

        https://docs.github.com/rest/orgs/personal-access-tokens#list-requests-to-access-organization-resources-with-fine-grained-personal-access-tokens
        """
        return self._page(url, wire.GrantRequest, etag=etag)

    def grant_page(self, url: str, etag: str = "") -> ListPage[wire.Grant]:
        """One page of `grants_url`; 304 costs no quota.

        https://docs.github.com/rest/orgs/personal-access-tokens#list-fine-grained-personal-access-tokens-with-access-to-organization-resources
        """
        return self._page(url, wire.Grant, etag=etag)

    def grant_requests_url(self, organization: str) -> str:
        """The first page. GitHub's ETags are bound to the parameters: keep them as they are."""
        return f"{self._base}/orgs/{organization}/personal-access-token-requests?per_page={PER_PAGE}"

    def grants_url(self, organization: str) -> str:
        """The first page."""
        return f"{self._base}/orgs/{organization}/personal-access-tokens?per_page={PER_PAGE}"

    def grant_requests_of(self, organization: str, token_ids: list[int]) -> Iterator[wire.GrantRequest]:
        """Pending requests of at most 50 tokens, by `token_id[]`."""
        path = f"/orgs/{organization}/personal-access-token-requests"
        return self._all(path, wire.GrantRequest, query={"token_id[]": token_ids})

    def grants_of(self, organization: str, token_ids: list[int]) -> Iterator[wire.Grant]:
        """Grants of at most 50 tokens, by `token_id[]`."""
        return self._all(f"/orgs/{organization}/personal-access-tokens", wire.Grant, query={"token_id[]": token_ids})

    def grant_request_repositories(self, organization: str, pat_request_id: int) -> Iterator[wire.Repository]:
        """Only for `repository_selection` subset."""
        path = f"/orgs/{organization}/personal-access-token-requests/{pat_request_id}/repositories"
        return self._all(path, wire.Repository)

    def grant_repositories(self, organization: str, pat_id: int) -> Iterator[wire.Repository]:
        """Only for `repository_selection` subset."""
        return self._all(f"/orgs/{organization}/personal-access-tokens/{pat_id}/repositories", wire.Repository)

    # --- writes (the deciding person's user token) ------------------------------------------------------------

    def review_grant_request(
        self, organization: str, pat_request_id: int, *, action: Literal["approve", "deny"], reason: str = ""
    ) -> int:
        """The status, 204. https://docs.github.com/rest/orgs/personal-access-tokens#review-a-request-to-access-organization-resources-with-a-fine-grained-personal-access-token"""
        path = f"/orgs/{organization}/personal-access-token-requests/{pat_request_id}"
        body = {"action": action, "reason": reason} if reason else {"action": action}
        return self._write(path, body, promised=204)

    def review_grant_requests(
        self, organization: str, pat_request_ids: list[int], *, action: Literal["approve", "deny"], reason: str = ""
    ) -> int:
        """The status, 202: GitHub carries 1 to 100 of them out later. https://docs.github.com/rest/orgs/personal-access-tokens#review-requests-to-access-organization-resources-with-fine-grained-personal-access-tokens"""
        body: dict[str, Any] = {"pat_request_ids": pat_request_ids, "action": action}
        path = f"/orgs/{organization}/personal-access-token-requests"
        return self._write(path, body | ({"reason": reason} if reason else {}), promised=202)

    def revoke_grants(self, organization: str, pat_ids: list[int]) -> int:
        """The status, 202: GitHub carries 1 to 100 of them out later. https://docs.github.com/rest/orgs/personal-access-tokens#update-the-access-to-organization-resources-via-fine-grained-personal-access-tokens"""
        path = f"/orgs/{organization}/personal-access-tokens"
        return self._write(path, {"action": "revoke", "pat_ids": pat_ids}, promised=202)

    def revoke_grant(self, organization: str, pat_id: int) -> int:
        """The status, 204. https://docs.github.com/rest/orgs/personal-access-tokens#update-the-access-a-fine-grained-personal-access-token-has-to-organization-resources"""
        path = f"/orgs/{organization}/personal-access-tokens/{pat_id}"
        return self._write(path, {"action": "revoke"}, promised=204)

    # --- how -------------------------------------------------------------------------------------------------

    def _one(self, path: str, kind: type[T], verb: str = "GET") -> T:
        try:
            return wire.one(self._send(verb, path).content, kind)
        except wire.Malformed as error:
            raise errors.Unreadable("GitHub's answer could not be read.") from error

    def _write(self, path: str, body: dict[str, Any] | None, *, promised: int, verb: str = "POST") -> int:
        """Exactly one POST or DELETE. Another yes than the promised one is not GitHub's: errors.Unreadable.

        A gateway before GitHub answers with a page and status 200, whatever became of the request.
        """
        status = self._send(verb, path, json=body).status
        if status != promised:
            raise errors.Unreadable(f"Instead of GitHub's answer came something with status {status}.")
        return status

    def _all(self, path: str, kind: type[T], *, key: str = "", query: dict[str, Any] | None = None) -> Iterator[T]:
        """Items of every page, one page in memory. A quarantined item is left out."""
        url, trail = self._prepared_url(path, {"per_page": PER_PAGE, **(query or {})}), Trail()
        while url:
            page = self._page(url, kind, key=key)
            yield from page.items.good
            url = trail.onward(url, page.next_url)

    def _prepared_url(self, path: str, query: dict[str, Any]) -> str:
        return f"{self._base}{path}?{urlencode(query, doseq=True)}"

    def _page(self, url: str, kind: type[T], *, key: str = "", etag: str = "") -> ListPage[T]:
        answer = self._send("GET", url, headers={"If-None-Match": etag} if etag else {})
        if answer.status == 304:
            self.not_modified += 1
            return ListPage(url=url, etag=etag, not_modified=True)
        link = answer.headers.get("link", "")
        try:
            items = wire.many(answer.content, kind, key)
        except wire.Malformed as error:
            raise errors.Unreadable("GitHub's answer could not be read.") from error
        return ListPage(
            url=url,
            items=items,
            etag=answer.headers.get("etag", ""),
            next_url=self._own(wire.links(link).get("next", "")),
            last_page=wire.last_page(link),
        )

    def _own(self, url: str) -> str:
        """A `next` link that leads elsewhere would carry the token there."""
        if url and not url.startswith(self._base + "/"):
            raise errors.Permanent("GitHub's Link header leads to another host.")
        return url

    def _send(self, verb: str, path: str, **kwargs: Any) -> Answer:
        """One request; answers below 400 come back, others are raised as `errors`."""
        url = path if path.startswith(self._base + "/") else self._base + path
        self.requests_sent += 1
        try:
            with self._answered(verb, url, **kwargs) as response:
                answer = _read(response)
        except requests.exceptions.RequestException as error:
            raise _no_answer(error) from error
        self._note_quota(answer)
        if answer.status < 300 or answer.status == 304:
            return answer
        if answer.status == 401 and self._has_another_token(answer):
            return self._send(verb, path, **kwargs)
        if answer.status == 401 and self._on_unauthorized:
            self._on_unauthorized()
        raise failure(answer)

    def _has_another_token(self, refused: Answer) -> bool:
        """Once: the next refusal stands."""
        at, renewed, self._renewed = wire.http_date(refused.headers.get("date", "")), self._renewed, None
        token = renewed(at) if renewed is not None and at is not None else ""
        self._carry(token)
        return bool(token)

    def _answered(
        self, verb: str, url: str, *, headers: dict[str, str] | None = None, **kwargs: Any
    ) -> requests.Response:
        """Send it. Reads are copies of one prepared request: a sync is thousands, and preparing is a third of each."""
        if verb != "GET" or kwargs:
            return self._session.request(verb, url, headers=headers, allow_redirects=False, stream=True, **kwargs)
        prepared = copy.copy(self._plain_get)
        if _PLAIN_URL.fullmatch(url):
            prepared.url = url
        else:
            prepared.prepare_url(url, None)
        if headers:
            prepared.headers = CaseInsensitiveDict({**self._plain_get.headers, **headers})
        session = self._session
        verify = True if session.verify is None else session.verify
        return session.get_adapter(url).send(prepared, stream=True, verify=verify, proxies=session.proxies)

    def _note_quota(self, answer: Answer) -> None:
        headers = answer.headers
        self._date = headers.get("date", "")
        self.server_version = headers.get("x-github-enterprise-version", "").rpartition("@")[2]
        remaining, limit = headers.get("x-ratelimit-remaining", ""), headers.get("x-ratelimit-limit", "")
        self.remaining = int(remaining) if remaining.isdecimal() else self.remaining
        self.limit = int(limit) if limit.isdecimal() else self.limit
        reset = headers.get("x-ratelimit-reset", "")
        if reset.isdecimal() and len(reset) < 12:
            self.resets_at = datetime.fromtimestamp(int(reset), tz=UTC)


def _read(response: requests.Response) -> Answer:
    """The whole answer, but never more than Patrol wants in memory."""
    body = http.read(response, BIGGEST_ANSWER + 1)
    if len(body) > BIGGEST_ANSWER:
        raise errors.Permanent("GitHub's answer is larger than Patrol reads.")
    return Answer(response.status_code, response.raw.headers, body)


def _no_answer(error: requests.exceptions.RequestException) -> errors.Transient:
    sent = not http.never_left(error)
    said = f"GitHub did not answer ({type(error).__name__})."
    return errors.Transient(said, sent=sent, trouble=http.trouble(error))


def failure(answer: Answer) -> errors.GitHubError:
    """The error an answer of 300 or more stands for."""
    status = answer.status
    message = wire.message_of(answer.content) or f"GitHub answered {status}."
    sso = answer.headers.get("x-github-sso", "")
    if status == 403 and sso.startswith("required"):
        return errors.SsoRequired(message, url=sso.partition("url=")[2].strip())
    retry_at = wire.retry_at(status, answer.headers, clock.now())
    if retry_at is None and status == 403 and "secondary rate limit" in message.lower():
        # GitHub's advice where it sends no time: "wait for at least one minute".
        retry_at = clock.now() + timedelta(minutes=1)
    if retry_at:
        return errors.RateLimited(message, retry_at=retry_at, status=status)
    if status >= 500:
        return errors.Transient(message, status=status)
    return errors.permanent(status, message)


def exchange_code(*, client_id: str, client_secret: str, **fields: str) -> wire.UserTokens:
    """A code or a refresh token for user tokens, at GitHub's web address.

    https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
    GitHub answers 200 with `error` when it refuses: errors.OAuthRefused. Sent once; a lost answer is Transient.
    """
    with http.session(f"Patrol/{settings.VERSION}") as session:
        try:
            with session.post(
                f"{addresses.web_url()}/login/oauth/access_token",
                data={"client_id": client_id, "client_secret": client_secret, **fields},
                headers={"Accept": "application/json"},
                allow_redirects=False,
                stream=True,
            ) as response:
                answer = _read(response)
        except requests.exceptions.RequestException as error:
            raise _no_answer(error) from error
    if answer.status >= 300:
        raise failure(answer)
    try:
        value = wire.decode(answer.content)
        if isinstance(value, dict) and "error" in value:
            raise errors.OAuthRefused(text.visible(str(value["error"]), limit=80))
        return wire.one(answer.content, wire.UserTokens)
    except wire.Malformed as error:
        raise errors.Unreadable("GitHub's answer could not be read.") from error
