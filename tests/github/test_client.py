"""The client: what it sends, how it walks pages, and what each failure is called."""

import gzip
import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from apps.core import clock
from apps.github import auth, errors
from apps.github.client import BIGGEST_ANSWER, Client, exchange_code
from apps.github.services import governance_app, live_installation
from tests.cast import MEMBER, ORGANIZATION, OWNER
from tests.github import GitHub
from tests.github.answers import Answer, Stub, stub_server

ACCOUNT = {"id": 1, "login": "x"}


@pytest.fixture
def stub(settings: Any) -> Iterator[Stub]:
    """A GitHub that says what the test tells it."""
    with stub_server() as server:
        settings.GITHUB_API_URL = settings.GITHUB_WEB_URL = server.url
        yield server


def installation_client() -> Client:
    """Speaks as the App's installation on the first organization."""
    from apps.github.models import Organization

    installation = live_installation(Organization.objects.get(login=ORGANIZATION).pk)
    assert installation is not None
    return auth.installation_client(installation)[0]


# --- against the simulator ------------------------------------------------------------------------------------


def test_a_long_list_is_walked_page_by_page(patrol: GitHub) -> None:
    patrol.change("reset", grants=230)
    with installation_client() as client:
        url, ids, pages = client.grants_url(ORGANIZATION), [], 0
        while url:
            page = client.grant_page(url)
            ids += [grant.id for grant in page.items.good]
            pages, url = pages + 1, page.next_url
        assert pages == client.requests_sent == 3
        assert len(ids) == len(set(ids)) == 230
        assert client.grant_page(client.grants_url(ORGANIZATION)).last_page == 3


def test_links_in_a_circle_come_to_an_end(patrol: GitHub) -> None:
    patrol.change("reset", members=230)
    patrol.fail("loop", "/members$", skip=1, times=100)
    with installation_client() as client:
        with pytest.raises(errors.Permanent, match="do not come to an end"):
            list(client.members(ORGANIZATION, "member"))
        assert client.requests_sent == 2


def test_an_unchanged_page_costs_nothing_and_is_counted(patrol: GitHub) -> None:
    with installation_client() as client:
        first = client.grant_page(client.grants_url(ORGANIZATION))
        left = client.remaining
        again = client.grant_page(first.url, first.etag)
        assert again.not_modified
        assert again.items.good == []
        assert again.etag == first.etag
        assert (client.not_modified, client.requests_sent) == (1, 2)
        assert client.remaining == left
        patrol.grant()
        changed = client.grant_page(first.url, first.etag)
        assert not changed.not_modified
        assert len(changed.items.good) == len(first.items.good) + 1
        assert client.not_modified == 1


def test_a_server_error_is_transient_and_a_missing_thing_permanent(patrol: GitHub) -> None:
    with installation_client() as client:
        patrol.fail("500", "^/orgs", times=1)
        with pytest.raises(errors.Transient) as failed:
            list(client.members(ORGANIZATION, "admin"))
        assert failed.value.status == 500
        assert len(list(client.members(ORGANIZATION, "admin"))) == 2
        with pytest.raises(errors.NotFound):
            client.revoke_grant(ORGANIZATION, 404)


def test_an_answer_that_does_not_come_is_transient_and_perhaps_carried_out(patrol: GitHub, settings: Any) -> None:
    settings.GITHUB_READ_SECONDS = 1
    patrol.fail("hang", "^/orgs", seconds=20)
    with installation_client() as client, pytest.raises(errors.Transient) as failed:
        client.revoke_grant(ORGANIZATION, 1)
    assert failed.value.sent
    patrol.heal()


def test_a_token_github_does_not_know_is_unauthorized_and_told_to_its_keeper(patrol: GitHub) -> None:
    told: list[str] = []
    nobody = Client("ghu_nobody", on_unauthorized=lambda: told.append("401"))
    with nobody as client, pytest.raises(errors.Unauthorized):
        client.user()
    assert told == ["401"]


def test_a_login_asked_for_alone_is_answered(patrol: GitHub) -> None:
    with installation_client() as client:
        owners = {one.login for one in client.members(ORGANIZATION, "admin")}
        members = {one.login for one in client.members(ORGANIZATION, "member")}
    assert OWNER in owners
    assert MEMBER in members - owners


def test_a_decided_token_is_found_by_its_id_alone(patrol: GitHub) -> None:
    asked = [patrol.ask(organization=ORGANIZATION) for _ in range(3)]
    with installation_client() as client:
        wanted = [one["token_id"] for one in asked[:2]]
        found = {one.id for one in client.grant_requests_of(ORGANIZATION, wanted)}
    assert found == {one["id"] for one in asked[:2]}


# --- against a server that says anything ------------------------------------------------------------------------


def test_a_link_to_another_host_is_not_followed(stub: Stub) -> None:
    """The next request would carry the token there."""
    evil = [
        "http://evil.example/x?page=2",
        "//evil.example/x",
        f"{stub.url}.evil.example/x",
        f"{stub.url}@evil.example/",
    ]
    for address in evil:
        stub.will_say(Answer.json([ACCOUNT], headers={"Link": f'<{address}>; rel="next"'}))
        with Client("secret") as client, pytest.raises(errors.Permanent, match="another host"):
            list(client.members("x", "admin"))
    assert len(stub.asked) == len(evil)


def test_a_redirect_is_not_followed_either(stub: Stub) -> None:
    stub.will_say(Answer(status=301, headers={"Location": "http://evil.example/"}))
    with Client("secret") as client, pytest.raises(errors.Permanent) as failed:
        client.user()
    assert failed.value.status == 301
    with Client("secret") as client, pytest.raises(errors.Permanent):
        client.revoke_grant("x", 1)
    assert len(stub.asked) == 2


def test_links_on_the_same_host_are_followed_to_the_end(stub: Stub) -> None:
    stub.will_say(
        Answer.json([ACCOUNT], headers={"Link": f'<{stub.url}/p2>; rel="next", <{stub.url}/p2?page=2>; rel="last"'}),
        Answer.json([{"id": 2, "login": "y"}, {"id": "broken"}]),
    )
    with Client("secret") as client:
        assert [one.id for one in client.members("x", "admin")] == [1, 2]
    assert [path for _, path, _ in stub.asked] == ["/orgs/x/members?per_page=100&role=admin", "/p2"]


def test_every_request_says_who_asks_in_which_version(stub: Stub) -> None:
    stub.will_say(Answer.json(ACCOUNT))
    with Client("secret") as client:
        client.user()
    [(verb, path, headers)] = stub.asked
    assert (verb, path) == ("GET", "/user")
    assert headers["authorization"] == "Bearer secret"
    assert headers["accept"] == "application/vnd.github+json"
    assert headers["x-github-api-version"] == "2022-11-28"
    assert re.fullmatch(r"Patrol/\d+\.\d+\.\d+", headers["user-agent"])


CUT_OFF = [
    Answer(b'[{"id": 1, "login": "x"}', headers={}),
    Answer(b"<html>502 Bad Gateway</html>"),
    Answer(b""),
    Answer(b"[NaN]"),
    Answer(b'{"message": "fine"}'),
]


@pytest.mark.parametrize("answer", CUT_OFF, ids=range(len(CUT_OFF)))
def test_an_answer_that_cannot_be_read_is_transient(stub: Stub, answer: Answer) -> None:
    """A proxy's page with status 200, or half a body: never an empty list."""
    stub.will_say(answer)
    with Client("secret") as client, pytest.raises(errors.Unreadable):
        list(client.members("x", "admin"))


def test_a_body_that_ends_early_is_transient(stub: Stub) -> None:
    stub.will_say(Answer.json([ACCOUNT] * 50, cut=20))
    with Client("secret") as client, pytest.raises(errors.Transient):
        list(client.members("x", "admin"))


def test_an_answer_without_end_is_not_read_to_its_end(stub: Stub) -> None:
    stub.will_say(Answer(b" " * (BIGGEST_ANSWER + 1)))
    with Client("secret") as client, pytest.raises(errors.Permanent, match="larger than Patrol reads"):
        client.user()


def test_a_compressed_answer_is_read_and_one_that_swells_is_not(stub: Stub) -> None:
    packed = {"Content-Encoding": "gzip"}
    stub.will_say(Answer(gzip.compress(json.dumps(ACCOUNT).encode()), headers=packed))
    with Client("secret") as client:
        assert client.user().id == ACCOUNT["id"]
    stub.will_say(Answer(gzip.compress(b" " * (BIGGEST_ANSWER + 1)), headers=packed))
    with Client("secret") as client, pytest.raises(errors.Permanent, match="larger than Patrol reads"):
        client.user()
    stub.will_say(Answer(b"not compressed", headers=packed))
    with Client("secret") as client, pytest.raises(errors.Transient):
        client.user()


def test_the_operators_proxy_is_asked_in_place_of_github(
    stub: Stub, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GITHUB_API_URL = "http://github.example/api/v3"
    settings.OUTBOUND_PRIVATE_HOSTS = ["github.example"]
    monkeypatch.setenv("http_proxy", stub.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    stub.will_say(Answer.json(ACCOUNT))
    with Client("secret") as client:
        assert [client.user().id, client.user().id] == [ACCOUNT["id"]] * 2
    assert [path for _, path, _ in stub.asked] == ["http://github.example/api/v3/user"] * 2


def test_a_write_is_sent_once_whatever_happens(stub: Stub) -> None:
    for answer in (Answer(status=502), Answer(status=500), Answer(b"x" * 100, cut=50), Answer(status=429)):
        stub.will_say(answer)
        stub.asked.clear()
        with Client("secret") as client, pytest.raises(errors.GitHubError):
            client.review_grant_request("x", 1, action="approve", reason="ok")
        assert len(stub.asked) == 1


WRITES: dict[str, Callable[[Client], int]] = {
    "one review": lambda client: client.review_grant_request("x", 1, action="deny"),
    "many reviews": lambda client: client.review_grant_requests("x", [1], action="deny"),
    "one revocation": lambda client: client.revoke_grant("x", 1),
    "many revocations": lambda client: client.revoke_grants("x", [1]),
}


@pytest.mark.parametrize("write", WRITES)
def test_another_yes_to_a_write_than_githubs_own_says_nothing(stub: Stub, write: str) -> None:
    for status in (200, 204 if write.startswith("many") else 202):
        stub.will_say(Answer(b"", status=status))
        with Client("secret") as client, pytest.raises(errors.Unreadable, match=f"status {status}") as failed:
            WRITES[write](client)
        assert failed.value.sent


def test_a_write_that_never_left_says_so(settings: Any) -> None:
    settings.GITHUB_API_URL = "http://127.0.0.1:9"
    with Client("secret") as client, pytest.raises(errors.Transient) as failed:
        client.revoke_grant("x", 1)
    assert not failed.value.sent


def test_a_rate_limit_names_the_moment_it_ends(stub: Stub) -> None:
    stub.will_say(Answer.json({"message": "secondary rate limit"}, status=403, headers={"Retry-After": "120"}))
    with Client("secret") as client, pytest.raises(errors.RateLimited, match="secondary") as limited:
        client.user()
    assert abs(limited.value.retry_at - clock.now() - timedelta(seconds=120)) < timedelta(seconds=20)
    stub.will_say(Answer.json({"message": "You have exceeded a secondary rate limit."}, status=403))
    with Client("secret") as client, pytest.raises(errors.RateLimited) as limited:
        client.user()
    assert limited.value.retry_at > clock.now() + timedelta(seconds=40)
    stub.will_say(Answer.json({"message": "no"}, status=403))
    with Client("secret") as client, pytest.raises(errors.Permanent) as refused:
        client.user()
    assert not isinstance(refused.value, errors.RateLimited)


def test_a_quota_is_noted_and_nonsense_is_not(stub: Stub) -> None:
    stub.will_say(
        Answer.json(ACCOUNT, headers={"X-RateLimit-Remaining": "77", "X-RateLimit-Limit": "5000"}),
        Answer.json(ACCOUNT, headers={"X-RateLimit-Remaining": "many", "X-RateLimit-Limit": "-1"}),
    )
    with Client("secret") as client:
        client.user()
        client.user()
        assert (client.remaining, client.limit) == (77, 5000)


def test_single_sign_on_is_told_from_other_refusals(stub: Stub) -> None:
    address = "https://github.com/orgs/x/sso?authorization_request=A"
    stub.will_say(Answer.json({"message": "SAML"}, status=403, headers={"X-GitHub-SSO": f"required; url={address}"}))
    with Client("secret") as client, pytest.raises(errors.SsoRequired) as refused:
        client.user_membership("x")
    assert refused.value.url == address
    stub.will_say(
        Answer.json({"message": "no"}, status=403, headers={"X-GitHub-SSO": "partial-results; organizations=1"})
    )
    with Client("secret") as client, pytest.raises(errors.Permanent) as other:
        client.user_membership("x")
    assert not isinstance(other.value, errors.SsoRequired)


REFUSALS = [
    (Answer.json({"error": "bad_verification_code"}), errors.OAuthRefused),
    (Answer(b"access_token=x&token_type=bearer"), errors.Unreadable),
    (Answer.json({"token_type": "bearer"}), errors.Unreadable),
    (Answer.json([]), errors.Unreadable),
    (Answer(status=503), errors.Transient),
    (Answer(status=429, headers={"Retry-After": "9"}), errors.RateLimited),
    (Answer(status=404), errors.NotFound),
    (Answer(b"{" * 50, cut=20), errors.Transient),
]


@pytest.mark.parametrize(("answer", "kind"), REFUSALS, ids=range(len(REFUSALS)))
def test_the_token_endpoint_fails_in_kinds_too(stub: Stub, answer: Answer, kind: type[errors.GitHubError]) -> None:
    stub.will_say(answer)
    with pytest.raises(kind) as failed:
        exchange_code(client_id="id", client_secret="hidden", code="c0de")
    assert "hidden" not in str(failed.value)
    assert "c0de" not in str(failed.value)
    assert len(stub.asked) == 1


def test_tokens_without_an_end_are_tokens(stub: Stub) -> None:
    """The App's owner may switch expiry off; then the fields are not there."""
    stub.will_say(Answer.json({"access_token": "ghu_x", "token_type": "bearer", "scope": ""}))
    tokens = exchange_code(client_id="id", client_secret="hidden", code="c0de")
    assert (tokens.access_token, tokens.expires_in, tokens.refresh_token) == ("ghu_x", None, "")


def test_enterprise_servers_prefix_is_kept(patrol: GitHub, settings: Any) -> None:
    settings.GITHUB_API_URL = f"{patrol.url}/api/v3"
    with auth.app_client(governance_app()) as client:
        assert client.app().id == governance_app().app_id
        assert len(list(client.installations())) == 3
