"""Whom no address reaches is reminded by one issue of a private repository, while the organization wants it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts import contacts
from apps.audit.models import Event
from apps.core import clock
from apps.effects.models import Effect
from apps.github import services as github
from apps.tokens.models import Grant, ReminderIssue, ReminderIssueSettings
from apps.tokens.reminder_issues import keeping, words
from tests.cast import MEMBER, ORGANIZATION, OUTSIDER, OWNER
from tests.github import GitHub
from tests.keeping import beginning
from tests.tokens.desk import Desk, later, work
from tests.tokens.pages import get
from tests.tokens.planning import planned

EVERYBODY = 50
Browse = Callable[[str], Client]
PAGE = f"/orgs/{ORGANIZATION}/settings/addresses/issues/"
WRITES = {
    "members": "read", "organization_personal_access_token_requests": "write",
    "organization_personal_access_tokens": "write", "issues": "write",
}  # fmt: skip


@beginning
def desk(patrol: GitHub) -> Desk:
    """Where the App may write issues."""
    let(patrol, WRITES)
    return Desk(patrol)


def let(patrol: GitHub, permissions: dict[str, str]) -> None:
    patrol.change("installations/permissions", organization=ORGANIZATION, permissions=permissions)
    github.sync_installations()


def repositories(desk: Desk, *, private: bool = True) -> list[str]:
    found = desk.github.contents(ORGANIZATION)["private"]
    return sorted(name for name, hidden in found.items() if hidden is private)


def switch(desk: Desk, repository: str = "", *, on: bool = True) -> Any:
    fields = {"repository": repository or repositories(desk)[0]} | ({"is_on": "on"} if on else {})
    return desk.browser.post(PAGE, fields)


def run() -> int:
    """What the job and the workers do."""
    proposed = keeping.keep_all(EVERYBODY)
    work()
    return proposed


def issues(desk: Desk, login: str = MEMBER) -> list[dict[str, Any]]:
    """Of that person, at GitHub."""
    return [one for one in desk.github.contents(ORGANIZATION)["issues"] if login in one["title"]]


def writes(desk: Desk, verb: str = "POST") -> list[dict[str, Any]]:
    """What GitHub accepted about the member's issue."""
    found = [one for one in desk.github.ledger() if "/issues" in one["path"] and one["verb"] == verb]
    return [one for one in found if MEMBER in one["body"]["title"]]


def ends_soon(desk: Desk, name: str = "nightly", days: float = 5.5) -> Grant:
    return desk.grant(login=MEMBER, name=name, expires_in_days=days)


def reached(desk: Desk, grant: Grant) -> None:
    where = {"source": "owner", "organization_id": desk.organization.pk}
    contacts.keep(grant.owner_id, "member@example.com", at=clock.now(), **where)  # type: ignore[arg-type]


def names() -> list[str]:
    found = Event.objects.filter(name__startswith="reminder_issue.", data__owner_login=MEMBER)
    return list(found.order_by("sequence").values_list("name", flat=True))


# --- one issue, as long as there is something --------------------------------------------------------------------


@pytest.mark.database
def test_who_is_not_reached_is_mentioned_in_one_issue(desk: Desk) -> None:
    grant = ends_soon(desk)
    desk.grant(login=MEMBER, name="far", expires_in_days=90)
    assert switch(desk).status_code == 302
    run()
    run()
    (issue,) = issues(desk)
    assert (issue["repository"], issue["state"], issue["labels"]) == (
        repositories(desk)[0],
        "open",
        ["patrol-reminder"],
    )
    assert issue["body"].startswith(f"<!-- patrol:person:{grant.owner_id} -->")
    assert f"@{MEMBER}, " in issue["body"]
    assert f"` nightly ` ends on {grant.ends_at.date()}." in issue["body"]
    assert "far" not in issue["body"]
    assert {(one["token_kind"], one["login"]) for one in writes(desk)} == {("installation", None)}
    assert names() == ["reminder_issue.opened"]
    assert ReminderIssue.objects.get(login=MEMBER).number == issue["number"]


def test_it_follows_the_list_and_says_planned_revocations(desk: Desk) -> None:
    ends_soon(desk)
    switch(desk)
    run()
    planned(desk, desk.grant(login=MEMBER, name="to-go", expires_in_days=300))
    ends_soon(desk, name="weekly")
    run()
    (issue,) = issues(desk)
    assert "` weekly ` ends on" in issue["body"]
    assert "` to-go ` is revoked, as planned, on" in issue["body"]
    assert (len(writes(desk)), len(writes(desk, "PATCH"))) == (1, 1)
    assert names() == ["reminder_issue.opened", "reminder_issue.changed"]


@pytest.mark.database
def test_it_is_closed_when_nothing_is_open_and_the_same_is_opened_again(desk: Desk) -> None:
    grant = ends_soon(desk)
    switch(desk)
    run()
    desk.github.delete_grant(grant.pat_id)
    desk.sync()
    run()
    (issue,) = issues(desk)
    assert (issue["state"], "nightly" in issue["body"]) == ("closed", False)
    ends_soon(desk, name="again")
    run()
    (issue,) = issues(desk)
    assert (issue["state"], "` again `" in issue["body"]) == ("open", True)
    assert len(writes(desk)) == 1
    assert names() == ["reminder_issue.opened", "reminder_issue.closed", "reminder_issue.opened"]


def test_it_is_closed_when_the_person_is_reached(desk: Desk) -> None:
    grant = ends_soon(desk)
    switch(desk)
    run()
    reached(desk, grant)
    run()
    assert [one["state"] for one in issues(desk)] == ["closed"]


def test_who_is_reached_gets_none(desk: Desk) -> None:
    reached(desk, ends_soon(desk))
    switch(desk)
    run()
    assert issues(desk) == []


def test_who_is_reached_before_it_is_sent_gets_none(desk: Desk) -> None:
    grant = ends_soon(desk)
    switch(desk)
    keeping.keep_all(EVERYBODY)
    reached(desk, grant)
    work()
    assert issues(desk) == []
    assert Effect.objects.get(subject=f"reminder_issue:{grant.owner_id}").state == "superseded"


@pytest.mark.parametrize("kind", ["cut", "500", "reset"])
def test_an_answer_that_is_lost_opens_no_second_issue(desk: Desk, kind: str) -> None:
    ends_soon(desk)
    switch(desk)
    keeping.keep_all(EVERYBODY)
    desk.github.fail(kind, "/issues", verb="POST", times=50, after=True)
    work()
    desk.github.heal()
    for minutes in (1, 5, 30):
        later(minutes=minutes)
    run()
    assert len(issues(desk)) == len(writes(desk)) == 1
    assert names() == ["reminder_issue.opened"]


def test_what_never_arrived_is_sent_again_once_that_is_certain(desk: Desk) -> None:
    ends_soon(desk)
    switch(desk)
    keeping.keep_all(EVERYBODY)
    desk.github.fail("500", "/issues", verb="POST", times=50)
    work()
    desk.github.heal()
    assert issues(desk) == []
    later(minutes=1)
    later(minutes=5)
    assert len(issues(desk)) == len(writes(desk)) == 1


def test_a_persons_look_alike_is_not_taken_for_it(desk: Desk) -> None:
    """Whoever may write there might open an issue with the marker; and a token's name might hold one."""
    grant = ends_soon(desk, name=f"<!-- patrol:person:{desk.user.pk} -->")
    switch(desk)
    keeping.keep_all(EVERYBODY)
    body = words.body(grant.owner_id, MEMBER, ReminderIssue.objects.get(login=MEMBER).lines, patrol="")
    where = {"organization": ORGANIZATION, "repository": repositories(desk)[0], "by": OWNER}
    desk.github.change("repositories/issues", title="Mine", body=body, labels=["patrol-reminder"], **where)
    desk.github.fail("500", "/issues", verb="POST", times=50)
    work()
    desk.github.heal()
    later(minutes=1)
    later(minutes=5)
    (issue,) = issues(desk)
    assert words.marked(issue["body"]) == words.marked(body)
    assert (issue["bot"] > 0, ReminderIssue.objects.get(login=MEMBER).number) == (True, issue["number"])


def test_an_issue_that_somebody_deleted_is_opened_anew(desk: Desk) -> None:
    ends_soon(desk)
    switch(desk)
    run()
    (issue,) = issues(desk)
    where = {"organization": ORGANIZATION, "repository": issue["repository"], "number": issue["number"]}
    desk.github.change("repositories/issues", delete=True, **where)
    ends_soon(desk, name="weekly")
    run()
    run()
    (issue,) = issues(desk)
    assert "weekly" in issue["body"]


def test_another_repository_gets_it_when_the_first_one_is_closed(desk: Desk) -> None:
    first, second = repositories(desk)[:2]
    ends_soon(desk)
    switch(desk, first)
    run()
    switch(desk, second)
    run()
    run()
    assert {one["repository"]: one["state"] for one in issues(desk)} == {first: "closed", second: "open"}


@pytest.mark.database
def test_no_more_than_the_bound_are_on_their_way(desk: Desk) -> None:
    for login in (MEMBER, OWNER):
        desk.grant(login=login, name="nightly", expires_in_days=5.5)
    switch(desk)
    assert keeping.keep_all(1) == 1
    assert keeping.keep_all(1) == 0, "it is on its way still"
    work()
    assert keeping.keep_all(1) == 1


# --- where nothing is written ------------------------------------------------------------------------------------


def test_nothing_is_written_where_nobody_switched_it_on(desk: Desk) -> None:
    ends_soon(desk)
    assert run() == 0
    assert writes(desk) == []


def test_switched_off_it_closes_what_is_open(desk: Desk) -> None:
    ends_soon(desk)
    switch(desk)
    run()
    assert switch(desk, on=False).status_code == 302
    ends_soon(desk, name="weekly")
    run()
    assert [one["state"] for one in issues(desk)] == ["closed"]
    assert run() == 0


def test_switched_off_before_it_is_sent_nothing_is_opened(desk: Desk) -> None:
    ends_soon(desk)
    switch(desk)
    keeping.keep_all(EVERYBODY)
    switch(desk, on=False)
    work()
    assert issues(desk) == []


@pytest.mark.parametrize("permissions", [{"members": "read"}, WRITES | {"issues": "read"}])
def test_it_is_refused_without_the_permission(desk: Desk, permissions: dict[str, str]) -> None:
    """As where Patrol only looks. The page says what is lacking, and leads to who does what about it."""
    let(desk.github, permissions)
    answer = switch(desk)
    assert (answer.status_code, "lacks Issues: read and write" in answer.content.decode()) == (422, True)
    assert not ReminderIssueSettings.objects.exists()
    page = get(desk.browser, PAGE)
    assert "not granted" in page.text
    assert "Issues: read and write" in get(desk.browser, f"/orgs/{ORGANIZATION}/settings/on/issues/").text


def test_a_permission_that_is_taken_away_stops_it_and_the_owners_see_why(desk: Desk) -> None:
    ends_soon(desk)
    switch(desk)
    let(desk.github, {"members": "read"})
    assert run() == 0
    assert issues(desk) == []
    assert "lacks Issues: read and write" in get(desk.browser, PAGE).text


def test_a_public_repository_is_refused(desk: Desk) -> None:
    public = repositories(desk)[0]
    desk.github.change("repositories/visibility", organization=ORGANIZATION, repository=public, private=False)
    for name, why in ((public, "is public"), ("no-such", "shows Patrol"), ("../x", "Name a repository")):
        answer = switch(desk, name)
        assert (answer.status_code, why in answer.content.decode()) == (422, True), name
    assert not ReminderIssueSettings.objects.exists()


def test_nothing_is_written_once_the_repository_is_public_and_the_owners_see_why(desk: Desk) -> None:
    grant = ends_soon(desk)
    switch(desk)
    run()
    name = repositories(desk)[0]
    where = {"organization": ORGANIZATION, "repository": name}
    desk.github.change("repositories/visibility", private=False, **where)
    reached(desk, grant)
    assert run() == 0
    assert [one["state"] for one in issues(desk)] == ["open"]
    assert f"{ORGANIZATION}/{name} is public" in get(desk.browser, PAGE).text
    run()
    desk.github.change("repositories/visibility", private=True, **where)
    run()
    assert [one["state"] for one in issues(desk)] == ["closed"]
    told = Event.objects.filter(name__startswith="reminder_issue_settings.found").order_by("sequence")
    assert [one.name.rsplit(".", 1)[1] for one in told] == ["found_unfit", "found_fit"]


def test_a_repository_that_becomes_public_while_a_write_waits_gets_nothing(desk: Desk) -> None:
    ends_soon(desk)
    switch(desk)
    keeping.keep_all(EVERYBODY)
    where = {"organization": ORGANIZATION, "repository": repositories(desk)[0]}
    desk.github.change("repositories/visibility", private=False, **where)
    work()
    assert issues(desk) == []
    assert "could not be written" in get(desk.browser, PAGE).text
    desk.github.change("repositories/visibility", private=True, **where)
    assert run() == 0, "not at once again"
    with clock.moved(timedelta(hours=7)):
        assert keeping.keep_all(EVERYBODY) > 0
        work()
    assert len(issues(desk)) == 1


def test_only_owners_see_and_change_it(desk: Desk, browse: Browse) -> None:
    for login, status in ((OUTSIDER, 404), (MEMBER, 403)):
        browser = browse(login)
        assert browser.get(PAGE).status_code == status
        assert browser.post(PAGE, {"is_on": "on", "repository": repositories(desk)[0]}).status_code == status
    desk.github.change("roles", organization=ORGANIZATION, login=OWNER, role="member")
    with clock.moved(timedelta(seconds=90)):
        assert switch(desk).status_code in (403, 422)
    assert not ReminderIssueSettings.objects.exists()
