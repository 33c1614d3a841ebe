"""The page and dialog of a denial: ready-made reasons, a counter-offer, and the words that are sent in the end."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import override_settings

from apps.tokens.models import GrantRequest, Review
from tests.cast import MEMBER, ORGANIZATION, OWNER
from tests.tokens.desk import Desk, work
from tests.tokens.pages import Browse, Page, get

QUEUE = f"/orgs/{ORGANIZATION}/requests/"
HTMX = {"HX-Request": "true"}
PERMISSIONS = {"repository": {"contents": "write", "issues": "read", "packages": "write"}}


def path(request: GrantRequest, verb: str = "denial") -> str:
    return f"{QUEUE}{request.pat_request_id}/{verb}/"


def asked(desk: Desk, **fields: Any) -> GrantRequest:
    """A request for a year."""
    return desk.request(**{"permissions": PERMISSIONS, "expires_in_days": 365, "name": "nightly", **fields})


def draft(desk: Desk, request: GrantRequest, **choices: str) -> Page:
    """The page after its choices were made and "Write the text" was pressed."""
    form = get(desk.browser, path(request)).form(path(request))
    return Page(desk.browser.get(path(request), {**form, **choices}))


def written(page: Page) -> str:
    (area,) = page.all("textarea", name="reason")
    return "".join(one for one in area.children if isinstance(one, str)).removeprefix("\n")


def link_in(text: str) -> dict[str, str]:
    (link,) = [line for line in text.split("\n") if line.startswith("http")]
    return dict(parse_qsl(urlsplit(link).query))


def test_the_page_offers_reasons_and_what_was_asked_for(desk: Desk) -> None:
    request = asked(desk)
    page = get(desk.browser, path(request))
    values = [one.attributes["value"] for one in page.all("input", name="because")]
    assert values == ["not-needed", "too-wide", "too-long", "automation", "other"]
    levels = [one.attributes["value"] for one in page.all("select", name="level.repository.issues")[0].all("option")]
    assert levels == ["none", "read"], "not above what was asked"
    assert page.all("input", name="days")[0].attributes["value"] == "90"
    assert written(page) == ""


def test_the_organizations_limit_is_the_longest_that_is_offered(desk: Desk) -> None:
    """As an owner entered it in Settings; GitHub has no API for it."""
    request = asked(desk)
    desk.browser.post(f"/orgs/{ORGANIZATION}/settings/", {"fine_grained_max_days": "30"})
    (days,) = get(desk.browser, path(request)).all("input", name="days")
    assert (days.attributes["value"], days.attributes["max"]) == ("30", "30")
    refused = draft(desk, request, because="too-long", days="31")
    assert "Choose 1 to 30 days" in refused.text


def test_the_requests_page_leads_there(desk: Desk) -> None:
    request = asked(desk)
    page = get(desk.browser, path(request).removesuffix("denial/"))
    assert page.all("a", href=path(request))


def test_a_ready_made_reason_is_written_into_the_form_and_sent(desk: Desk) -> None:
    request = asked(desk)
    page = draft(desk, request, because="automation")
    assert "GitHub App" in written(page)
    assert not Review.objects.exists(), "nothing is decided by looking"
    sent = page.form(path(request, "deny"))
    assert desk.browser.post(path(request, "deny"), sent).status_code == 302
    work()
    (told,) = [one["body"]["reason"] for one in desk.github.ledger()]
    assert told == written(page)


def test_a_counter_offer_is_what_github_mails_with_its_link_whole(desk: Desk) -> None:
    request = asked(desk)
    page = draft(desk, request, because="too-wide", days="30",
                 **{"level.repository.contents": "read", "level.repository.issues": "none"})  # fmt: skip
    text = written(page)
    assert "Choose by hand: Packages (write)." in text
    assert link_in(text) == {
        "name": "nightly", "description": "Nightly export of the build results", "target_name": ORGANIZATION,
        "expires_in": "30", "contents": "read",
    }  # fmt: skip
    assert f"{len(text)} of 1,024 characters." in page.text
    sent = page.form(path(request, "deny")) | {"reason": text.replace("\n", "\r\n")}
    assert desk.browser.post(path(request, "deny"), sent).status_code == 302
    work()
    assert [one["body"] for one in desk.github.ledger()] == [{"action": "deny", "reason": text}]


def test_the_repositories_that_were_asked_for_are_named(desk: Desk) -> None:
    request = asked(desk, repository_selection="subset")
    names = sorted(request.repositories.values_list("name", flat=True))
    assert names
    assert all(name in written(draft(desk, request, because="too-long")) for name in names)


def test_all_repositories_can_become_named_ones(desk: Desk) -> None:
    request = asked(desk, repository_selection="all")
    assert "Repositories: all." in written(draft(desk, request, because="too-wide"))
    text = written(draft(desk, request, because="too-wide", repositories="subset"))
    assert "Repositories: only those it needs, chosen by name." in text


def test_nothing_less_is_no_counter_offer_and_the_page_says_so(desk: Desk) -> None:
    request = asked(desk)
    page = draft(desk, request, because="too-wide", days="365")
    assert written(page) == "This asks for more access than its purpose needs."
    assert "makes no counter-offer" in page.text


@pytest.mark.parametrize(
    ("choices", "says"),
    [
        ({"level.repository.contents": "admin"}, "This is more than was asked for."),
        ({"level.repository.issues": "write"}, "This is more than was asked for."),
        ({"days": "0"}, "Choose 1 to 365 days"),
        ({"days": "366"}, "Choose 1 to 365 days"),
        ({"days": "soon"}, "Choose 1 to 365 days"),
        ({f"level.repository.{name}": "none" for name in PERMISSIONS["repository"]}, "at least one permission"),
        ({"because": "revenge"}, "Choose one of these."),
        ({"because": ""}, "Choose what is wrong with it."),
    ],
)
def test_what_cannot_be_offered_is_refused_in_a_sentence(desk: Desk, choices: dict[str, str], says: str) -> None:
    request = asked(desk)
    page = draft(desk, request, **{"because": "too-wide", **choices})
    assert page.status == 422
    assert says in page.text
    assert written(page) == ""
    form = get(desk.browser, path(request)).form(path(request)) | {"because": "too-wide"} | choices
    assert desk.browser.get(path(request), form, headers=HTMX).status_code == 409, "htmx shows no other refusal"


def test_what_is_not_offered_does_not_stand_in_the_way_of_another_reason(desk: Desk) -> None:
    page = draft(desk, asked(desk), because="not-needed", days="400")
    assert (page.status, written(page) != "") == (200, True)


def test_the_cursor_goes_to_the_text_unless_something_was_refused(desk: Desk) -> None:
    request = asked(desk)
    assert not get(desk.browser, path(request)).all("textarea", autofocus="*")
    assert draft(desk, request, because="other").all("textarea", autofocus="*")
    assert not draft(desk, request, because="too-long", days="0").all("textarea", autofocus="*")


def test_a_dialog_gets_the_same_words_without_the_page_around_them(desk: Desk) -> None:
    request = asked(desk)
    form = get(desk.browser, path(request)).form(path(request)) | {"because": "not-needed"}
    part = Page(desk.browser.get(path(request), form, headers=HTMX))
    assert not part.all("html")
    assert part.all("form", hx_target="#denial")
    assert "not needed any more" in written(part)


def test_enterprise_server_gets_steps(desk: Desk) -> None:
    request = asked(desk)
    with override_settings(GITHUB_API_URL="https://git.example/api/v3", GITHUB_WEB_URL="https://git.example"):
        page = draft(desk, request, because="too-long")
    assert "On git.example: Settings, Developer settings" in written(page)
    assert "http" not in written(page)
    assert "Enterprise Server has no links" in page.text


def test_the_way_back_outlives_the_choices(desk: Desk) -> None:
    request, back = asked(desk), f"{QUEUE}?risk=1"
    form = get(desk.browser, path(request), next=back).form(path(request)) | {"because": "other"}
    page = Page(desk.browser.get(path(request), form))
    assert page.form(path(request, "deny"))["next"] == [back]
    evil = Page(desk.browser.get(path(request), form | {"next": "https://evil.example/"}))
    assert "evil.example" not in evil.source


def test_who_is_no_owner_sees_no_draft(desk: Desk, browse: Browse) -> None:
    request = asked(desk)
    assert browse(MEMBER).get(path(request), {"because": "other"}).status_code in {403, 404}
    assert browse(OWNER).get(f"{QUEUE}999999999/denial/", {"because": "other"}).status_code == 404
