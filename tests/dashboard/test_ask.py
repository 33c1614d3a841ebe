"""Ask before you ask, as a page: what is pasted is answered, and neither shown, kept nor told to anybody."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.audit.models import Event
from apps.core import clock
from apps.github.models import Organization
from apps.policy.catalogue import CATALOGUE
from apps.tokens.models import StatedPolicy
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER, OWNER
from tests.policy.pasted import SECRET, TWENTY
from tests.tokens.pages import Element, Page

pytestmark = pytest.mark.database
Browse = Callable[[str], Client]
ASK = "/my/ask/"


def asked(client: Client, commands: str, **fields: Any) -> Page:
    page = Page(client.post(ASK, {"commands": commands, "organization": "", "name": "", "days": "", **fields}))
    assert page.fault == ""
    return page


def box(page: Page, name: str) -> Element:
    """The part of the answer with that id of its heading."""
    (found,) = page.all("section", aria_labelledby=name)
    return found


def form_link(page: Page) -> str:
    (link,) = [one for one in page.all("a") if "Open GitHub's form" in one.text]
    return link.attributes["href"]


def test_a_command_is_answered_in_plain_words_with_githubs_form_filled_in(browse: Browse) -> None:
    page = asked(
        browse(MEMBER),
        f"curl -d x https://api.github.com/repos/{ORGANIZATION}/payment-api/issues; gh secret set X -o {ORGANIZATION}",
    )
    assert "Read and change issues, comments, labels and milestones" in box(page, "needs").text
    link = form_link(page)
    assert f"target_name={ORGANIZATION}&expires_in=90&" in link
    assert "issues=write" in link
    assert "organization_secrets=write" in link
    assert f"Only select repositories , then {ORGANIZATION}/payment-api" in box(page, "new").text


def test_the_page_says_what_each_of_twenty_commands_needs(browse: Browse) -> None:
    client = browse(MEMBER)
    for name, pasted in TWENTY.items():
        page = asked(client, pasted.text)
        shown = [one.text.lower() for one in box(page, "needs").all("dt")]
        titles = {kind: CATALOGUE[kind] for kind in ("repository", "organization")}
        wanted = [
            f"{level} {entries[permission][1].title.lower()}{' organization' if kind == 'organization' else ''}"
            for permission, level in pasted.needs.items()
            for kind, entries in titles.items()
            if permission in entries
        ]
        assert sorted(shown) == sorted(wanted), name
        assert ("No fine-grained token can call this" in page.text) == bool(pasted.impossible), name
        assert SECRET not in page.source


def test_the_organization_is_the_one_that_owns_the_repository_or_the_one_chosen(browse: Browse) -> None:
    client = browse(MEMBER)
    command = f"gh pr list -R {OTHER_ORGANIZATION}/x"
    assert f"target_name={OTHER_ORGANIZATION}&" in form_link(asked(client, command))
    chosen = Organization.objects.get(login=ORGANIZATION)
    assert f"target_name={ORGANIZATION}&" in form_link(asked(client, command, organization=str(chosen.pk)))
    page = asked(client, "gh pr list -R somebody-else/x")
    assert "somebody-else is no organization of yours that uses this Patrol" in page.text
    outside = Page(client.post(ASK, {"commands": "gh pr list", "organization": "1"}))
    assert outside.status == 422


def test_no_longer_life_is_filled_in_than_an_owner_entered(browse: Browse) -> None:
    client = browse(MEMBER)
    organization = Organization.objects.get(login=ORGANIZATION)
    StatedPolicy.objects.create(
        organization=organization, fine_grained_max_days=14, stated_by_login=OWNER, stated_at=clock.now()
    )
    command = f"gh pr list -R {ORGANIZATION}/x"
    assert "expires_in=14&" in form_link(asked(client, command))
    assert "expires_in=14&" in form_link(asked(client, command, days="300"))
    page = asked(client, command, days="7", name="my own name")
    assert "expires_in=7&" in form_link(page)
    assert "name=my%20own%20name&" in form_link(page)
    assert "entered 14 days as the longest life" in page.text


def test_on_enterprise_server_its_addresses_are_read_and_the_steps_are_words(browse: Browse, settings: Any) -> None:
    client = browse(MEMBER)
    client.get(ASK)
    settings.GITHUB_API_URL, settings.GITHUB_WEB_URL = "https://git.example/api/v3", "https://git.example"
    page = asked(client, f"curl https://git.example/api/v3/repos/{ORGANIZATION}/x/pulls")
    assert "Open GitHub's form" not in page.text
    assert "Permissions: Pull requests (read)" in page.text
    assert "https://git.example/settings/personal-access-tokens" in page.source


def test_who_belongs_nowhere_is_answered_without_a_form(browse: Browse) -> None:
    page = asked(browse(OUTSIDER), "gh pr list -R acme-robotics/x")
    assert "Pull requests" in box(page, "needs").text
    assert "No organization of yours uses this Patrol" in page.text
    assert ORGANIZATION not in [one.text for one in page.all("option")]


def test_the_page_says_which_table_is_in_use(browse: Browse) -> None:
    page = Page(browse(MEMBER).get(ASK))
    assert "By the table built into Patrol, made of @octokit/app-permissions 2.1.0" in page.text
    assert "manage.py update_permissions" in page.text


def test_htmx_gets_the_answer_alone(browse: Browse) -> None:
    client = browse(MEMBER)
    page = Page(client.post(ASK, {"commands": "gh pr list"}, headers={"HX-Request": "true"}))
    assert page.all("html") == page.all("textarea") == []
    assert "Pull requests" in box(page, "needs").text
    empty = client.post(ASK, {"commands": ""}, headers={"HX-Request": "true"})
    assert (empty.status_code, b"Paste a command" in empty.content) == (200, True)
    assert client.post(ASK, {"commands": ""}).status_code == 422
    assert "20,000 characters" in Page(client.post(ASK, {"commands": "x" * 20_001})).text


HOSTILE = st.one_of(
    st.text(max_size=300),
    st.sampled_from(["<script>alert(1)</script>", "gh pr list -R <b>/x", "GET /repos/<b>/x", "'"]),
)
_PLACES = st.sampled_from([
    "curl -H 'Authorization: Bearer {}' https://api.github.com/repos/a/b/pulls", "GET /repos/{}/b/pulls", "{}",
    "gh secret set X --body {}", "git clone https://{}@github.com/a/b.git", "gh pr list -R a/{}", "uses: {}/x@v1",
    "curl https://api.github.com/repos/a/{}/pulls", "gh api repos/{}/{}/issues -f x={}", "run: GH_TOKEN={} gh run list",
])  # fmt: skip


def test_no_secret_that_is_pasted_is_shown_kept_or_logged(
    browse: Browse, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    client = browse(MEMBER)
    before = Event.objects.count()
    values = st.lists(st.sampled_from("abcXYZ019"), min_size=36, max_size=36).map(lambda one: "ghp_" + "".join(one))

    @given(values, _PLACES, HOSTILE)
    @settings(max_examples=25, database=None)
    def never(value: str, place: str, words: str) -> None:
        answer = client.post(ASK, {"commands": f"{place.replace('{}', value)}\n{words}", "name": value})
        assert answer.status_code in (200, 422)
        shown = answer.content.decode()
        assert value not in shown
        assert value[-20:] not in shown
        assert "<script>alert" not in shown
        told = capfd.readouterr()
        assert value not in told.out + told.err + caplog.text

    never()
    assert Event.objects.count() == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_data FROM django_session")
        assert "ghp_" not in json.dumps(cursor.fetchall())


def test_a_value_that_came_along_is_told(browse: Browse) -> None:
    page = asked(browse(MEMBER), f"curl -H 'Authorization: token {SECRET}' https://api.github.com/repos/a/b/pulls")
    assert "A token's value came along" in page.text
    assert "Pull requests" in box(page, "needs").text
