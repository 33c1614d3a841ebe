"""Views of the inventory: built in, a person's own, shared by the owners of an organization; and its columns."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import QueryDict
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from apps.audit.models import Event
from apps.core import clock
from apps.tokens import columns, services
from apps.tokens.models import SavedView
from apps.tokens.queries.saved_views import BUILT_IN
from apps.tokens.view_forms import TokenListForm, kept
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER, SECOND_OWNER
from tests.conftest import sign_in
from tests.tokens.desk import Desk
from tests.tokens.pages import Page, get

TOKENS = f"/orgs/{ORGANIZATION}/tokens/"
VIEWS = f"{TOKENS}views/"
ALL = "/tokens/views/"
FIRST = "columns=may.on.used.ends.risk"


def save(browser: Client, name: str, query: str = "expiring=never", path: str = VIEWS, **more: str) -> SavedView:
    answer = browser.post(path, {"name": name, "query": query, **more})
    assert answer.status_code == 302, answer.content
    return SavedView.objects.get(pk=parse_qs(urlsplit(answer["Location"]).query)["view"][0])


def do(browser: Client, view: SavedView, what: str, path: str = VIEWS, **more: str) -> Page:
    answer = browser.post(f"{path}{view.pk}/", {"do": what, **more}, follow=True)
    return Page(answer)


def menu(page: Page) -> list[str]:
    return [link.text for link in page.all("nav", aria_label="Views of this list")[0].all("a")]


def told(desk: Desk) -> list[str]:
    events = Event.objects.filter(chain=desk.organization.pk, name__startswith="saved_view.").order_by("sequence")
    return [event.name for event in events]


@pytest.mark.parametrize("key", BUILT_IN)
def test_a_built_in_view_says_what_the_filter_understands(key: str) -> None:
    _, query = BUILT_IN[key]
    filters = TokenListForm(QueryDict(query)).filters()
    assert filters.narrowed()
    assert sorted(kept(query, None).replace(f"&{FIRST}", "").split("&")) == sorted(query.split("&"))


def test_built_in_views_stand_where_a_new_owner_looks_first(desk: Desk) -> None:
    grant = desk.grant(name="endless", login=MEMBER, expires_in_days=None)
    page = get(desk.browser, TOKENS)
    assert menu(page)[: len(BUILT_IN)] == [name for name, _ in BUILT_IN.values()]
    link = page.all("a", href=f"{TOKENS}?expiring=never&view=never-expire")[0]
    shown = Page(desk.browser.get(link.attributes["href"]))
    assert "endless" in shown.names
    assert "View: Never expire" in shown.text
    assert "Save changes" not in shown.text
    assert grant.token.expires_at is None


@pytest.mark.database
def test_a_view_keeps_filter_order_and_columns_and_its_address_shows_them(desk: Desk) -> None:
    desk.grant(login=MEMBER, expires_in_days=None)
    form = get(desk.browser, f"{VIEWS}new/", expiring="never", sort="risk", columns="may.granted", cursor="x", junk="y")
    sent = {name: value[-1] for name, value in form.form(VIEWS).items()}
    assert sent["query"] == "sort=risk&expiring=never&columns=may.granted"
    answer = desk.browser.post(VIEWS, {**sent, "name": "Endless"})
    view = SavedView.objects.get()
    assert answer["Location"] == f"{TOKENS}?sort=risk&expiring=never&columns=may.granted&view={view.pk}"
    page = Page(desk.browser.get(answer["Location"]))
    assert "View: Endless" in page.text
    assert [head.text for head in page.all("th", scope="col")] == ["Token", "May", "Granted"]
    assert page.all("select", name="expiring")[0].all("option", selected="*")[0].attributes["value"] == "never"


def test_the_list_tells_whether_it_shows_something_else_by_now_and_saves_that(desk: Desk) -> None:
    view = save(desk.browser, "Endless")
    same = get(desk.browser, TOKENS, expiring="never", view=str(view.pk), q="", columns="risk.may.on.used.ends")
    assert "changed" not in same.all("div", class_="ListTools")[0].text
    page = get(desk.browser, TOKENS, expiring="never", risk="3", view=str(view.pk))
    assert "changed" in page.all("div", class_="ListTools")[0].text
    sent = page.form(f"{VIEWS}{view.pk}/")
    desk.browser.post(f"{VIEWS}{view.pk}/", {name: value[-1] for name, value in sent.items()})
    view.refresh_from_db()
    assert view.query == f"risk=3&expiring=never&{FIRST}"


def test_other_columns_than_the_views_are_a_change_of_it(desk: Desk) -> None:
    view = save(desk.browser, "Endless")
    page = get(desk.browser, TOKENS, expiring="never", columns="risk", view=str(view.pk))
    assert "changed" in page.all("div", class_="ListTools")[0].text


def test_a_view_of_ones_own_is_on_every_list_and_nobody_elses(desk: Desk) -> None:
    view = save(desk.browser, "Mine", path=ALL, query=f"organization={ORGANIZATION}&unused=never")
    assert "Mine" in menu(get(desk.browser, TOKENS))
    assert "Mine" in menu(get(desk.browser, "/tokens/"))
    second = sign_in(Client(), SECOND_OWNER)
    page = get(second, TOKENS, unused="never", view=str(view.pk))
    assert "Mine" not in page.source
    assert second.post(f"{VIEWS}{view.pk}/", {"do": "delete"}).status_code == 404
    assert SavedView.objects.filter(pk=view.pk).exists()
    assert told(desk) == []


def test_a_view_handed_to_a_colleague_shows_them_the_same_tokens(desk: Desk) -> None:
    desk.grant(name="endless", login=MEMBER, expires_in_days=None)
    answer = desk.browser.post(VIEWS, {"name": "Endless", "query": "expiring=never&q=endless"})
    assert Page(sign_in(Client(), SECOND_OWNER).get(answer["Location"])).names == ["endless"]


def test_what_is_shared_is_every_owners_and_the_record_tells_who_did_what(desk: Desk) -> None:
    view = save(desk.browser, "Endless", share="on")
    second = sign_in(Client(), SECOND_OWNER)
    assert "Endless" in menu(get(second, TOKENS))
    assert "Endless" not in menu(get(second, "/tokens/"))
    assert "Endless" not in menu(get(desk.browser, f"/orgs/{OTHER_ORGANIZATION}/tokens/"))
    assert "The view is called Without end now." in do(second, view, "rename", name="Without end").text
    do(second, view, "change", query="unused=never")
    do(second, view, "unshare")
    assert "Without end" not in menu(get(second, TOKENS)), "it is its maker's alone again"
    assert "Without end" in menu(get(desk.browser, "/tokens/"))
    do(desk.browser, view, "share")
    do(second, view, "delete")
    assert not SavedView.objects.exists()
    assert told(desk) == [
        f"saved_view.{one}" for one in ("shared", "changed", "changed", "unshared", "shared", "deleted")
    ]
    renamed = Event.objects.filter(name="saved_view.changed").order_by("sequence")[0]
    assert (renamed.actor_login, renamed.data["view"]) == (SECOND_OWNER, "Without end")
    assert renamed.data["before"].startswith("Endless: ")


def test_who_owns_it_no_more_cannot_touch_what_is_shared(desk: Desk) -> None:
    view = save(desk.browser, "Endless", share="on")
    second = sign_in(Client(), SECOND_OWNER)
    desk.github.change("roles", organization=ORGANIZATION, login=SECOND_OWNER, role="member")
    with clock.moved(timedelta(seconds=90)):  # younger than that nobody is asked again
        assert do(second, view, "delete").status == 403
    for login, status in ((OUTSIDER, 404), (MEMBER, 403)):
        browser = sign_in(Client(), login)
        assert browser.get(VIEWS).status_code == status
        assert browser.post(f"{VIEWS}{view.pk}/", {"do": "delete"}).status_code == status
    assert desk.browser.post(f"/orgs/{OTHER_ORGANIZATION}/tokens/views/{view.pk}/", {"do": "delete"}).status_code == 404
    assert SavedView.objects.filter(pk=view.pk).exists()


@pytest.mark.database
def test_a_name_is_taken_once_in_its_place(desk: Desk) -> None:
    first = save(desk.browser, "Endless")
    answer = desk.browser.post(VIEWS, {"name": "endless", "query": ""})
    assert answer.status_code == 409
    assert "There is a view of yours with that name already." in Page(answer).text
    save(desk.browser, "Endless", share="on")
    assert f"There is a view shared in {ORGANIZATION} with that name" in do(desk.browser, first, "share").text
    save(sign_in(Client(), SECOND_OWNER), "Endless")
    assert SavedView.objects.count() == 3


@pytest.mark.parametrize("name", ["", "   ", "x" * 61])
def test_a_view_without_a_proper_name_is_not_kept(desk: Desk, name: str) -> None:
    assert desk.browser.post(VIEWS, {"name": name, "query": ""}).status_code in {409, 422}
    assert not SavedView.objects.exists()


def test_there_is_an_end_to_the_number_of_views(desk: Desk) -> None:
    for number in range(50):
        services.save_view(user=desk.user, name=str(number), query="")
    answer = desk.browser.post(VIEWS, {"name": "one more", "query": ""})
    assert "There are 50 views already" in Page(answer).text


def test_what_makes_no_sense_is_not_kept(desk: Desk) -> None:
    view = save(
        desk.browser, "Nonsense", query="expiring=soon&risk=<b>&columns=secrets&view=9&next=//evil&unused=never"
    )
    assert view.query == f"unused=never&{FIRST}"
    do(desk.browser, view, "explode")
    assert SavedView.objects.count() == 1


def test_a_strangers_name_of_a_view_is_text(desk: Desk) -> None:
    hostile = '<img src=x onerror=alert(1)>"{{7}}'
    view = save(desk.browser, hostile, share="on")
    for path in (TOKENS, VIEWS, f"{TOKENS}?view={view.pk}"):
        page = get(sign_in(Client(), SECOND_OWNER), path)
        assert page.fault == ""
        assert hostile in page.text
        assert not page.all("img", src="x")


@pytest.mark.parametrize("key", ["99999999999999999999999", "-1", "none", "a'b", "x" * 500])
def test_a_view_that_is_not_there_leaves_the_filter(desk: Desk, key: str) -> None:
    page = get(desk.browser, TOKENS, expiring="never", view=key)
    assert page.status == 200
    assert "View:" not in page.all("div", class_="ListTools")[0].text


# --- columns -----------------------------------------------------------------------------------------------


def headings(page: Page) -> list[str]:
    return [head.text for head in page.all("th", scope="col")]


def test_a_person_chooses_columns_for_all_their_lists(desk: Desk) -> None:
    page = get(desk.browser, TOKENS)
    assert page.form(f"{TOKENS}columns/")["columns"] == list(columns.FIRST)
    answer = desk.browser.post(f"{TOKENS}columns/", {"columns": ["id", "risk"], "next": f"{TOKENS}?risk=1&columns=may"})
    assert answer["Location"] == f"{TOKENS}?risk=1"
    assert headings(Page(desk.browser.get(answer["Location"]))) == ["Token", "Risk", "Token ID"]
    assert headings(get(desk.browser, "/tokens/")) == ["Token", "Organization", "Risk", "Token ID"]
    assert headings(get(sign_in(Client(), SECOND_OWNER), TOKENS))[1:] == ["May", "On", "Last used", "Ends", "Risk"]


def test_columns_chosen_while_a_view_is_shown_stand_in_its_address(desk: Desk) -> None:
    desk.grant(login=MEMBER, expires_in_days=None)
    view = save(desk.browser, "Endless")
    back = f"{TOKENS}?expiring=never&{FIRST}&view={view.pk}"
    answer = desk.browser.post(f"{TOKENS}columns/", {"columns": ["risk"], "next": back})
    assert answer["Location"] == f"{TOKENS}?expiring=never&view={view.pk}&columns=risk"
    assert headings(Page(desk.browser.get(answer["Location"]))) == ["Token", "Risk"]


def test_no_column_at_all_is_a_choice_too(desk: Desk) -> None:
    desk.browser.post(f"{TOKENS}columns/", {"next": TOKENS})
    assert headings(get(desk.browser, TOKENS)) == ["Token"]


def test_a_column_that_is_not_there_is_not_chosen(desk: Desk) -> None:
    answer = desk.browser.post(f"{TOKENS}columns/", {"columns": ["secrets"], "next": "//evil.example"}, follow=True)
    assert answer.redirect_chain[0][0] == TOKENS
    assert "There is no such column." in Page(answer).text
    assert headings(get(desk.browser, TOKENS))[1:] == ["May", "On", "Last used", "Ends", "Risk"]


@given(st.text(max_size=40) | st.lists(st.sampled_from([*columns.COLUMNS, "x", ""])).map(".".join))
def test_columns_of_an_address_are_columns_or_nothing(text: str) -> None:
    found = columns.read(text)
    assert found is None or (set(found) <= set(columns.COLUMNS) and columns.read(columns.said(found)) == found)


@pytest.mark.parametrize("path", [f"{TOKENS}columns/", "/tokens/columns/"])
def test_choosing_columns_is_a_post(desk: Desk, path: str) -> None:
    assert desk.browser.get(path).status_code == 405
