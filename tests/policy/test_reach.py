"""Wider is what nothing allowed: permissions by level, repositories by name, and `all` once and for all."""

from dataclasses import replace
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.policy.facts import Permissions
from apps.policy.permissions import flat, rank
from apps.policy.reach import Excess, Reach, covers, excess, reach_of
from tests.policy.cases import permission_sets

NOTHING = Reach({})
READS = Reach({"repository": {"contents": "read"}}, "subset", frozenset({1}))


@st.composite
def reaches(draw: st.DrawFn) -> Reach:
    return Reach(
        draw(permission_sets()),
        draw(st.sampled_from(["none", "subset", "all"])),
        draw(st.frozensets(st.integers(1, 6), max_size=4)),
    )


def joined(one: Reach, other: Reach) -> Reach:
    """As GitHub gives a token more: every permission at its higher level, the wider selection, both repositories."""
    permissions: Permissions = {}
    for kind, name, level in sorted([*flat(one.permissions), *flat(other.permissions)], key=lambda it: rank(it[2])):
        permissions.setdefault(kind, {})[name] = level
    selections = {one.repository_selection, other.repository_selection}
    widest = next(it for it in ("all", "subset", "none") if it in selections)
    named = [it.repository_ids for it in (one, other) if it.repository_selection == "subset"]
    return Reach(permissions, widest, frozenset().union(*named) if widest == "subset" else frozenset())


@given(reaches(), st.lists(reaches(), max_size=3))
def test_what_was_allowed_is_never_wider(now: Reach, others: list[Reach]) -> None:
    assert not excess(now, now, *others)
    assert covers(now, now)


@given(st.lists(reaches(), min_size=1, max_size=4))
def test_all_that_was_allowed_joined_is_not_wider(allowed: list[Reach]) -> None:
    assert not excess(reduce(joined, allowed), *allowed)


@given(reaches(), st.lists(reaches(), max_size=3), reaches())
def test_allowing_more_never_makes_it_wider(now: Reach, allowed: list[Reach], more: Reach) -> None:
    before, after = excess(now, *allowed), excess(now, *allowed, more)
    assert set(flat(after.permissions)) <= set(flat(before.permissions))
    assert set(after.repository_ids) <= set(before.repository_ids)
    assert before.everywhere or not after.everywhere


@given(reaches(), st.lists(reaches(), max_size=3))
def test_what_is_beyond_and_what_was_allowed_explain_it_whole(now: Reach, allowed: list[Reach]) -> None:
    beyond = excess(now, *allowed)
    rest = Reach(beyond.permissions, "all" if beyond.everywhere else "subset", frozenset(beyond.repository_ids))
    assert not excess(now, *allowed, rest)


@given(reaches())
def test_without_anything_allowed_all_of_it_is_wider(now: Reach) -> None:
    beyond = excess(now)
    assert flat(beyond.permissions) == flat(now.permissions)
    assert beyond.everywhere == (now.repository_selection == "all")
    assert set(beyond.repository_ids) == (now.repository_ids if now.repository_selection == "subset" else set())


@given(reaches(), reaches())
def test_covering_is_having_nothing_beyond(wide: Reach, narrow: Reach) -> None:
    assert covers(wide, narrow) == (not excess(narrow, wide))


@pytest.mark.parametrize(
    ("now", "beyond"),
    [
        (replace(READS, permissions={"repository": {"contents": "write"}}),
         Excess({"repository": {"contents": "write"}})),
        (replace(READS, permissions={"organization": {"contents": "read"}}),
         Excess({"organization": {"contents": "read"}})),
        (replace(READS, permissions={"repository": {"contents": "none"}}), Excess({})),
        (replace(READS, repository_ids=frozenset({1, 2})), Excess({}, repository_ids=(2,))),
        (replace(READS, repository_selection="all"), Excess({}, everywhere=True)),
        (replace(READS, repository_selection="none"), Excess({})),
    ],
)  # fmt: skip
def test_each_way_of_being_wider_is_named(now: Reach, beyond: Excess) -> None:
    assert excess(now, READS) == beyond


def test_all_that_grew_by_a_repository_is_not_wider() -> None:
    everywhere = replace(READS, repository_selection="all", repository_ids=frozenset())
    assert not excess(replace(everywhere, repository_ids=frozenset({7})), everywhere)
    assert not excess(replace(READS, repository_ids=frozenset({7})), everywhere, NOTHING)


def test_two_unlike_levels_that_patrol_does_not_know_do_not_allow_each_other() -> None:
    maintain, triage = (Reach({"repository": {"contents": level}}) for level in ("maintain", "triage"))
    assert excess(maintain, triage)
    assert not excess(maintain, triage, maintain)


def test_it_is_made_from_the_evidence_of_a_decision() -> None:
    kept = {"permissions": READS.permissions, "repository_selection": "subset", "repository_ids": [1], "reason": "x"}
    assert reach_of(kept) == READS


def test_what_is_beyond_is_kept_as_json() -> None:
    assert Excess({"repository": {"contents": "write"}}, everywhere=True, repository_ids=(2, 3)).as_data() == {
        "permissions": {"repository": {"contents": "write"}}, "everywhere": True, "repository_ids": [2, 3]
    }  # fmt: skip
