"""Reading GitHub's lists with the installation's token: serial, inside the quota, with a new token when one died.

No database here but the token's. Every call keeps the walker's lease.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import urlencode

from apps.core import clock
from apps.github import auth, errors, wire
from apps.github.client import Client, ListPage, Trail
from apps.github.models import Installation
from apps.tokens.kinds import GRANT_REQUESTS, Item, Kind

RESERVE_FOR_DECISIONS = 0.2
IDS_A_CALL = 50
"""GitHub takes at most so many `token_id[]`."""
KEEP_SECONDS = 0.5
"""So often who waits for repositories looks after its lease."""
Repositories = dict[int, list[wire.Repository] | None]
"""By the item's number; None where the item is not there any more."""
T = TypeVar("T")


class QuotaReserved(Exception):
    """What is left of the hour's quota is kept for decisions until `resets_at`."""

    def __init__(self, resets_at: datetime) -> None:
        super().__init__(
            f"The rest of GitHub's hourly quota is kept for decisions; reading goes on at {resets_at:%H:%M} UTC."
        )
        self.resets_at = resets_at


@dataclass(frozen=True)
class PageRead:
    """One page, or word that it is what it was. `fingerprint` names the token that its ETag is bound to."""

    url: str
    fingerprint: str
    etag: str = ""
    items: list[Item] = field(default_factory=list)
    bad: list[wire.Quarantined] = field(default_factory=list)
    next_url: str = ""
    last_page: int | None = None
    not_modified: bool = False


class Reader:
    """Both lists of one organization. `reserve` is the share of the hourly quota that is left alone.

    Every method raises the client's errors, QuotaReserved, and what `keep` raises. A token that GitHub does
    not take any more is replaced once a call.
    """

    def __init__(
        self,
        installation: Installation,
        *,
        keep: Callable[[], None] = lambda: None,
        reserve: float = RESERVE_FOR_DECISIONS,
    ) -> None:
        self._installation = installation
        self._login = installation.organization.login
        self._keep = keep
        self._reserve = reserve
        self._sent_before = 0
        self._not_modified_before = 0
        self._hand = ThreadPoolExecutor(1, "reading")
        self._closed = False
        self._open()

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        self._hand.shutdown(cancel_futures=True)
        self._client.__exit__()

    @property
    def fingerprint(self) -> str:
        """Names the token that reads now: ETags of another one are worth nothing."""
        return self._fingerprint

    @property
    def requests_sent(self) -> int:
        """HTTP requests so far, those for a token included."""
        return self._sent_before + self._client.requests_sent

    @property
    def not_modified(self) -> int:
        """How many of them were answered 304."""
        return self._not_modified_before + self._client.not_modified

    def afford(self, calls: int = 1) -> None:
        """Raise QuotaReserved unless `calls` more leave the reserve whole. GitHub has told nothing yet: go on."""
        left, limit = self._client.remaining, self._client.limit
        resets_at = self._client.resets_at
        if resets_at is not None and resets_at <= clock.now():
            return
        if left is not None and limit and left - calls < limit * self._reserve:
            raise QuotaReserved(resets_at or clock.now() + timedelta(minutes=10))

    def first_url(self, kind: Kind) -> str:
        """Where a walk begins."""
        if kind is GRANT_REQUESTS:
            return self._client.grant_requests_url(self._login)
        return self._client.grants_url(self._login)

    def page(self, kind: Kind, url: str, *, etag: str = "", fingerprint: str = "") -> PageRead:
        """One page; conditional when `etag` was given to the token that is still the current one."""
        return self._call(lambda: self._page(kind, url, etag if fingerprint == self._fingerprint else ""))

    def repositories(self, kind: Kind, number: int) -> list[wire.Repository] | None:
        """The repositories of one item of selection "subset"; None when the item is not there any more."""
        try:
            return self._call(lambda: self._repositories(kind, number))
        except errors.NotFound:
            return None

    def begin_repositories(self, kind: Kind, numbers: Sequence[int]) -> "Fetch":
        """Read the repositories of several items while the caller does something else, but no other read."""
        self.afford(len(numbers))
        return Fetch(self, kind, numbers)

    def look_up(self, kind: Kind, token_ids: list[int]) -> PageRead:
        """What the list holds of at most 50 tokens, asked for by `token_id[]`; all pages of it together."""
        if len(token_ids) > IDS_A_CALL:
            raise ValueError("GitHub takes at most 50 token ids.")
        query = urlencode([("token_id[]", number) for number in token_ids])
        url = f"{self.first_url(kind)}&{query}"
        items: list[Item] = []
        bad: list[wire.Quarantined] = []
        following, trail = url, Trail()
        while following:
            found = self.page(kind, following)
            items, bad = [*items, *found.items], [*bad, *found.bad]
            following = trail.onward(following, found.next_url)
        return PageRead(url=url, fingerprint=found.fingerprint, items=items, bad=bad)

    # --- how ---------------------------------------------------------------------------------------------

    def _page(self, kind: Kind, url: str, etag: str) -> PageRead:
        read: ListPage[wire.GrantRequest] | ListPage[wire.Grant]
        if kind is GRANT_REQUESTS:
            read = self._client.grant_request_page(url, etag)
        else:
            read = self._client.grant_page(url, etag)
        return PageRead(
            url=url,
            fingerprint=self._fingerprint,
            etag=read.etag,
            items=list(read.items.good),
            bad=read.items.bad,
            next_url=read.next_url,
            last_page=read.last_page,
            not_modified=read.not_modified,
        )

    def _begin(self, kind: Kind, numbers: Sequence[int], found: Repositories) -> "Future[None]":
        return self._hand.submit(self._read_into, found, kind, numbers)

    def _read_into(self, found: Repositories, kind: Kind, numbers: Sequence[int]) -> None:
        """In a thread of its own, which never touches the database: it neither keeps the lease nor takes a token."""
        for number in numbers:
            if self._closed:
                return
            self.afford()
            try:
                found[number] = self._repositories(kind, number)
            except errors.NotFound:
                found[number] = None

    def _keep_until(self, done: "Future[None]") -> None:
        """Wait for the thread, and raise what it raised."""
        while not wait([done], timeout=KEEP_SECONDS).done:
            self._keep()
        done.result()

    def _repositories(self, kind: Kind, number: int) -> list[wire.Repository]:
        if kind is GRANT_REQUESTS:
            return list(self._client.grant_request_repositories(self._login, number))
        return list(self._client.grant_repositories(self._login, number))

    def _call(self, ask: Callable[[], T]) -> T:
        self._keep()
        self.afford()
        try:
            return ask()
        except errors.Unauthorized:
            self._reopen()
        return ask()

    def _reopen(self) -> None:
        self._sent_before += self._client.requests_sent
        self._not_modified_before += self._client.not_modified
        self._client.__exit__()
        auth.forget_token(self._installation)
        self._open()

    def _open(self) -> None:
        self._client: Client
        self._client, self._fingerprint, sent = auth.counted_client(self._installation)
        self._sent_before += sent


class Fetch:
    """Repositories of several items on their way, one request after the other.

    A walk writes one page down while those of the next are read: most of its time is waiting for GitHub.
    """

    def __init__(self, reader: Reader, kind: Kind, numbers: Sequence[int]) -> None:
        self._reader, self._kind, self._numbers = reader, kind, numbers
        self._found: Repositories = {}
        self._under_way = self._begin() if numbers else None

    def result(self) -> Repositories:
        """Wait for all of them. Raises as every call of the reader does; the first 401 renews the token."""
        if self._under_way is None:
            return {}
        try:
            self._reader._keep_until(self._under_way)
        except errors.Unauthorized:
            self._reader._reopen()
            self._reader._keep_until(self._begin())
        return self._found

    def _begin(self) -> "Future[None]":
        left = [number for number in self._numbers if number not in self._found]
        return self._reader._begin(self._kind, left, self._found)
