"""Activity: the record as people read it."""

from collections.abc import Callable

from django.db import transaction
from django.test import Client

from apps.audit import services as audit
from apps.github.models import Organization
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER, OWNER
from tests.conftest import settle
from tests.github import GitHub

Browse = Callable[[str], Client]
PAGE = f"/orgs/{ORGANIZATION}/activity/"


def record(login: str, name: str, **data: str) -> None:
    """An event as rooms write them."""
    with transaction.atomic():
        audit.record(
            name, organization_id=Organization.objects.get(login=login).pk, actor=audit.Actor(1, OWNER), **data
        )


def test_each_event_says_who_did_what_and_why(patrol: GitHub, browse: Browse) -> None:
    """Actor, verb, reason, GitHub's answer."""
    record(ORGANIZATION, "grant_request.denied", subject="grant_request:7", reason="Too broad", answer="204")
    page = browse(OWNER).get(PAGE).content.decode()
    assert "denied" in page
    assert f'href="/orgs/{ORGANIZATION}/requests/7/"' in page
    assert "Too broad" in page


def test_the_record_of_another_organization_is_not_shown(patrol: GitHub, browse: Browse) -> None:
    """Chains are apart."""
    record(OTHER_ORGANIZATION, "grant_request.denied", reason="elsewhere")
    browser = browse(OWNER)
    assert "elsewhere" not in browser.get(PAGE).content.decode()
    assert "elsewhere" in browser.get("/activity/").content.decode()


def test_it_filters_by_who_and_by_what(patrol: GitHub, browse: Browse) -> None:
    """A filter that matches nothing says so."""
    record(ORGANIZATION, "grant_request.denied", reason="by the owner")
    browser = browse(OWNER)
    assert "by the owner" in browser.get(PAGE, {"q": OWNER, "what": "grant_request."}).content.decode()
    assert "No event matches" in browser.get(PAGE, {"q": "nobody"}).content.decode()


def test_it_pages_through_everything_once(patrol: GitHub, browse: Browse) -> None:
    """Newest first, by cursor, nothing twice and nothing left out."""
    for number in range(75):
        record(ORGANIZATION, "grant_request.denied", reason=f"reason-{number:03}")
    browser, url, seen = browse(OWNER), PAGE, []
    while url:
        answer = browser.get(url)
        seen += [line.event.data.get("reason") for _, line in answer.context["lines"]]
        cursor = answer.context["page"].next_cursor
        url = f"{PAGE}?cursor={cursor}" if cursor else ""
    numbered = [one for one in seen if one]
    assert numbered == [f"reason-{number:03}" for number in reversed(range(75))]


def test_what_strangers_wrote_stays_text(patrol: GitHub, browse: Browse) -> None:
    """HTML in a reason is shown, not obeyed."""
    record(ORGANIZATION, "grant_request.denied", reason='<img src=x onerror=alert(1)><b hx-get="/">')
    page = browse(OWNER).get(PAGE).content.decode()
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_a_member_is_told_what_owners_see_and_an_outsider_nothing(patrol: GitHub, browse: Browse) -> None:
    """403 and 404."""
    settle()
    assert browse(MEMBER).get(PAGE).status_code == 403
    assert browse(OUTSIDER).get(PAGE).status_code == 404
