"""GitHub's wire format: bytes in, typed items out. Pure.

Bytes are decoded as JSON, every text is made harmless, and each item becomes a struct that declares only the
fields Patrol uses. An item that does not fit is quarantined; the page goes on.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, Generic, Literal, TypeVar

import msgspec

from apps.core import text

T = TypeVar("T", bound=msgspec.Struct)
BIGGEST_ID = 2**63 - 1


class Account(msgspec.Struct):
    """A user or an organization: GitHub's "simple user"."""

    id: int
    login: str
    avatar_url: str = ""
    type: str = ""


class User(msgspec.Struct):
    """`GET /user`."""

    id: int
    login: str
    name: str | None = None
    avatar_url: str = ""


class Permissions(msgspec.Struct):
    """Permission name -> level, by what it is about."""

    organization: dict[str, str] = {}
    repository: dict[str, str] = {}
    other: dict[str, str] = {}


class Access(msgspec.Struct):
    """What a grant request and a grant have in common."""

    id: int
    owner: Account
    repository_selection: Literal["none", "all", "subset"]
    permissions: Permissions
    token_id: int
    token_name: str
    token_expired: bool
    token_expires_at: datetime | None
    token_last_used_at: datetime | None


class GrantRequest(Access, kw_only=True):
    """An "organization programmatic access grant request"; `id` is the pat_request_id."""

    reason: str | None
    created_at: datetime


class Grant(Access, kw_only=True):
    """An "organization programmatic access grant"; `id` is the pat_id."""

    access_granted_at: datetime


class Repository(msgspec.Struct):
    """A "minimal repository"."""

    id: int
    name: str
    full_name: str
    private: bool


class Installation(msgspec.Struct):
    """One installation of an App."""

    id: int
    account: Account
    app_id: int
    target_type: str = "Organization"
    permissions: dict[str, str] = {}
    suspended_at: datetime | None = None


class App(msgspec.Struct):
    """`GET /app`."""

    id: int
    slug: str = ""
    name: str = ""
    owner: Account | None = None
    html_url: str = ""
    permissions: dict[str, str] = {}


class HookConfiguration(msgspec.Struct):
    """`GET /app/hook/config`: where an App's messages go."""

    url: str = ""


class AccessToken(msgspec.Struct):
    """A minted installation token."""

    token: str
    expires_at: datetime


class Membership(msgspec.Struct):
    """Somebody's membership of an organization; role is admin, member or billing_manager."""

    state: str
    role: str
    organization: Account


class UserTokens(msgspec.Struct):
    """The answer of /login/oauth/access_token; expiry fields are absent when the App switched expiry off."""

    access_token: str
    expires_in: int | None = None
    refresh_token: str = ""
    refresh_token_expires_in: int | None = None


class Numbered(msgspec.Struct):
    """Anything of a webhook message that is known by its id alone."""

    id: int


class HookInstallation(msgspec.Struct):
    """The installation a message names; its account only in messages about installations."""

    id: int
    account: Numbered | None = None


class Hook(msgspec.Struct):
    """What every webhook message may have at its top. GitHub's `membership` and the like are the handlers' own."""

    action: str = ""
    organization: Numbered | None = None
    installation: HookInstallation | None = None
    sender: Numbered | None = None


class HookMembership(msgspec.Struct):
    """Whose membership a message of event `organization` tells of."""

    user: Numbered | None = None


class HookRequest(msgspec.Struct):
    """The request a message of event `personal_access_token_request` tells of; GitHub leaves out its reason."""

    id: int
    owner: Account
    repository_selection: Literal["none", "all", "subset"]
    permissions_result: Permissions
    token_id: int
    token_name: str
    token_expired: bool
    token_expires_at: datetime | None
    token_last_used_at: datetime | None
    created_at: datetime
    repositories: list[Repository] | None = None

    def as_listed(self) -> GrantRequest:
        """As GitHub's list had it, but for the reason."""
        return GrantRequest(
            id=self.id, owner=self.owner, repository_selection=self.repository_selection,
            permissions=self.permissions_result, token_id=self.token_id, token_name=self.token_name,
            token_expired=self.token_expired, token_expires_at=self.token_expires_at,
            token_last_used_at=self.token_last_used_at, reason=None, created_at=self.created_at,
        )  # fmt: skip


class HookDelivery(msgspec.Struct):
    """One try of GitHub's to deliver a message; `status` says in GitHub's words what came of it."""

    id: int
    guid: str
    delivered_at: datetime
    event: str = ""
    status: str = ""


class Malformed(ValueError):
    """The bytes are not what GitHub's description promises."""


@dataclass(frozen=True)
class Quarantined:
    """An item that could not be read: its place in the page, why, a piece of it, and its id where that much shows."""

    index: int
    problem: str
    excerpt: str
    item_id: int | None = None


@dataclass(frozen=True)
class Items(Generic[T]):
    """One page: what could be read, and what could not."""

    good: list[T] = field(default_factory=list)
    bad: list[Quarantined] = field(default_factory=list)


def _strict_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise Malformed("An object names a key twice.")
    return result


def _no_constant(name: str) -> Any:
    raise Malformed(f"{name} is not JSON.")


def decode_utf8(body: bytes) -> Any:
    """As `decode`, of UTF-8 alone: other encodings of JSON, which Python would guess, are refused. Raises Malformed."""
    try:
        return decode(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Malformed("It is not UTF-8.") from error


def decode(body: bytes | str) -> Any:
    """The JSON value of `body`, as it came. Raises Malformed."""
    try:
        return json.loads(body, object_pairs_hook=_strict_pairs, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed(str(error)[:200]) from error


def one(body: bytes, kind: type[T]) -> T:
    """A body that is one object. Raises Malformed."""
    return _convert(decode(body), kind)


def part(value: Any, kind: type[T]) -> T:
    """A decoded object as `kind`. Raises Malformed."""
    return _convert(value, kind)


def many(body: bytes, kind: type[T], key: str = "") -> Items[T]:
    """A body that is a list of objects, or an object with the list under `key`. Raises Malformed."""
    return (None if key else _all_good(body, kind)) or _one_by_one(body, kind, key)


def _all_good(body: bytes, kind: type[T]) -> Items[T] | None:
    """The short way, a third of the time: the whole list at once into structs; None as soon as anything is amiss.

    Where everything fits, a key that is named twice counts with its last value; the long way refuses it.
    """
    try:
        found: list[T] = _decoder(kind).decode(body)
        for item in found:
            _check(item, clean=True)
    except (msgspec.DecodeError, UnicodeError, RecursionError, Malformed):
        return None
    return Items(good=found)


@cache
def _decoder(kind: type[T]) -> msgspec.json.Decoder[list[T]]:
    return msgspec.json.Decoder(list[kind])  # type: ignore[valid-type]


def _one_by_one(body: bytes, kind: type[T], key: str) -> Items[T]:
    """The long way: each item on its own, so that a bad one is set apart and the others are read."""
    value = decode(body)
    if key:
        value = value.get(key) if isinstance(value, dict) else None
    if not isinstance(value, list):
        raise Malformed("A list was promised.")
    items: Items[T] = Items()
    for index, item in enumerate(value):
        try:
            items.good.append(_convert(item, kind))
        except Malformed as error:
            excerpt = text.visible(json.dumps(item), limit=1_000)
            items.bad.append(Quarantined(index, str(error), excerpt, _id_of(item)))
    return items


def _id_of(item: Any) -> int | None:
    found = item.get("id") if isinstance(item, dict) else None
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 <= found <= BIGGEST_ID else None


def _convert(value: Any, kind: type[T]) -> T:
    try:
        item = msgspec.convert(text.clean(_declared(value, kind)), kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise Malformed(str(error)) from error
    _check(item)
    return item


def _declared(value: Any, kind: type[T]) -> Any:
    """Only what the struct declares: a repository has a hundred fields, and Patrol uses four."""
    if not isinstance(value, dict):
        return value
    return {name: value[name] for name in kind.__struct_encode_fields__ if name in value}


def _check(item: msgspec.Struct, *, clean: bool = False) -> None:
    """Ids fit the database's columns; times are in UTC; with `clean` every text is made harmless as well."""
    for name in item.__struct_fields__:
        value = getattr(item, name)
        if isinstance(value, str | dict | list):
            if clean and (harmless := text.clean(value)) is not value:
                setattr(item, name, harmless)
        elif isinstance(value, msgspec.Struct):
            _check(value, clean=clean)
        elif isinstance(value, int) and not isinstance(value, bool) and not 0 <= value <= BIGGEST_ID:
            raise Malformed(f"{name} is out of range.")
        elif isinstance(value, datetime):
            if value.tzinfo is None:
                raise Malformed(f"{name} has no time zone.")
            setattr(item, name, value.astimezone(UTC))


_LINK = re.compile(r'<([^<>]+)>\s*;[^,]*?\brel="?([a-z]+)"?')


def links(header: str) -> dict[str, str]:
    """rel -> address of a `Link` header (RFC 8288)."""
    return {rel: address for address, rel in _LINK.findall(header)}


def last_page(header: str) -> int | None:
    """The number of the last page, as far as the header tells."""
    found = re.search(r"[?&]page=(\d+)", links(header).get("last", ""))
    return int(found[1]) if found else None


def message_of(body: bytes) -> str:
    """GitHub's `message` and the messages of its `errors`, one harmless line."""
    try:
        value = decode(body)
    except Malformed:
        return ""
    if not isinstance(value, dict):
        return ""
    errors = value.get("errors")
    details = [_detail(error) for error in errors] if isinstance(errors, list) else []
    return text.visible("; ".join(part for part in [str(value.get("message", "")), *details] if part))


def _detail(error: Any) -> str:
    return str(error.get("message", error.get("code", ""))) if isinstance(error, dict) else str(error)


def retry_at(status: int, headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When GitHub may be asked again, or None when the answer is no rate limit.

    docs.github.com "Rate limits for the REST API": 403 or 429; `retry-after` first, then
    `x-ratelimit-reset` when nothing remains, else at least a minute.
    """
    if status not in {403, 429}:
        return None
    seconds = _seconds(headers.get("retry-after", ""))
    if seconds is not None:
        return now + timedelta(seconds=seconds)
    nothing_left = headers.get("x-ratelimit-remaining") == "0"
    reset = _seconds(headers.get("x-ratelimit-reset", "")) if nothing_left else None
    if reset is not None:
        # As far from GitHub's own now as GitHub says, whatever our clock shows.
        their_now = http_date(headers.get("date", "")) or now
        return now + timedelta(seconds=max(reset - their_now.timestamp(), 1))
    return now + timedelta(minutes=1) if status == 429 or nothing_left else None


def _seconds(value: str) -> int | None:
    """A number of seconds as headers write it; nothing that no calendar holds."""
    return int(value) if value.isascii() and value.isdecimal() and len(value) <= 10 else None


def http_date(value: str) -> datetime | None:
    """The instant of a `Date` header; None where there is none. RFC 9110 section 5.6.7."""
    try:
        return parsedate_to_datetime(value).astimezone(UTC)
    except ValueError:
        return None
