"""How pages behave: keys, selection, dialogs, times, focus, answers that do not come. In Chromium, under the policy."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from apps.core import clock
from tests.browser.stage import ORIGIN, Stage, page_of, part_of, staged

pytestmark = pytest.mark.browser


ROWS = """
{% list_box id="requests" title="Pending" count=3 dated=False select_all=True announce=said %}
  <ul class="Rows">{% for id in ids %}
    <li class="Row" id="request-{{ id }}" data-row>
      <label class="Row-select">
        <input type="checkbox" name="selected" value="{{ id }}" form="bulk" data-select>
        <span class="sr-only">Select {{ id }}</span>
      </label>
      <h3 class="Row-title"><a href="/requests/{{ id }}/" data-row-open>Token {{ id }}</a></h3>
      <div class="Row-end">
        <a class="btn btn-sm" href="/requests/{{ id }}/deny/" data-shortcut="d"
           data-dialog-open="page-dialog" data-dialog-title="Deny {{ id }}"
           hx-get="/requests/{{ id }}/deny/" hx-target="#page-dialog-body">Deny</a>
        <form method="post" action="/requests/{{ id }}/approve/">{% csrf_token %}
          <button class="btn btn-sm" data-shortcut="a" name="decision" value="approve">Approve</button>
        </form>
      </div>
    </li>{% endfor %}
  </ul>
{% endlist_box %}"""
LIST = f"""{{% block content %}}
<form method="get" role="search"><input type="search" aria-label="Filter" data-filter-input id="q"></form>
<button hx-get="/rows/" hx-target="#requests" hx-swap="outerHTML">Reload</button>
{ROWS}
{{% bulk_bar id="bulk" action="/bulk/" %}}
  <button class="btn" name="decision" value="approve" data-shortcut="a">Approve</button>
{{% endbulk_bar %}}
{{% endblock %}}"""
DENY = """<form method="post" action="/requests/1/deny/">
<label>Reason <textarea name="reason"></textarea></label><button>Deny</button>
</form>"""


@pytest.fixture
def stage(chromium: Browser) -> Iterator[Stage]:
    with staged(chromium, timezone_id="Asia/Tokyo") as stage:
        stage.answers = {
            "/": lambda: (200, page_of(LIST, ids=[1, 2, 3], said="")),
            "/rows/": lambda: (200, part_of(ROWS, ids=[1, 3], said="2 requests")),
            "/requests/1/deny/": lambda: (200, DENY),
            "/bulk/": lambda: (200, page_of("{% block content %}Done{% endblock %}")),
            "/requests/2/": lambda: (200, page_of("{% block content %}Second{% endblock %}")),
            "/requests/1/approve/": lambda: (200, page_of("{% block content %}Done{% endblock %}")),
        }
        yield stage
        assert stage.troubles == []


def current(page: Page) -> str | None:
    return page.locator("[data-row].is-current").get_attribute("id")


def test_j_and_k_move_the_focus_from_row_to_row_and_stop_at_the_ends(stage: Stage) -> None:
    page = stage.open()
    for key, row in [("j", 1), ("j", 2), ("j", 3), ("j", 3), ("k", 2)]:
        page.keyboard.press(key)
        assert current(page) == f"request-{row}"
        expect(page.get_by_role("link", name=f"Token {row}")).to_be_focused()


def test_o_and_enter_open_the_current_row(stage: Stage) -> None:
    for key in ("o", "Enter"):
        page = stage.open()
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press(key)
        page.wait_for_url("**/requests/2/")


def test_a_approves_the_current_row_and_nothing_without_one(stage: Stage) -> None:
    page = stage.open()
    page.keyboard.press("a")
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.wait_for_url("**/approve/")
    assert stage.posts == [("/requests/1/approve/", {"csrfmiddlewaretoken": ["t0k"], "decision": ["approve"]})]


def test_a_means_the_selection_when_there_is_one(stage: Stage) -> None:
    page = stage.open()
    for key in "jxjx":
        page.keyboard.press(key)
    page.keyboard.press("a")
    page.wait_for_url("**/bulk/")
    assert stage.posts[0][1] == {"csrfmiddlewaretoken": ["t0k"], "selected": ["1", "2"], "decision": ["approve"]}


def test_the_bulk_bar_shows_while_something_is_selected_and_counts_it(stage: Stage) -> None:
    page = stage.open()
    bar = page.get_by_role("region", name="Selected rows")
    expect(bar).to_be_hidden()
    page.get_by_label("Select all on this page").check()
    expect(bar).to_contain_text("3 selected")
    page.get_by_label("Select 2").uncheck()
    expect(bar).to_contain_text("2 selected")
    assert page.get_by_label("Select all on this page").evaluate("box => box.indeterminate") is True
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()


def test_shift_click_selects_the_range_between(stage: Stage) -> None:
    page = stage.open()
    page.get_by_label("Select 1", exact=True).click()
    page.get_by_label("Select 3").click(modifiers=["Shift"])
    expect(page.get_by_role("region", name="Selected rows")).to_contain_text("3 selected")


def test_no_key_acts_while_typing_or_with_a_modifier(stage: Stage) -> None:
    page = stage.open()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("jxad?")
    assert page.locator("#q").input_value() == "jxad?"
    page.keyboard.press("Escape")
    page.keyboard.press("Control+j")
    page.keyboard.press("Alt+a")
    assert page.locator("[data-row].is-current").count() == 0
    assert stage.posts == []


def test_question_mark_opens_the_keys_and_escape_closes_them(stage: Stage) -> None:
    page = stage.open()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("j")
    assert page.locator("[data-row].is-current").count() == 0
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()


def test_d_opens_the_page_of_a_decision_as_a_dialog(stage: Stage) -> None:
    page = stage.open()
    page.keyboard.press("j")
    page.keyboard.press("d")
    dialog = page.get_by_role("dialog", name="Deny 1")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    assert page.url == ORIGIN + "/"


def test_focus_and_row_stay_after_a_swap_and_the_swap_is_said(stage: Stage) -> None:
    page = stage.open()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.evaluate("htmx.ajax('GET', '/rows/', {target: '#requests', swap: 'outerHTML'})")
    expect(page.locator("#announcer")).to_have_text("2 requests")
    assert current(page) == "request-3", "the second row is gone; the row in its place is current"
    expect(page.get_by_role("link", name="Token 3")).to_be_focused()


def test_times_are_shown_in_the_zone_of_the_reader_with_the_utc_title(stage: Stage) -> None:
    when = clock.now() - timedelta(hours=3, minutes=1)
    source = "{% block content %}<p id=a>{% since when %}</p><p id=b>{% moment when %}</p>{% endblock %}"
    stage.answers["/"] = lambda: (200, page_of(source, when=when))
    page = stage.open()
    expect(page.locator("#a time")).to_have_text("3 hours ago")
    expect(page.locator("#b time")).to_contain_text("GMT+9")
    assert "UTC" in (page.locator("#b time").get_attribute("title") or "")
    assert "UTC" in (page.locator("#a time").get_attribute("title") or "")


def test_a_second_click_is_not_a_second_decision(stage: Stage) -> None:
    page = stage.open()
    page.evaluate(
        """() => {
          const form = document.querySelector("#request-1 form"), button = form.querySelector("button");
          window.heard = 0;
          form.addEventListener("submit", (event) => { event.preventDefault(); window.heard += 1; });
          form.requestSubmit(button);
          form.requestSubmit(button);
        }"""
    )
    assert page.evaluate("window.heard") == 1
    button = page.locator("#request-1").get_by_role("button", name="Approve")
    expect(button).to_be_disabled()
    expect(button).to_have_attribute("aria-busy", "true")


def test_a_page_back_from_the_memory_of_the_browser_is_not_busy(stage: Stage) -> None:
    page = stage.open()
    page.evaluate("document.querySelector('#request-1 form').addEventListener('submit', (e) => e.preventDefault())")
    button = page.locator("#request-1").get_by_role("button", name="Approve")
    button.click()
    expect(button).to_be_disabled()
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(button).to_be_enabled()


def test_an_answer_that_fails_is_said_and_not_taken_for_success(stage: Stage) -> None:
    stage.answers["/rows/"] = lambda: (500, "oops")
    page = stage.open()
    page.get_by_role("button", name="Reload").click()
    expect(page.get_by_role("alert")).to_contain_text("Patrol could not do this (500)")
    expect(page.locator("#requests [data-row]")).to_have_count(3)


def test_an_injected_htmx_attribute_in_words_of_strangers_does_nothing(stage: Stage) -> None:
    source = "{% block content %}{% words text %}{% endblock %}"
    stage.answers["/"] = lambda: (
        200,
        page_of(source, text='<b hx-post="/requests/1/approve/" hx-trigger="load">x</b>'),
    )
    page = stage.open()
    expect(page.locator("blockquote")).to_contain_text("hx-post")
    page.wait_for_timeout(200)
    assert stage.posts == []


def test_the_colour_mode_is_kept_in_a_cookie_that_the_server_reads(stage: Stage) -> None:
    page = stage.open()
    page.get_by_role("button", name="Dark").click()
    assert page.locator("html").get_attribute("data-color-mode") == "dark"
    assert {"patrol-color-mode": "dark"}.items() <= {c["name"]: c["value"] for c in page.context.cookies()}.items()


def test_without_javascript_rows_open_forms_decide_and_the_bar_is_there(chromium: Browser) -> None:
    with staged(chromium, java_script_enabled=False) as stage:
        stage.answers = {
            "/": lambda: (200, page_of(LIST, ids=[1, 2], said="")),
            "/bulk/": lambda: (200, page_of("{% block content %}Done{% endblock %}")),
            "/requests/2/": lambda: (200, page_of("{% block content %}Second{% endblock %}")),
        }
        page = stage.open()
        page.get_by_role("link", name="Token 2").click()
        page.wait_for_url("**/requests/2/")
        page = stage.open()
        page.get_by_label("Select 1").check()
        page.get_by_role("region", name="Selected rows").get_by_role("button", name="Approve").click()
        page.wait_for_url("**/bulk/")
        assert stage.posts == [("/bulk/", {"csrfmiddlewaretoken": ["t0k"], "selected": ["1"], "decision": ["approve"]})]
