"""Many rows in one statement: new ones, changed ones, each with its key, on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.core import bulk
from apps.github.models import Organization, Repository
from apps.tokens.models import Grant, Token

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
MOMENT = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)
NAMES = ["name", "last_used_at"]


@pytest.fixture
def organization(database: None) -> Organization:
    return Organization.objects.create(id=7, login="acme-robotics")


def token(organization: Organization, number: int, **fields: Any) -> Token:
    given = {"owner_id": 1, "owner_login": "member", "name": f"token {number}", "first_seen_at": MOMENT} | fields
    return Token(organization=organization, token_id=number, **given)


def save(tokens: list[Token]) -> None:
    bulk.save(tokens, unique=["organization_id", "token_id"], update=NAMES)


def test_new_rows_get_their_keys(organization: Organization) -> None:
    made = [token(organization, number) for number in (3, 1, 2)]
    save(made)
    assert {one.pk: one.token_id for one in made} == dict(Token.objects.values_list("pk", "token_id"))


def test_every_kind_of_value_comes_back_as_it_was(organization: Organization) -> None:
    words = "quotes ' \" \\ percent %s braces {} colon :name and \U0001f600 ⟨U+0000⟩"
    saved = token(organization, 2**62, name=words, expired=True, expires_at=MOMENT, last_used_at=None)
    save([saved])
    bulk.save(
        [
            Grant(
                organization=organization, token=saved, pat_id=5, access_granted_at=MOMENT + timedelta(hours=1),
                repository_selection="all", permissions={"repository": {"contents": "read"}, "other": {}},
                owner_id=1, owner_login="member", ends_at=MOMENT, idle_since=MOMENT, never_used=True, found_by="",
            )
        ],
        unique=["organization_id", "pat_id"],
        update=["risk"],
    )  # fmt: skip
    kept = Token.objects.get()
    assert (kept.token_id, kept.name, kept.expired, kept.expires_at, kept.last_used_at) == (
        2**62, words, True, MOMENT, None,
    )  # fmt: skip
    assert Grant.objects.get().permissions == {"repository": {"contents": "read"}, "other": {}}
    assert Grant.objects.filter(access_granted_at__gt=MOMENT, permissions__repository__contents="read").exists()


def test_a_row_that_stands_is_updated_in_the_named_columns_only(organization: Organization) -> None:
    save([token(organization, 1, owner_login="before")])
    again = token(organization, 1, name="renamed", owner_login="after", last_used_at=MOMENT)
    save([again])
    kept = Token.objects.get()
    assert (kept.pk, kept.name, kept.owner_login, kept.last_used_at) == (again.pk, "renamed", "before", MOMENT)


def test_a_row_that_stands_is_left_alone_without_columns_to_update(organization: Organization) -> None:
    rows = [{"id": 1, "organization_id": 7, "name": "first", "full_name": "a/first", "private": True}]
    assert bulk.write(Repository, rows) == [(1,)]
    assert bulk.write(Repository, [rows[0] | {"name": "second"}]) == []
    assert Repository.objects.get().name == "first"


def test_refusing_raises_where_a_row_stands(organization: Organization) -> None:
    rows = [{"id": 1, "organization_id": 7, "name": "first", "full_name": "a/first", "private": True}]
    bulk.write(Repository, rows, refuse=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.write(Repository, rows, refuse=True)


def test_a_row_that_breaks_a_constraint_writes_none(organization: Organization) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        save([token(organization, 1), token(organization, 2, name=None)])
    assert not Token.objects.exists()


def test_the_number_of_statements_does_not_grow(organization: Organization) -> None:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        save([token(organization, number) for number in range(2_000)])
    assert len(seen) == 1
    assert Token.objects.count() == 2_000


def test_no_rows_are_no_statement(database: None) -> None:
    with CaptureQueriesContext(connection) as seen:
        save([])
        assert bulk.write(Token, []) == []
    assert len(seen) == 0
