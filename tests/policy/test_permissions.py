"""Permissions in plain words: known and unknown ones, their order, and what changes between two sets."""

import json
from pathlib import Path

import pytest
from hypothesis import given

from apps.policy.catalogue import CATALOGUE, Group
from apps.policy.facts import Permissions
from apps.policy.permissions import (
    Summary,
    covers,
    describe,
    difference,
    flat,
    grouped,
    lines_of,
    rank,
    summary,
)
from tests.policy.cases import permission_sets

REFERENCE = Path(__file__).parents[3] / "shared/reference/github-permissions.json"


def test_a_known_permission_says_what_it_allows_in_a_sentence() -> None:
    line = describe("repository", "contents", "write")
    assert (line.title, line.writes, line.group) == ("Contents", True, Group.CODE)
    assert line.meaning == "Read and change code, commits, branches, tags and releases"
    assert describe("repository", "contents", "read").meaning == "Read code, commits, branches, tags and releases"
    assert not describe("repository", "contents", "read").writes


def test_secrets_are_never_said_to_be_readable() -> None:
    assert describe("repository", "secrets", "read").meaning == "Read the names of Actions secrets"


def test_the_same_name_in_another_kind_is_another_permission() -> None:
    assert describe("organization", "contents", "read").known is False


def test_an_unknown_name_is_kept_and_said_to_be_unknown() -> None:
    line = describe("repository", "quantum_forks", "write")
    assert (line.title, line.known, line.writes) == ("Quantum forks", False, True)
    assert "Not known to Patrol" in line.meaning
    assert "quantum_forks" in line.meaning


def test_an_unknown_level_counts_as_writing() -> None:
    line = describe("repository", "contents", "maintain")
    assert line.writes
    assert not line.known
    assert "maintain" in line.meaning


def test_what_allows_most_stands_first() -> None:
    lines = lines_of(
        {
            "repository": {"contents": "read", "issues": "write", "metadata": "read"},
            "organization": {"organization_projects": "admin"},
        }
    )
    assert [one.name for one in lines] == ["organization_projects", "issues", "contents", "metadata"]


def test_groups_come_in_one_order_and_empty_ones_are_left_out() -> None:
    found = grouped(lines_of({"repository": {"issues": "read", "contents": "read", "secrets": "write"}}))
    assert [group for group, _ in found] == [Group.CODE, Group.SECRETS, Group.COLLABORATION]


def test_a_difference_tells_added_upgraded_lowered_and_removed_apart() -> None:
    old: Permissions = {"repository": {"contents": "read", "issues": "write", "pages": "read"}}
    new: Permissions = {"repository": {"contents": "write", "issues": "read"}, "organization": {"members": "read"}}
    found = difference(old, new)
    assert [one.name for one in found.added] == ["members"]
    assert [(one.name, one.was, one.level) for one in found.upgraded] == [("contents", "read", "write")]
    assert [(one.name, one.was, one.level) for one in found.lowered] == [("issues", "write", "read")]
    assert [one.name for one in found.removed] == ["pages"]
    assert found.widens


def test_a_token_without_a_grant_yet_adds_everything() -> None:
    assert [one.name for one in difference(None, {"repository": {"issues": "read"}}).added] == ["issues"]


def written(*names: str, level: str = "write") -> dict[str, dict[str, str]]:
    return {"repository": dict.fromkeys(names, level)}


@pytest.mark.parametrize(
    ("permissions", "changes", "reads"),
    [
        ({}, "", "No permissions: reads what is public"),
        (written("issues", level="read"), "", "Reads Issues"),
        (written("issues", "contents", level="read"), "", "Reads Contents and Issues"),
        (written("issues", "contents", "pages", level="read"), "", "Reads Contents, Pages and 1 more"),
        ({"repository": {"contents": "write", "issues": "read"}}, "Writes Contents", "reads Issues"),
        ({"repository": {"contents": "write", "issues": "read", "pages": "read"}}, "Writes Contents", "reads 2 more"),
        (
            {**written("contents"), "organization": {"members": "admin"}},
            "Administers organization Members; Writes Contents",
            "",
        ),
        (
            written("issues", "contents", "pages", "packages", "secrets"),
            "Writes Contents, Pages, Secrets and 2 more",
            "",
        ),
        (written("contents", level="strange"), "Level “strange” on Contents", ""),
    ],
)
def test_one_line_says_what_changes_something_by_name_and_how_much_is_only_read(
    permissions: Permissions, changes: str, reads: str
) -> None:
    assert summary(lines_of(permissions)) == Summary(changes, reads)


@given(permission_sets())
def test_a_set_does_not_differ_from_itself_and_covers_itself(permissions: Permissions) -> None:
    assert not difference(permissions, permissions)
    assert covers(permissions, permissions)


@given(permission_sets(), permission_sets())
def test_a_difference_read_backwards_swaps_added_and_removed(one: Permissions, other: Permissions) -> None:
    there, back = difference(one, other), difference(other, one)
    assert {(a.kind, a.name) for a in there.added} == {(r.kind, r.name) for r in back.removed}
    assert bool(there) == bool(back)


@given(permission_sets(), permission_sets())
def test_covering_is_having_every_permission_at_least_as_high(wide: Permissions, narrow: Permissions) -> None:
    has = {(kind, name): level for kind, name, level in flat(wide)}
    enough = all(
        has.get((kind, name)) == level or rank(has.get((kind, name), "none")) > rank(level)
        for kind, name, level in flat(narrow)
    )
    assert covers(wide, narrow) == enough


@pytest.mark.parametrize("kind", ["repository", "organization"])
def test_the_catalogue_names_every_permission_of_githubs_tables(kind: str) -> None:
    if not REFERENCE.exists():
        pytest.skip("../shared/reference is not here: GitHub's permission tables cannot be compared")
    tables = json.loads(REFERENCE.read_text(encoding="utf-8"))["permissions"]
    assert {one["permission"] for one in tables if one["scope"] == kind} == set(CATALOGUE[kind])
