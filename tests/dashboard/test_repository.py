"""One repository: who can write to it, by every token that reaches it."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client

from apps.github.models import Installation, Repository
from apps.tokens.models import Grant, GrantRequest
from tests.cast import MEMBER, ORGANIZATION, OUTSIDER, SECOND_OWNER
from tests.conftest import settle, sign_in
from tests.github import GitHub
from tests.keeping import beginning
from tests.tokens.desk import Desk
from tests.tokens.pages import Page, get

AtMost = Callable[[int], AbstractContextManager[object]]
READS = {"repository": {"contents": "read", "metadata": "read"}}
WRITES = {"repository": {"issues": "write", "metadata": "read"}}
GOVERNS = {"repository": {"administration": "admin", "metadata": "read"}}


@beginning
def desk(patrol: GitHub) -> Desk:
    """Only what the test itself gives is there."""
    settle()
    desk = Desk(patrol)
    GrantRequest.objects.all().update(state="ended")
    Grant.objects.all().update(state="gone")
    return desk


def address(name: str) -> str:
    return f"/orgs/{ORGANIZATION}/repositories/{name}/"


def named(grant: Grant | GrantRequest) -> Repository:
    found: Repository = grant.repositories.get()
    return found


def given(desk: Desk, name: str, permissions: object, *, everywhere: bool = False) -> Grant:
    """Without another reading, which would bring the others back."""
    selection = {"repository_selection": "all"} if everywhere else {}
    grant = desk.grant(name=name, login=MEMBER, permissions=permissions, **selection)
    Grant.objects.exclude(token__name__startswith="r-").update(state="gone")
    return grant


def test_a_token_reaches_it_by_name_or_because_it_reaches_all(desk: Desk) -> None:
    by_name = given(desk, "r-named", READS)
    given(desk, "r-all", WRITES, everywhere=True)
    page = get(desk.browser, address(named(by_name).name))
    assert page.fault == ""
    assert set(page.names) == {"r-named", "r-all"}
    assert "this one by name" in page.text
    assert "all repositories" in page.text
    elsewhere = given(desk, "r-elsewhere", READS)
    if named(elsewhere) != named(by_name):
        assert "r-elsewhere" not in get(desk.browser, address(named(by_name).name)).names


def test_who_can_write_is_counted_and_told_apart(desk: Desk) -> None:
    reads = given(desk, "r-reads", READS, everywhere=True)
    given(desk, "r-writes", WRITES, everywhere=True)
    given(desk, "r-governs", GOVERNS, everywhere=True)
    given(desk, "r-people-only", {"organization": {"members": "write"}}, everywhere=True)
    cases: list[tuple[dict[str, str], set[str]]] = [
        ({}, {"r-reads", "r-writes", "r-governs", "r-people-only"}),
        ({"level": "write"}, {"r-writes", "r-governs"}),
        ({"level": "admin"}, {"r-governs"}),
        ({"permission": "issues"}, {"r-writes"}),
        ({"permission": "issues", "level": "write"}, {"r-writes"}),
        ({"permission": "issues", "level": "admin"}, set()),
        ({"permission": "contents", "level": "write"}, set()),
        ({"permission": "x' or 1=1"}, set()),
        ({"level": "everything"}, {"r-reads", "r-writes", "r-governs", "r-people-only"}),
    ]
    for query, kept in cases:
        assert set(get(desk.browser, address("some-repository"), **query).names) == kept, query
    facets = [one.text for one in get(desk.browser, address("x")).all("nav", class_="Facets")[0].all("a")]
    assert facets == ["Reach it 4", "May write 2", "Administer 1"]
    assert reads.state == Grant.State.ACTIVE


def test_requests_that_would_reach_it_stand_there_too(desk: Desk) -> None:
    request = desk.request(name="r-asks", login=MEMBER, permissions=WRITES)
    page = get(desk.browser, address(named(request).name))
    (box,) = page.all(id="requests")
    assert "r-asks" in box.text
    assert "Issues" in box.text


def test_a_name_that_no_token_told_is_answered_by_those_that_reach_all(desk: Desk) -> None:
    given(desk, "r-all", WRITES, everywhere=True)
    page = get(desk.browser, address("never-heard-of"))
    assert "Patrol has not met a repository of this name" in page.text
    assert page.names == ["r-all"]


def test_an_old_name_leads_to_the_new_one_by_githubs_number(desk: Desk) -> None:
    grant = given(desk, "r-named", READS)
    repository = named(grant)
    was = f"{repository.name}-as-it-was"
    Repository.objects.filter(pk=repository.pk).update(name=was)
    desk.grant(name="r-another", login=MEMBER, permissions=READS, repositories=[repository.name])
    assert Repository.objects.get(pk=repository.pk).name == repository.name, "read again"
    answer = desk.browser.get(address(was))
    assert answer.status_code == 302
    assert answer["Location"] == address(repository.name)
    assert f"{was} is called {repository.name} on GitHub now." in Page(desk.browser.get(address(was), follow=True)).text


def test_two_repositories_of_one_name_are_told_apart(desk: Desk) -> None:
    grant = given(desk, "r-named", READS)
    old = named(grant)
    young = Repository.objects.create(id=old.pk + 10**9, organization=desk.organization, name=old.name, full_name="x/y")
    page = get(desk.browser, address(old.name))
    assert "Patrol knows 2 repositories by this name" in page.text
    assert page.names == ["r-named"]
    assert get(desk.browser, address(old.name), id=str(young.pk)).names == []
    assert get(desk.browser, address(old.name), id=str(old.pk)).names == ["r-named"]


def test_pages_of_tokens_lead_to_their_repositories(desk: Desk) -> None:
    grant = given(desk, "r-named", READS)
    page = get(desk.browser, f"/orgs/{ORGANIZATION}/tokens/{grant.pat_id}/")
    assert page.all("a", href=address(named(grant).name))


def test_tokens_that_cannot_be_read_are_not_none(desk: Desk) -> None:
    held = Installation.objects.get(organization=desk.organization, app__role="governance")
    del held.permissions["organization_personal_access_tokens"]
    held.save()
    page = get(desk.browser, address("anything"))
    assert "Patrol cannot see tokens here" in page.text
    assert "No fine-grained token reaches it" not in page.text


def test_more_than_a_page_is_turned(desk: Desk) -> None:
    for number in range(26):
        desk.github.grant(organization=ORGANIZATION, login=SECOND_OWNER, name=f"r-{number}", repository_selection="all")
    given(desk, "r-last", READS, everywhere=True)
    page = get(desk.browser, address("any"))
    assert len(page.names) == 25
    (following,) = [one for one in page.all("a") if one.text == "Next"]
    assert len(Page(desk.browser.get(address("any") + following.attributes["href"])).names) == 2


@pytest.mark.parametrize(("login", "status"), [(MEMBER, 403), (OUTSIDER, 404)])
def test_who_does_not_own_the_organization_sees_nothing(desk: Desk, login: str, status: int) -> None:
    assert sign_in(Client(), login).get(address("x")).status_code == status


def test_the_page_asks_for_a_sign_in_and_is_only_read(desk: Desk) -> None:
    assert Client().get(address("x"))["Location"].startswith("/sign-in/")
    assert desk.browser.post(address("x")).status_code == 405


@pytest.mark.parametrize("name", ["%00", "<b>x</b>", "a" * 300, "..", "%F0%9F%98%80"])
def test_a_strange_name_harms_nothing(desk: Desk, name: str) -> None:
    answer = desk.browser.get(address(name))
    assert answer.status_code in {200, 404}
    assert b"<b>x</b>" not in answer.content


def test_the_number_of_queries_does_not_grow(desk: Desk, django_assert_max_num_queries: AtMost) -> None:
    first = given(desk, "r-0", READS)
    for number in range(20):
        desk.github.grant(organization=ORGANIZATION, login=MEMBER, name=f"r-{number + 1}", repository_selection="all")
        desk.github.ask(organization=ORGANIZATION, login=MEMBER, name=f"q-{number}", repository_selection="all")
    desk.sync()
    where = address(named(first).name)
    with django_assert_max_num_queries(12):
        assert desk.browser.get(where).status_code == 200
