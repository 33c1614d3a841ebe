"""Finding by a word or a number, and what becomes of a token's value."""

import base64
import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from apps.dashboard.finding import words
from apps.github.models import Organization
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER
from tests.conftest import settle, sign_in
from tests.github import GitHub
from tests.keeping import beginning
from tests.tokens.desk import Desk
from tests.tokens.pages import Page, get

AtMost = Callable[[int], AbstractContextManager[object]]
FINE_GRAINED = "github_pat_" + "a1B2c3D4" * 2 + "e5F6g7_" + "h8" * 29
CLASSIC = "ghp" + "_" + "a1B2" * 9
OLD = "0123456789abcdef" * 2 + "01234567"


@beginning
def desk(patrol: GitHub) -> Desk:
    settle()
    return Desk(patrol)


def kinds(page: Page) -> dict[str, list[str]]:
    """What was found, by its heading; the field for a value apart."""
    boxes = [one for one in page.all("section") if one.attributes.get("aria-labelledby", "").startswith("kind-")]
    return {box.all("h2")[0].text: [link.text for link in box.all("a")] for box in boxes}


def test_people_tokens_repositories_and_pages_are_found_by_a_word(desk: Desk) -> None:
    grant = desk.grant(name="zebra-deploy", login=MEMBER)
    assert kinds(get(desk.browser, "/find/", q="ZEBRA"))["Tokens"] == ["zebra-deploy"]
    assert kinds(get(desk.browser, "/find/", q=MEMBER))["People"][0] == MEMBER
    repository = grant.repositories.get().name
    assert repository in kinds(get(desk.browser, "/find/", q=repository[2:]))["Repositories"]
    assert "Settings" in kinds(get(desk.browser, "/find/", q=f"{ORGANIZATION} set"))["Pages"]


def test_a_token_is_found_by_any_of_githubs_numbers(desk: Desk) -> None:
    grant = desk.grant(name="by-number", login=MEMBER)
    request = desk.request(name="asks-by-number", login=MEMBER)
    for number, name in (
        (grant.token.token_id, "by-number"), (grant.pat_id, "by-number"), (f"#{grant.pat_id}", "by-number"),
        (request.pat_request_id, "asks-by-number"), (request.token.token_id, "asks-by-number"),
    ):  # fmt: skip
        assert name in kinds(get(desk.browser, "/find/", q=str(number)))["Tokens"], number


def test_at_most_eight_of_each_kind_are_shown(desk: Desk) -> None:
    for number in range(10):
        desk.github.grant(organization=ORGANIZATION, login=MEMBER, name=f"many-{number}")
    desk.sync()
    found = kinds(get(desk.browser, "/find/", q="many-"))
    assert len(found["Tokens"]) == 8
    assert "type more to find others" in get(desk.browser, "/find/", q="many-").text


def test_nothing_found_is_not_said_of_what_was_not_read(desk: Desk) -> None:
    page = get(desk.browser, "/find/", q="no-such-thing-anywhere")
    assert "that Patrol has read" in page.text
    assert "Not looked at:" in page.text


def test_only_what_the_reader_owns_is_found(desk: Desk) -> None:
    desk.github.grant(organization=OTHER_ORGANIZATION, login=MEMBER, name="zebra-elsewhere")
    Desk(desk.github, organization=OTHER_ORGANIZATION)
    assert "zebra-elsewhere" in get(desk.browser, "/find/", q="zebra").text
    other = Organization.objects.get(login=OTHER_ORGANIZATION)
    desk.user.memberships.filter(organization=other).update(role="none")
    for address in ("/find/", "/find/palette/"):
        source = get(desk.browser, address, q="zebra").source
        assert "zebra-elsewhere" not in source
        assert f"/orgs/{OTHER_ORGANIZATION}/" not in source
    for login in (MEMBER, OUTSIDER):
        source = get(sign_in(Client(), login), "/find/", q=MEMBER).source
        assert "/people/" not in source
        assert ORGANIZATION not in Page(sign_in(Client(), login).get("/find/palette/", {"q": "acme"})).source


def test_the_palette_answers_with_options_of_one_list(desk: Desk) -> None:
    desk.grant(name="zebra-deploy", login=MEMBER)
    page = get(desk.browser, "/find/palette/", q="zebra")
    assert page.fault == ""
    (option,) = page.all(role="option")
    assert "zebra-deploy" in option.text
    assert option.attributes["data-href"].startswith(f"/orgs/{ORGANIZATION}/tokens/")
    assert page.all("html") == []
    empty = get(desk.browser, "/find/palette/")
    assert "Overview" in [one.text.split()[0] for one in empty.all(role="option")]


def test_a_fingerprint_is_never_answered_with_none(desk: Desk) -> None:
    fingerprint = base64.b64encode(hashlib.sha256(FINE_GRAINED.encode()).digest()).decode()
    page = get(desk.browser, "/find/", hash=fingerprint)
    assert "Patrol cannot tell whose token this is yet" in page.text
    assert "the token may reach your organizations" in page.text
    assert "/credentials/revoke" in page.text
    (log,) = [one for one in page.all("a") if one.text == ORGANIZATION and "audit-log" in one.attributes["href"]]
    assert "hashed_token" in log.attributes["href"]


def test_an_enterprise_server_has_no_such_address_and_none_is_offered(desk: Desk, settings: object) -> None:
    settings.GITHUB_API_URL, settings.GITHUB_WEB_URL = "https://git.example/api/v3", "https://git.example"  # type: ignore[attr-defined]
    page = get(desk.browser, "/find/", hash="A" * 43 + "=")
    assert "curl" not in page.text
    assert "Ask its owner to delete it" in page.text


@pytest.mark.parametrize("bad", ["x", "A" * 44, "<script>alert(1)</script>", "A" * 5000])
def test_what_is_no_fingerprint_is_told_and_not_shown(desk: Desk, bad: str) -> None:
    page = get(desk.browser, "/find/", hash=bad)
    assert "This is no SHA-256" in page.text
    assert bad not in page.text.replace("x", "") or bad == "x"


@pytest.mark.parametrize("value", [FINE_GRAINED, CLASSIC, OLD, f"  {CLASSIC} "])
@pytest.mark.parametrize("field", ["q", "hash"])
def test_a_value_that_came_here_is_neither_searched_for_nor_shown(desk: Desk, value: str, field: str) -> None:
    page = get(desk.browser, "/find/", **{field: value})
    assert "That looks like a token's value" in page.text
    assert value.strip() not in page.source
    assert value.strip() not in get(desk.browser, "/find/palette/", q=value).source


def test_the_field_for_a_value_has_no_name_and_waits_for_script(desk: Desk) -> None:
    page = get(desk.browser, "/find/")
    (form,) = page.all("form", data_fingerprint="*")
    assert "hidden" in form.attributes
    assert [one.attributes.get("name") for one in form.all("input")] == [None, "hash"]


@given(st.text(max_size=300))
def test_a_word_is_short_and_on_one_line(typed: str) -> None:
    word = words.word(typed)
    assert len(word) <= words.MOST
    assert word == words.word(word)
    assert word.isprintable()


@given(st.binary(max_size=64))
def test_every_sha_256_is_a_fingerprint_and_no_secret(value: bytes) -> None:
    fingerprint = base64.b64encode(hashlib.sha256(value).digest()).decode()
    assert words.is_fingerprint(fingerprint)
    assert not words.holds_secret(fingerprint)


@pytest.mark.parametrize("address", ["/find/", "/find/palette/"])
def test_finding_asks_for_a_sign_in_and_only_reads(desk: Desk, address: str) -> None:
    assert Client().get(address)["Location"].startswith("/sign-in/")
    assert desk.browser.post(address).status_code == 405


@pytest.mark.parametrize("address", ["/find/", "/find/palette/"])
@pytest.mark.parametrize("q", ["a", "1", MEMBER, "%_\\"])
def test_a_search_costs_twelve_queries_at_the_most(
    desk: Desk, address: str, q: str, django_assert_max_num_queries: AtMost
) -> None:
    with django_assert_max_num_queries(12):
        assert desk.browser.get(address, {"q": q}).status_code == 200
