"""My tokens: a member sees their own, in organizations where Patrol works and GitHub calls them a member now."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.test import Client

from apps.core import clock
from apps.github.models import Installation, Organization
from apps.tokens.models import StatedPolicy, Token
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER, OWNER, SAML_ORGANIZATION, SECOND_OWNER
from tests.conftest import settle, sign_in
from tests.github import TIMEOUT
from tests.policy.pasted import SECRET
from tests.tokens.desk import Desk, later, work
from tests.tokens.pages import Element, Page, get
from tests.tokens.planning import planned

pytestmark = pytest.mark.database
Browse = Callable[[str], Client]
MINE, WHY = "/my/tokens/", "/my/tokens/why/"


@pytest.fixture
def member(desk: Desk) -> Client:
    return sign_in(Client(), MEMBER)


def token(client: Client, name: str) -> Element:
    """The one of that name on the page."""
    page = get(client, MINE)
    assert page.fault == ""
    (found,) = [one for one in page.all("li", class_="MyToken") if one.all("h2")[0].text == name]
    return found


def names(client: Client) -> list[str]:
    page = get(client, MINE)
    return [one.all("h2")[0].text for one in page.all("li", class_="MyToken")]


def state(policy: Organization, **stated: Any) -> None:
    """What an owner entered of GitHub's settings."""
    defaults = {"stated_by_login": OWNER, "stated_at": clock.now(), **stated}
    StatedPolicy.objects.update_or_create(organization=policy, defaults=defaults)


def test_what_needs_its_holder_comes_first_and_what_ended_long_ago_last(desk: Desk, member: Client) -> None:
    ends = {"ended long ago": -40, "ended yesterday": -1, "ends next week": 7, "ends in spring": 90}
    for name in ends:
        desk.github.grant(organization=ORGANIZATION, login=MEMBER, name=name)
    desk.request(login=MEMBER, name="waits")
    for name, days in ends.items():
        Token.objects.filter(name=name).update(expires_at=clock.now() + timedelta(days=days))
    mine = [one for one in names(member) if one in {*ends, "waits"}]
    assert mine == ["waits", "ended yesterday", "ends next week", "ends in spring", "ended long ago"]


def test_who_owns_nothing_is_led_to_their_own_tokens(desk: Desk, browse: Browse) -> None:
    for login in (MEMBER, OUTSIDER):
        client = browse(login)
        assert client.get("/")["Location"] == MINE
        page = get(client, MINE)
        tabs = ["My tokens", "Ask before you ask", *(["My address"] if login == MEMBER else [])]
        assert [one.text for one in page.all("a", class_="UnderlineNav-item")] == tabs
        assert page.all("nav", aria_label="Organizations") == []
        assert page.all("a", class_="Menu-item", href="/coverage/") == []
    owner = get(browse(OWNER), MINE)
    assert owner.all("nav", aria_label="Organizations")
    assert browse(OWNER).get("/").status_code == 200


def test_an_outsider_sees_nothing_of_any_organization(desk: Desk, browse: Browse) -> None:
    page = get(browse(OUTSIDER), MINE)
    assert "No organization of yours uses this Patrol" in page.text
    for login in (ORGANIZATION, OTHER_ORGANIZATION, SAML_ORGANIZATION):
        assert login not in page.source
        assert login not in get(browse(OUTSIDER), WHY).source
        assert login not in get(browse(OUTSIDER), "/my/ask/").source


def test_a_member_sees_their_own_and_nobody_elses(desk: Desk, member: Client) -> None:
    desk.request(login=MEMBER, name="mine-asked")
    desk.grant(login=MEMBER, name="mine-given")
    desk.grant(login=SECOND_OWNER, name="not-mine")
    assert {"mine-asked", "mine-given"} <= set(names(member))
    source = get(member, MINE).source
    assert "not-mine" not in source
    owner = sign_in(Client(), SECOND_OWNER)
    assert "not-mine" in names(owner)
    assert "mine-given" not in get(owner, MINE).source, "an owner's own page is their own too"


def test_ones_own_goes_by_githubs_number_and_not_by_the_login(desk: Desk, member: Client) -> None:
    theirs = desk.grant(login=SECOND_OWNER, name="of-another-number")
    theirs.token.owner_login = MEMBER
    theirs.token.save()
    mine = desk.grant(login=MEMBER, name="of-my-number")
    mine.token.owner_login = "renamed-meanwhile"
    mine.token.save()
    assert "of-my-number" in names(member)
    assert "of-another-number" not in get(member, MINE).source


def test_who_left_sees_nothing_after_five_minutes(desk: Desk, member: Client) -> None:
    desk.grant(login=MEMBER, name="left-behind")
    desk.github.change("members/remove", organization=ORGANIZATION, login=MEMBER)
    with clock.moved(timedelta(minutes=5, seconds=1)):
        assert "left-behind" not in get(member, MINE).source
        assert ORGANIZATION not in get(member, WHY).source


def test_where_patrol_does_not_work_nothing_is_shown(desk: Desk, member: Client) -> None:
    desk.grant(login=MEMBER, name="behind-a-suspension")
    Installation.objects.filter(organization=desk.organization).update(suspended_at=clock.now())
    assert "behind-a-suspension" not in get(member, MINE).source


def test_reading_ends_an_hour_after_github_went_away(desk: Desk, member: Client) -> None:
    get(member, MINE)
    desk.github.fail("500", "^/user", times=100)
    with clock.moved(timedelta(minutes=30)):
        assert get(member, MINE).status == 200
    with clock.moved(timedelta(minutes=61)):
        assert member.get(MINE).status_code == 503


def test_a_member_behind_saml_is_told_how_to_see_it_and_sees_nothing(desk: Desk) -> None:
    sealed = {"organization": SAML_ORGANIZATION, "login": MEMBER}
    desk.github.grant(**sealed, name="behind-saml")
    settle()
    assert "behind-saml" in names(sign_in(Client(), MEMBER))
    desk.github.change("sso/end", **sealed)
    client = sign_in(Client(), MEMBER)
    page = get(client, MINE)
    assert f"{SAML_ORGANIZATION} asks for single sign-on" in page.text
    assert "behind-saml" not in page.source
    organization = Organization.objects.get(login=SAML_ORGANIZATION)
    causes = answers(client, token="none", organization=str(organization.pk))
    assert f"{SAML_ORGANIZATION} asks for single sign-on" in causes
    requests.get(f"{desk.github.url}/orgs/{SAML_ORGANIZATION}/sso", {"login": MEMBER}, timeout=TIMEOUT)
    assert "behind-saml" in names(sign_in(Client(), MEMBER))


def test_a_token_that_waits_says_since_when_and_that_no_other_helps(desk: Desk, member: Client) -> None:
    request = desk.request(login=MEMBER, name="waits", reason="For the release")
    shown = token(member, "waits")
    assert "Pending" in shown.text
    assert "Do not create another one" in shown.text
    assert f"{request.requested_at:%Y-%m-%dT%H:%M:%SZ}" in [one.attributes["datetime"] for one in shown.all("time")]
    assert "Ask again" not in shown.text
    assert request.repositories.get().full_name in shown.text


def test_a_denial_shows_its_reason_and_names_no_owner(desk: Desk, member: Client) -> None:
    desk.deny(desk.request(login=MEMBER, name="refused"), reason="Ask for reading only, please.")
    assert "Pending" in token(member, "refused").text, "what has not reached GitHub is not the member's to see"
    assert "reading only" not in get(member, MINE).source
    work()
    desk.sync()
    shown = token(member, "refused")
    assert "Denied" in shown.text
    assert "Ask for reading only, please." in shown.text
    assert f"An owner of {ORGANIZATION} denied it" in shown.text
    assert OWNER not in [one.text for one in shown.all("a")]


def test_a_revocation_keeps_the_owners_reason_among_owners(desk: Desk, member: Client) -> None:
    desk.revoke(desk.grant(login=MEMBER, name="taken"))
    later(seconds=90)
    desk.sync()
    shown = token(member, "taken")
    assert "Revoked" in shown.text
    assert "took its access away" in shown.text
    assert "set its resource owner back" in shown.text


def test_an_active_token_says_what_it_may_when_it_ends_and_how_to_renew_it(desk: Desk, member: Client) -> None:
    permissions = {"repository": {"contents": "write", "packages": "write", "metadata": "read"}}
    grant = desk.grant(login=MEMBER, name="deploy <b>", expires_in_days=12, permissions=permissions)
    state(desk.organization, fine_grained_max_days=30)
    shown = token(member, "deploy <b>")
    assert "Active" in shown.text
    assert "in 11 days" in shown.text or "in 12 days" in shown.text
    assert f"{ORGANIZATION} allows 30 days" in shown.text
    (form,) = [one for one in shown.all("a") if "Open GitHub's form" in one.text]
    link = form.attributes["href"]
    assert f"target_name={ORGANIZATION}" in link
    assert "contents=write" in link
    assert "packages" not in link
    assert "Permissions, by hand, for which GitHub's form has no link: Packages (write)" in shown.text
    assert grant.repositories.get().full_name in shown.text
    assert "Regenerate token" in shown.text


def test_a_planned_revocation_says_when_and_how_to_keep_the_token(desk: Desk, member: Client) -> None:
    grant = desk.grant(login=MEMBER, name="planned")
    planned(desk, grant)
    shown = token(member, "planned")
    assert "Revoked on" in shown.text
    (keep,) = [one for one in shown.all("a") if one.text == "Keep the token"]
    page = get(member, keep.attributes["href"])
    assert "Keep planned" in page.all("h1")[0].text


def test_an_enterprise_server_has_no_links_so_the_steps_are_words(desk: Desk, member: Client, settings: Any) -> None:
    desk.grant(login=MEMBER, name="on-a-server", permissions={"repository": {"issues": "write"}})
    get(member, MINE)
    settings.GITHUB_API_URL, settings.GITHUB_WEB_URL = "https://git.example/api/v3", "https://git.example"
    shown = token(member, "on-a-server")
    assert "Open GitHub's form" not in shown.text
    assert f"Resource owner: {ORGANIZATION}" in shown.text
    assert "Permissions: Issues (write)" in shown.text


def test_an_expired_token_offers_no_longer_life_than_is_allowed(desk: Desk, member: Client) -> None:
    desk.grant(login=MEMBER, name="over", expires_in_days=200)
    state(desk.organization, fine_grained_max_days=14)
    with clock.moved(timedelta(days=201)):
        client = sign_in(Client(), MEMBER)
        shown = token(client, "over")
    assert "Expired" in shown.text
    (form,) = [one for one in shown.all("a") if "Open GitHub's form" in one.text]
    assert "expires_in=14&" in form.attributes["href"]


def test_the_page_asks_the_database_no_oftener_for_more(
    desk: Desk, member: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(8):
        desk.grant(login=MEMBER, name=f"many-{number}")
        desk.request(login=MEMBER, name=f"asked-{number}")
    get(member, MINE)
    for address in (MINE, WHY, "/my/ask/"):
        with django_assert_max_num_queries(12):
            get(member, address)


# --- Why does my token fail? ----------------------------------------------------------------------------------------


def answers(client: Client, **fields: str) -> list[str]:
    """The headings of the causes."""
    page = Page(client.post(WHY, {"answer": "", "kind": "", "organization": "", **fields}))
    assert page.status == 200, page.text
    assert page.fault == ""
    return [one.all("h3")[0].text for one in page.all("div", class_="Box MyWhy-cause")]


def key(access_row: Any) -> str:
    return f"{access_row.organization_id}:{access_row.token.token_id}"


def test_each_state_of_a_token_is_a_cause(desk: Desk, member: Client) -> None:
    waits = desk.request(login=MEMBER, name="waits")
    denied = desk.request(login=MEMBER, name="denied")
    desk.deny(denied, reason="Too wide")
    taken = desk.grant(login=MEMBER, name="taken")
    desk.revoke(taken)
    later(seconds=90)
    fine = desk.grant(login=MEMBER, name="fine")
    short = desk.grant(login=MEMBER, name="short", expires_in_days=2)
    desk.sync()
    assert answers(member, token=key(waits)) == ["It waits for approval"]
    assert answers(member, token=key(denied)) == ["It was denied"]
    assert answers(member, token=key(taken)) == ["Its access was revoked"]
    assert answers(member, token=key(fine)) == ["Nothing wrong that Patrol can see"]
    assert "Too wide" in Page(member.post(WHY, {"token": key(denied)})).text
    with clock.moved(timedelta(days=3)):
        assert answers(sign_in(Client(), MEMBER), token=key(short)) == ["It expired"]


def test_what_an_owner_entered_is_a_cause(desk: Desk, member: Client) -> None:
    long = desk.grant(login=MEMBER, name="long", expires_in_days=300)
    endless = desk.grant(login=MEMBER, name="endless", expires_in_days=None)
    short = desk.grant(login=MEMBER, name="short", expires_in_days=5)
    assert answers(member, token=key(long)) == ["Nothing wrong that Patrol can see"]
    state(desk.organization, fine_grained_max_days=90, classic_allowed=False)
    too_long = f"It lives longer than {ORGANIZATION} allows"
    assert answers(member, token=key(long)) == answers(member, token=key(endless)) == [too_long]
    assert answers(member, token=key(short)) == ["Nothing wrong that Patrol can see"]
    place = str(desk.organization.pk)
    classic = f"{ORGANIZATION} does not let classic tokens in"
    assert answers(member, token="none", organization=place, kind="classic") == [classic]
    state(desk.organization, classic_allowed=None, fine_grained_allowed=False)
    assert answers(member, token=key(short)) == [f"{ORGANIZATION} does not let fine-grained tokens in"]


def test_githubs_answer_names_causes(desk: Desk, member: Client) -> None:
    held = {"repository": {"issues": "read", "metadata": "read"}}
    mine = key(desk.grant(login=MEMBER, name="fine", permissions=held))
    denied = "HTTP/2 403\nx-accepted-github-permissions: issues=write; pull_requests=write\n{}"
    page = Page(member.post(WHY, {"token": mine, "answer": denied}))
    assert "It lacks a permission" in page.text
    assert "Write Issues" in page.text
    for said, causes in {
        "Resource not accessible by personal access token": ["It lacks a permission"],
        "x-accepted-github-permissions: issues=read": ["Nothing wrong that Patrol can see"],
        "404 Not Found": ["The repository is not one of its own", "It lacks a permission"],
        '{"message": "Bad credentials"}': ["GitHub does not know the value that was sent"],
        "Resource protected by organization SAML enforcement": [f"{ORGANIZATION} asks for single sign-on"],
        "API rate limit exceeded": ["Too many requests"],
        "has an IP allow list enabled": [f"{ORGANIZATION} has an IP allow list"],
    }.items():
        assert answers(member, token=mine, answer=said) == causes, said
    waits = key(desk.request(login=MEMBER, name="waits"))
    assert answers(member, token=waits, answer="403 Resource not accessible") == ["It waits for approval"]


def test_a_token_that_is_not_in_the_list_has_causes_too(desk: Desk, member: Client) -> None:
    place = str(desk.organization.pk)
    assert answers(member, token="none", organization=place) == [f"{ORGANIZATION} never heard of it"]
    assert answers(member, token="none", organization=place, kind="classic") == ["Patrol does not see classic tokens"]
    assert answers(member, token="none", organization="0") == ["GitHub does not call you a member there"]


def test_only_ones_own_tokens_can_be_asked_about(desk: Desk, member: Client) -> None:
    other = desk.grant(login=SECOND_OWNER, name="not-mine")
    answer = member.post(WHY, {"token": key(other)})
    assert answer.status_code == 422
    assert b"not-mine" not in answer.content
    outsider = sign_in(Client(), OUTSIDER)
    mine = desk.grant(login=MEMBER, name="mine-alone")
    refused = outsider.post(WHY, {"token": key(mine)})
    assert refused.status_code == 422
    assert b"mine-alone" not in refused.content
    assert outsider.post(WHY, {"token": "none", "organization": str(desk.organization.pk)}).status_code == 422


def test_a_tokens_value_is_refused_and_not_shown_again(desk: Desk, member: Client) -> None:
    mine = key(desk.grant(login=MEMBER, name="fine"))
    answer = member.post(WHY, {"token": mine, "answer": f"curl -H 'Authorization: Bearer {SECRET}' gave 403"})
    assert answer.status_code == 422
    page = Page(answer)
    assert "That held a token's value" in page.text
    assert SECRET not in page.source
    assert page.all("section", class_="MyWhy") == []
    assert SECRET not in member.get(WHY, {"token": SECRET}).content.decode()


@pytest.mark.parametrize("address", [MINE, WHY, "/my/ask/"])
def test_the_pages_ask_for_a_sign_in_and_take_no_other_verb(desk: Desk, member: Client, address: str) -> None:
    assert Client().get(address)["Location"].startswith("/sign-in/")
    assert member.delete(address).status_code == 405
