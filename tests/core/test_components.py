"""The parts of pages: what they say, and that a stranger's words stay words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django import forms
from django.contrib.messages import constants
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory

from apps.core import clock, icons
from apps.core.paging import Page
from apps.core.widgets import PlainHiddenInput, PlainInput

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    '<b hx-post="/orgs/acme/requests/1/approve/">x</b>',
    "' autofocus onfocus='alert(1)",
    "{{ settings.SECRET_KEY }}{% load static %}",
    "</blockquote><dialog open>",
]


@dataclass(frozen=True)
class Item:
    """A permission or a change, as pages hand them to components."""

    title: str
    level: str = "read"
    scope: str = ""
    kind: str = "changed"
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Risky:
    """A level of risk."""

    label: str


@dataclass(frozen=True)
class Reason:
    """Why."""

    text: str


@dataclass(frozen=True)
class Said:
    """What a token may do, and how much harm."""

    changes: str
    reads: str
    risk: Risky
    reasons: list[Reason]


class PlainForm(forms.Form):
    """Fields that are written without a template."""

    field = forms.CharField(widget=PlainInput)
    unseen = forms.CharField(widget=PlainHiddenInput)


class Shape(HTMLParser):
    """The elements and attribute names of some HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(sorted(name for name, _ in attrs))))


def render(source: str, **context: Any) -> str:
    return Template("{% load components patrol %}" + source).render(Context(context))


WORDS_OF_STRANGERS = {
    "avatar": "{% avatar words words 40 %}",
    "person": '{% person words words "/people/1/" %}',
    "label": '{% label words "danger" "key" title=words %}',
    "risk": "{% risk words %}",
    "state": "{% state words %}",
    "words": "{% words words %}",
    "flash": '{% flash words "error" %}',
    "banner": "{% banner words %}",
    "as_of_line": "{% as_of_line None source=words trouble=words %}",
    "permissions": "{% permissions items %}",
    "changes": "{% changes items %}",
    "progress": '{% progress id="p" url="/p/" label=words text=words %}',
    "dialog": '{% dialog id="d" title=words description=words %}{{ words }}{% enddialog %}',
    "list_box": '{% list_box id="l" title=words announce=words trouble=words %}{{ words }}{% endlist_box %}',
    "blankslate": "{% blankslate title=words action_url=words action=words %}{{ words }}{% endblankslate %}",
    "timeline_item": '{% timeline_item icon="key" actor=words %}{{ words }}{% endtimeline_item %}',
    "bulk_bar": '{% bulk_bar id="b" action=words %}{{ words }}{% endbulk_bar %}',
    "told": "{{ words|told }}",
    "access_summary": "{% access_summary said %}",
    "risk_reasons": "{% risk_reasons said %}",
    "control": "{{ form.field|control }}{{ form.unseen }}",
}


@pytest.mark.parametrize("name", WORDS_OF_STRANGERS)
@pytest.mark.parametrize("words", HOSTILE)
def test_words_of_strangers_add_no_element_and_no_attribute(name: str, words: str) -> None:
    def shape(text: str) -> list[tuple[str, tuple[str, ...]]]:
        items = [Item(text, level=text, scope=text, kind=text, before=text, after=text)]
        said = Said(text, text, risk=Risky(text), reasons=[Reason(text)])
        form = PlainForm({"field": text, "unseen": text})
        return Shape(render(WORDS_OF_STRANGERS[name], words=text, items=items, said=said, form=form)).found

    assert shape(words) == shape("harmless")


def test_words_of_strangers_are_dead_to_htmx() -> None:
    assert "hx-disable" in render("{% words words %}", words="because")


@pytest.mark.parametrize(
    ("words", "html"),
    [
        ("run `manage.py sync a`, then wait", "run <code>manage.py sync a</code>, then wait"),
        ("`a` and `b`", "<code>a</code> and <code>b</code>"),
        ("see `<b>`", "see <code>&lt;b&gt;</code>"),
        ("a ` alone <i>", "a ` alone &lt;i&gt;"),
        (
            "At https://a.example: `b`",
            'At <a href="https://a.example" rel="nofollow">https://a.example</a>: <code>b</code>',
        ),
        ("`https://a.example`", "<code>https://a.example</code>"),
        ("", ""),
    ],
)
def test_what_a_command_prints_between_backticks_is_code_on_a_page(words: str, html: str) -> None:
    assert render("{{ words|told }}", words=words) == html


def test_a_part_does_not_see_the_variables_of_its_page() -> None:
    assert "leak" not in render(
        '{% label "x" %}{% blankslate title="t" %}{% endblankslate %}', title="leak", icon="leak"
    )


def test_a_block_keeps_the_variables_of_its_page() -> None:
    html = render('{% dialog id="d" title="Deny" %}{{ reason }}{% enddialog %}', reason="too wide")
    assert "too wide" in html
    assert 'aria-labelledby="d-title"' in html


def test_forms_in_parts_carry_the_csrf_token() -> None:
    html = render(
        '{% bulk_bar id="b" action="/x/" %}{% endbulk_bar %}{% as_of_line None refresh_url="/y/" %}', csrf_token="t0k"
    )
    assert html.count('value="t0k"') == 2


def test_write_and_admin_are_bold_and_read_is_not() -> None:
    html = render(
        "{% permissions items %}",
        items=[Item("Administer", "admin"), Item("Write code", "write"), Item("Read metadata", "read")],
    )
    bold = html.split('text-bold">')[1:]
    assert [text.split("<")[0] for text in bold] == ["Administer", "Write code"]
    assert "Level--read" in html


def test_a_token_without_permissions_is_said_to_have_none() -> None:
    assert "No permissions" in render("{% permissions items %}", items=[])


def test_a_change_says_in_words_what_happened() -> None:
    html = render("{% changes items %}", items=[Item("Issues", kind="upgraded", before="read", after="write")])
    assert "Upgraded" in html
    assert "<del>read</del>" in html
    assert "<ins>write</ins>" in html


def test_an_avatar_of_a_host_the_policy_refuses_is_initials(settings: Any) -> None:
    settings.GITHUB_AVATAR_HOSTS = ["https://avatars.example"]
    allowed = render("{% avatar 'second-owner' url %}", url="https://avatars.example/u/1")
    refused = render("{% avatar 'second-owner' url %}", url="https://elsewhere.example/u/1")
    assert 'src="https://avatars.example/u/1"' in allowed
    assert "<img" not in refused
    assert ">SO<" in refused


def test_an_unknown_icon_fails_the_page() -> None:
    with pytest.raises(icons.UnknownIconError):
        render('{% octicon "no-such-icon" %}')


def test_an_unknown_argument_fails_the_page() -> None:
    with pytest.raises(TemplateSyntaxError):
        render('{% label "x" colour="red" %}')


def test_an_icon_without_a_name_is_hidden_and_one_with_a_name_is_read() -> None:
    assert 'aria-hidden="true"' in render('{% octicon "check" %}')
    assert 'role="img" aria-label="Locked"' in render('{% octicon "lock" label="Locked" %}')


def test_a_time_carries_the_instant_and_the_utc_title() -> None:
    html = render("{% since when %}", when=clock.now() - timedelta(hours=3, minutes=1))
    assert ">3 hours ago</time>" in html
    assert 'data-time="relative"' in html
    assert " UTC" in html.split('title="')[1].split('"')[0]


def test_no_instant_is_said_and_not_left_empty() -> None:
    assert render("{% since None none='never used' %}") == "never used"
    assert "GitHub was not read yet" in render("{% as_of None %}")


def test_what_cannot_be_read_says_because_and_when_it_last_could() -> None:
    html = render("{% as_of_line when trouble='GitHub answered 502' %}", when=datetime(2026, 1, 2, tzinfo=UTC))
    assert "Not available, because GitHub answered 502" in html
    assert "Jan 2, 2026" in html


def test_progress_asks_again_until_it_is_finished() -> None:
    running = render('{% progress id="p" url="/sync/" label="Reading" done=2 total=5 %}')
    finished = render('{% progress id="p" url="/sync/" label="Reading" finished=True text="812 tokens" %}')
    assert 'hx-trigger="every 1s"' in running
    assert 'value="2" max="5"' in running
    assert "hx-get" not in finished
    assert 'data-announce="Reading: 812 tokens"' in finished


def test_pages_keep_the_filters_of_the_address() -> None:
    request = RequestFactory().get("/orgs/acme/requests/", {"owner": "member", "cursor": "old"})
    page: Page[Any] = Page(rows=[], next_cursor="new", previous_cursor=None)
    html = render('{% pagination page target="requests" %}', request=request, page=page)
    assert 'href="?owner=member&amp;cursor=new"' in html
    assert 'aria-disabled="true">Previous' in html


class Reasons(forms.Form):
    """A form with the kinds of fields pages use."""

    reason = forms.CharField(widget=forms.Textarea, help_text="GitHub shows it to the token owner.")
    sure = forms.BooleanField()
    mode = forms.ChoiceField(choices=[("a", "Required"), ("b", "Not required")], widget=forms.RadioSelect)


def test_a_wrong_field_says_what_is_wrong_and_ties_it_to_the_control() -> None:
    form = Reasons({})
    html = render("{% field form.reason %}", form=form)
    assert "This field is required." in html
    assert 'aria-invalid="true"' in html
    for name in html.split('aria-describedby="')[1].split('"')[0].split():
        assert f'id="{name}"' in html


def test_a_right_field_shows_no_error() -> None:
    html = render("{% field form.reason %}{% field form.sure %}{% field form.mode %}", form=Reasons({"reason": "x"}))
    assert html.count("This field is required.") == 2
    assert "FormControl-error" not in html.split("FormControl-checkbox-wrap")[0]


@pytest.mark.parametrize(
    ("level", "role"), [(constants.ERROR, "alert"), (constants.SUCCESS, "status"), (constants.INFO, "status")]
)
def test_an_error_interrupts_a_reader_and_a_success_waits(level: int, role: str) -> None:
    tag: Callable[[int], str] = constants.DEFAULT_TAGS.__getitem__
    assert f'role="{role}"' in render("{% flash 'x' level %}", level=tag(level))
