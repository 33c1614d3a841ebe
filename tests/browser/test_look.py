"""Every component, light and dark, wide and narrow: readable for everybody, and never wider than the window."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django import forms
from playwright.sync_api import Browser

from apps.core import clock
from apps.core.paging import Page
from tests.browser.axe import grave_violations, overflows
from tests.browser.stage import page_of, staged

pytestmark = pytest.mark.browser


EVERYTHING = """
{% block banner %}{% banner since=when %}{% endblock %}
{% block heading %}
  <div class="PageHead"><h1>{{ long }}</h1>{% state "pending" %}
    <div class="PageHead-actions"><a class="btn btn-danger" href="/d/">Deny</a></div>
    <p class="PageHead-note">{% person "mira-kowalski" url="/m/" %} asked {% since when %}</p></div>
{% endblock %}
{% block content %}
  {% flash "Saved." "success" %}{% flash "Refused." "error" "/x/" "Look" %}{% flash long "warning" %}
  {% flash "Reading." %}
  {% filter_bar filters target="rows" clear_url="/" %}
  <div class="Columns"><div>
    <p>{% for name in states %}{% state name %} {% state name small=True %} {% endfor %}</p>
    <p>{% for name in risks %}{% risk name %} {% endfor %}</p>
    <p>{% for name in tones %}{% label name name "key" %} {% endfor %}</p>
    <p>{% for name in people %}{% person name %} {% avatar name size=48 square=True %} {% endfor %}</p>
    {% permissions items %}{% changes items %}{% words long %}
    {% progress id="p" url="/p/" label="Reading" done=2 total=5 %}{% as_of_line when trouble="GitHub answered 502" %}
    {% list_box id="rows" title="Pending" count=12 when=when page=page select_all=True refresh_url="/r/" %}
      <ul class="Rows"><li class="Row" data-row>
        <label class="Row-select"><input type="checkbox" data-select><span class="sr-only">Select</span></label>
        <div class="Row-body"><h3 class="Row-title"><a href="/1/" data-row-open>{{ long }}</a></h3>
          <div class="Row-meta">{% person "mira-kowalski" %} <span>asked {% since when %}</span></div></div>
        <div class="Row-end">{% risk "high" %}<button class="btn btn-sm" type="button">Deny</button></div></li></ul>
    {% endlist_box %}
    {% field form.reason %}{% field form.days optional=True %}{% field form.sure %}{% field form.mode %}
  </div><aside aria-label="Facts"><ol class="Timeline">
    {% timeline_item icon="check" actor="owner" tone="success" when=when %}
      approved <a href="/1/">it</a>
    {% endtimeline_item %}
  </ol></aside></div>
  {% list_box id="tokens" title="Tokens" count=1 when=when %}
    <table class="DataTable">
      <thead><tr><th scope="col">Token</th><th scope="col">Owner</th><th scope="col">Used</th></tr></thead>
      <tbody><tr><td data-title><a href="/1/">{{ long }}</a></td><td data-label="Owner">{% person people.2 %}</td>
        <td data-label="Used">{% since when %}</td></tr></tbody></table>
  {% endlist_box %}
  {% blankslate title="Nothing waits for you" action_url="/x/" action="See tokens" %}
    <p>Nobody asked.</p>
  {% endblankslate %}
{% endblock %}"""


STATES = [
    "pending", "approved", "denied", "cancelled", "active", "expired", "revoked", "gone", "sending", "sent",
    "confirmed", "unknown", "refused", "superseded", "needs_sign_in",
]  # fmt: skip


@dataclass(frozen=True)
class Item:
    """A permission and a change in one."""

    title: str
    level: str
    kind: str
    scope: str = "repository"
    before: str = "read"
    after: str = "write"


class Filters(forms.Form):
    """What a list is filtered by."""

    q = forms.CharField(label="Search", required=False)
    owner = forms.ChoiceField(choices=[("", "Anyone"), ("1", "mira-kowalski")], required=False)
    risk = forms.ChoiceField(choices=[("", "Any")], required=False)


class Settings(forms.Form):
    """One field of each kind, each wrong."""

    reason = forms.CharField(widget=forms.Textarea)
    days = forms.IntegerField(help_text="At most 366.")
    sure = forms.BooleanField(help_text="SSH keys go on working.")
    mode = forms.ChoiceField(choices=[("a", "Required"), ("b", "Not required")], widget=forms.RadioSelect)


def everything() -> dict[str, Any]:
    kinds = [("admin", "added"), ("write", "upgraded"), ("read", "removed"), ("read", "downgraded")]
    return {
        "when": clock.now() - timedelta(minutes=47),
        "long": "deploy-" * 30 + " and more words",
        "states": STATES,
        "risks": ["low", "medium", "high", "critical"],
        "tones": ["secondary", "accent", "success", "attention", "severe", "danger", "done"],
        "people": ["jdoe", "second-owner", "a-login-of-thirty-nine-characters-which"],
        "items": [Item(f"Read and write {kind}", level, kind) for level, kind in kinds],
        "form": Settings({}),
        "filters": Filters({}),
        "page": Page(rows=[], next_cursor="n", previous_cursor="p"),
    }


@pytest.mark.parametrize("width", [1280, 390, 320])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_component_is_readable_and_fits(chromium: Browser, scheme: str, width: int) -> None:
    with staged(chromium, color_scheme=scheme, viewport={"width": width, "height": 900}) as stage:
        stage.answers = {"/": lambda: (200, page_of(EVERYTHING, **everything()))}
        page = stage.open()
        assert grave_violations(page) == []
        assert not overflows(page)
        page.keyboard.press("?")
        assert grave_violations(page) == []
        assert stage.troubles == []


def test_axe_sees_what_it_should(chromium: Browser) -> None:
    with staged(chromium) as stage:
        stage.answers = {
            "/": lambda: (200, page_of("{% block content %}<img src='/static/img/patrol.svg'>{% endblock %}"))
        }
        assert any(line.startswith("image-alt") for line in grave_violations(stage.open()))
