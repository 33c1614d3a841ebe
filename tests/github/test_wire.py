"""GitHub's wire format: strict where it counts, and one bad item never costs the page."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.github import wire

NOW = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)


def request(**fields: Any) -> dict[str, Any]:
    """A grant request as GitHub's list shows it, after the example in its OpenAPI description."""
    return {
        "id": 25381,
        "reason": "This is a reason",
        "owner": {"login": "octocat", "id": 1, "avatar_url": "https://x.example/a", "type": "User", "node_id": "x"},
        "repository_selection": "all",
        "repositories_url": "https://api.github.com/x",
        "permissions": {"organization": {"members": "read"}, "repository": {"metadata": "read"}},
        "created_at": "2023-05-16T08:47:09.000-07:00",
        "token_id": 98716,
        "token_name": "Some Token",
        "token_expired": False,
        "token_expires_at": "2023-11-16T08:47:09.000-07:00",
        "token_last_used_at": None,
        **fields,
    }


def read(*items: Any) -> wire.Items[wire.GrantRequest]:
    """A page with these items."""
    return wire.many(json.dumps(items).encode(), wire.GrantRequest)


def test_an_item_is_read_with_its_times_in_utc() -> None:
    [item] = read(request()).good
    assert (item.id, item.token_id, item.owner.login) == (25381, 98716, "octocat")
    assert item.permissions.organization == {"members": "read"}
    assert item.permissions.other == {}
    assert item.created_at == datetime(2023, 5, 16, 15, 47, 9, tzinfo=UTC)
    assert item.created_at.tzinfo is UTC
    assert item.token_last_used_at is None


def test_fields_nobody_knows_are_passed_over() -> None:
    assert read(request(brand_new={"deep": [1, 2]})).good


@pytest.mark.parametrize("missing", ["id", "owner", "permissions", "token_id", "token_expires_at", "reason"])
def test_a_missing_field_is_not_made_up(missing: str) -> None:
    item = request()
    del item[missing]
    page = read(item, request(id=2))
    assert [one.id for one in page.good] == [2]
    assert page.bad[0].index == 0
    assert missing in page.bad[0].problem


BAD: list[Any] = [
    None, 7, "text", [], {}, request(id="25381"), request(id=1.5), request(id=True), request(id=-1),
    request(id=2**63), request(id=10**300), request(repository_selection="some"), request(token_id=None),
    request(created_at="yesterday"), request(created_at="2023-05-16T08:47:09"), request(owner=None),
    request(owner={"login": "x", "id": 2**64}), request(permissions={"organization": {"members": 1}}),
    request(token_expired="false"), request(token_name=["x"]),
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_item_is_put_aside_and_the_page_goes_on(bad: Any) -> None:
    page = read(request(id=1), bad, request(id=3))
    assert [item.id for item in page.good] == [1, 3]
    [aside] = page.bad
    assert aside.index == 1
    assert aside.problem
    assert len(aside.excerpt) <= 1_000


def test_what_was_put_aside_is_known_by_its_id_where_that_shows() -> None:
    ids = [bad.item_id for bad in read(request(token_id=None), request(id="9"), request(id=True), 7).bad]
    assert ids == [25381, None, None, None]


def test_hostile_text_in_an_item_is_harmless_in_both_kinds_of_item() -> None:
    hostile = "a\ud800\x00\u202eb" + "x" * 10_000
    [item] = read(request(token_name=hostile, reason=hostile)).good
    for text in (item.token_name, item.reason or ""):
        assert text.startswith("a⟨U+D800⟩⟨U+0000⟩⟨U+202E⟩b")
        assert len(text) <= 4_096
        text.encode()
    [aside] = read(request(token_id=None, reason=hostile)).bad
    aside.excerpt.encode()
    assert "\x00" not in aside.excerpt


BODIES = [
    b"", b"nonsense", b"<html>502</html>", b"[", b'[{"id": 1}', b'{"id": 1}', b"null", b"7", b'"text"',
    b"[NaN]", b"[Infinity]", b"[-Infinity]", b'[{"id": 1, "id": 2}]', b"[" * 100_000, b'{"a":' * 100_000,
    b"\xff\xfe\x00", b"[" + b"9" * 5_000 + b"]", b'["\x00"]', b"[1] trailing", b'[{"a": {"b": 1, "b": 1}}]',
]  # fmt: skip


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_body_that_is_no_list_of_json_is_malformed(body: bytes) -> None:
    with pytest.raises(wire.Malformed):
        wire.many(body, wire.GrantRequest)


def test_a_list_may_stand_under_a_key() -> None:
    body = b'{"total_count": 1, "installations": [{"id": 1, "app_id": 2, "account": {"id": 3, "login": "x"}}]}'
    assert wire.many(body, wire.Installation, "installations").good[0].account.id == 3
    with pytest.raises(wire.Malformed):
        wire.many(body, wire.Installation, "other")
    with pytest.raises(wire.Malformed):
        wire.many(b"[]", wire.Installation, "installations")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_malformed(body: bytes) -> None:
    for kind in (wire.GrantRequest, wire.Membership, wire.UserTokens):
        try:
            wire.many(body, kind)
            wire.one(body, kind)
        except wire.Malformed:
            pass
    assert isinstance(wire.message_of(body), str)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(request())), JSON, max_size=6))
def test_any_field_may_hold_anything_and_costs_only_its_item(fields: dict[str, Any]) -> None:
    page = read(request(id=1), request(**fields), request(id=3))
    assert [item.id for item in page.good][:1] == [1]
    assert page.good[-1].id == 3
    assert len(page.good) + len(page.bad) == 3


LINK = (
    '<https://api.github.com/organizations/1/x?per_page=100&page=2>; rel="next", '
    '<https://api.github.com/organizations/1/x?per_page=100&page=34>; rel="last"'
)


def test_links_are_read_by_their_relation() -> None:
    assert wire.links(LINK)["next"].endswith("page=2")
    assert wire.last_page(LINK) == 34
    assert wire.links("") == {}
    assert wire.last_page("") is None
    assert wire.last_page('<https://x.example/?page=x>; rel="last"') is None


def test_the_last_page_is_told_by_page_and_not_by_per_page() -> None:
    assert wire.last_page('<https://x.example/?per_page=100>; rel="last"') is None


@pytest.mark.parametrize(
    "header", ["<", "<>", "<a>; rel", "a; rel=next", "<a", ">;rel=next", "<" * 5_000, "<a>;" * 5_000]
)
def test_a_broken_link_header_leads_nowhere(header: str) -> None:
    assert "next" not in wire.links(header)


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"retry-after": "30"}, 30),
        (403, {"retry-after": "30"}, 30),
        (429, {}, 60),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW.timestamp()) + 90)}, 90),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}, 1),
        (403, {"retry-after": "5", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}, 5),
        (403, {"x-ratelimit-remaining": "12"}, None),
        (403, {}, None),
        (403, {"retry-after": "soon"}, None),
        (404, {"retry-after": "30"}, None),
        (500, {"retry-after": "30"}, None),
        (429, {"retry-after": "9" * 40}, 60),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9" * 40}, 60),
        (429, {"retry-after": "\u00b2"}, 60),
    ],
)
def test_when_to_ask_again_follows_githubs_order(status: int, headers: dict[str, str], seconds: int | None) -> None:
    """docs.github.com, "Rate limits for the REST API": `retry-after`, then the reset, else a minute."""
    found = wire.retry_at(status, headers, NOW)
    assert found == (None if seconds is None else NOW + timedelta(seconds=seconds))


def test_githubs_message_becomes_one_harmless_line() -> None:
    body = json.dumps({"message": "Not\n\u202eok", "errors": [{"message": "one"}, {"code": "two"}, "three", None]})
    assert wire.message_of(body.encode()) == "Not ⟨U+202E⟩ok; one; two; three; None"
    assert wire.message_of(b"<html>") == ""
    assert wire.message_of(b"[]") == ""


def test_it_needs_neither_django_nor_a_network() -> None:
    """Pure: bytes in, values out."""
    code = "import sys; import apps.github.wire; print([m for m in ('django', 'requests') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
