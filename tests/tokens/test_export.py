"""What the filter shows leaves as a file: whole, harmless, told to the record."""

import csv
import io
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, settings
from hypothesis import given as tried_with
from hypothesis import strategies as st

from apps.audit.models import Event
from apps.core import clock, spreadsheets
from apps.tokens.models import Grant, SyncState, Token
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OUTSIDER, OWNER
from tests.conftest import settle, sign_in
from tests.github import GitHub
from tests.tokens.desk import Desk
from tests.tokens.pages import get

CSV, JSONL = f"/orgs/{ORGANIZATION}/tokens/export.csv", f"/orgs/{ORGANIZATION}/tokens/export.jsonl"
COLUMNS = [
    "organization", "token_name", "token_id", "pat_id", "owner_id", "owner_login", "state", "permissions",
    "repository_selection", "repositories", "access_granted_at", "token_expires_at", "token_last_used_at", "risk",
    "risk_reasons", "as_of",
]  # fmt: skip
AtMost = Callable[[int], AbstractContextManager[object]]


def body(browser: Client, path: str, query: str = "") -> str:
    answer = browser.post(f"{path}?{query}")
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]


def table(browser: Client, path: str = CSV, query: str = "") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body(browser, path, query), newline="")))


def records(browser: Client, path: str = JSONL, query: str = "") -> list[dict[str, Any]]:
    return [json.loads(line) for line in body(browser, path, query).split("\n") if line]


@pytest.mark.database
def test_a_file_tells_of_each_token_what_the_list_shows(desk: Desk) -> None:
    grant = desk.grant(
        name="exported", login=MEMBER, expires_in_days=None, repository_selection="subset",
        permissions={"repository": {"contents": "write", "metadata": "read"}},
    )  # fmt: skip
    (row,) = table(desk.browser, query="q=exported")
    assert list(row) == COLUMNS
    assert row["organization"] == ORGANIZATION
    assert row["pat_id"] == str(grant.pat_id)
    assert row["token_id"] == str(grant.token.token_id)
    assert row["owner_login"] == MEMBER
    assert row["permissions"] == "repository:contents=write repository:metadata=read"
    assert row["repositories"] == grant.repositories.get().name
    assert row["token_expires_at"] == ""
    assert row["token_last_used_at"] == ""
    read_at = SyncState.objects.get(organization=desk.organization).completed_at
    assert read_at is not None
    assert row["as_of"] == read_at.isoformat().replace("+00:00", "Z")
    shown = get(desk.browser, f"/orgs/{ORGANIZATION}/tokens/", q="exported").all("tr", data_row="*")[0].text
    assert row["risk"].capitalize() in shown
    assert "never expires" in row["risk_reasons"].lower()


@pytest.mark.database
def test_both_files_tell_the_same_and_everything_the_filter_leaves(desk: Desk) -> None:
    for number in range(60):
        desk.github.grant(organization=ORGANIZATION, name=f"many-{number}", login=MEMBER)
    desk.sync()
    rows, lines = table(desk.browser, query="q=many-"), records(desk.browser, query="q=many-")
    assert len(rows) == len(lines) == 60
    assert {row["token_name"] for row in rows} == {f"many-{number}" for number in range(60)}
    assert [line["pat_id"] for line in lines] == [int(row["pat_id"]) for row in rows]
    assert [type(lines[0][name]) for name in ("permissions", "repositories", "risk_reasons")] == [dict, list, list]
    assert records(desk.browser, query="q=nothing-has-this-name") == []
    assert table(desk.browser, query="q=nothing-has-this-name") == []


def test_over_all_organizations_each_line_names_its_own(patrol: GitHub) -> None:
    patrol.grant(organization=OTHER_ORGANIZATION, name="elsewhere", login=MEMBER)
    settle()
    browser = sign_in(Client(), OWNER)
    found = records(browser, "/tokens/export.jsonl")
    assert {line["organization"] for line in found} == {ORGANIZATION, OTHER_ORGANIZATION}
    assert (
        len(found) == Grant.objects.active().filter(organization__login__in={ORGANIZATION, OTHER_ORGANIZATION}).count()
    )
    narrowed = records(browser, "/tokens/export.jsonl", f"organization={OTHER_ORGANIZATION}&q=elsewhere")
    assert [line["token_name"] for line in narrowed] == ["elsewhere"]


def test_the_record_tells_who_began_it_with_which_filter_and_how_many(patrol: GitHub) -> None:
    for organization in (ORGANIZATION, OTHER_ORGANIZATION):
        patrol.grant(organization=organization, expires_in_days=None)
    settle()
    browser = sign_in(Client(), OWNER)
    browser.post("/tokens/export.csv?expiring=never&risk=nonsense")
    told = {event.chain: event.data for event in Event.objects.filter(name="tokens.exported", actor_login=OWNER)}
    never = Grant.objects.active().filter(token__expires_at__isnull=True)
    counts = {one: never.filter(organization_id=one).count() for one in told}
    assert len(told) == 2
    assert {chain: data["count"] for chain, data in told.items()} == counts
    assert all(data["filter"] == "expiring=never" and data["format"] == "csv" for data in told.values())
    page = get(browser, f"/orgs/{ORGANIZATION}/activity/").text
    assert "began an export of tokens" in page


def test_the_files_name_says_whose_what_and_when(desk: Desk) -> None:
    day = f"{clock.now():%Y-%m-%d}"
    for path, name in (
        (CSV, f"{ORGANIZATION}-tokens-{day}.csv"),
        (f"{JSONL}?unused=never", f"{ORGANIZATION}-filtered-tokens-{day}.jsonl"),
        (f"{CSV}?unused=never&view=never-used", f"{ORGANIZATION}-never-used-{day}.csv"),
        ("/tokens/export.csv", f"all-organizations-tokens-{day}.csv"),
    ):
        assert desk.browser.post(path)["Content-Disposition"] == f'attachment; filename="{name}"'


@tried_with(name=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=30))
@example(name="=cmd|'/C calc'!A0")
@example(name="＝1+1")
@example(name="\t=1")
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_strangers_name_becomes_a_formula(desk: Desk, name: str) -> None:
    """Names are made harmless when they come in; a file does not rely on it."""
    token = Grant.objects.active().filter(organization=desk.organization).order_by("-pk")[0].token
    Token.objects.filter(pk=token.pk).update(name=name)
    found = next(row["token_name"] for row in table(desk.browser) if row["token_id"] == str(token.token_id))
    assert spreadsheets.plain(found) == name
    assert not set(found[:1]) & set("=+-@\t\r\n＝")


def test_the_first_line_comes_before_anything_is_read(desk: Desk, django_assert_max_num_queries: AtMost) -> None:
    answer = desk.browser.post(CSV)
    with django_assert_max_num_queries(0):
        assert next(iter(answer.streaming_content)).startswith(b'"organization","token_name"')  # type: ignore[attr-defined]


def test_the_queries_before_it_begins_do_not_grow(desk: Desk, django_assert_max_num_queries: AtMost) -> None:
    for number in range(30):
        desk.github.grant(organization=ORGANIZATION, name=f"one-more-{number}")
    desk.sync()
    with django_assert_max_num_queries(12):
        desk.browser.post(CSV)


def test_the_list_offers_both_files_with_its_own_filter(desk: Desk) -> None:
    page = get(desk.browser, f"/orgs/{ORGANIZATION}/tokens/", expiring="never", cursor="nonsense")
    actions = [form.attributes["action"] for form in page.all("form", data_download="*")]
    assert actions == [f"{CSV}?expiring=never", f"{JSONL}?expiring=never"]


@pytest.mark.parametrize("path", [CSV, JSONL, "/tokens/export.csv", "/tokens/export.jsonl"])
def test_looking_at_its_address_takes_nothing(desk: Desk, path: str) -> None:
    assert desk.browser.get(path).status_code == 405
    assert not Event.objects.filter(name="tokens.exported").exists()


def test_strangers_learn_nothing_and_members_may_not(desk: Desk) -> None:
    assert sign_in(Client(), OUTSIDER).post(CSV).status_code == 404
    assert sign_in(Client(), MEMBER).post(CSV).status_code == 403
    assert records(sign_in(Client(), OUTSIDER), "/tokens/export.jsonl") == []
    assert not Event.objects.filter(name="tokens.exported").exists()
