"""Risk: what makes a token dangerous, and that asking for more never makes it look safer."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.policy import risk
from apps.policy.facts import AccessFacts
from apps.policy.permissions import rank
from apps.policy.risk import Risk, assess
from tests.policy.cases import NOW, READER, access_facts, asking, levels, names


def judged(facts: AccessFacts, other_tokens: int = 0) -> Risk:
    return assess(facts, now=NOW, other_tokens=other_tokens).risk


def sentences(facts: AccessFacts, other_tokens: int = 0) -> list[str]:
    return [one.text for one in assess(facts, now=NOW, other_tokens=other_tokens).reasons]


def test_reading_two_repositories_for_a_month_is_low_and_needs_no_reason() -> None:
    assert assess(READER, now=NOW) == risk.Assessment(Risk.LOW, ())


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        ({"repository": {"issues": "write"}}, Risk.MEDIUM),
        ({"repository": {"secrets": "read"}}, Risk.LOW),
        ({"repository": {"secrets": "write"}}, Risk.HIGH),
        ({"repository": {"secret_scanning_alerts": "read"}}, Risk.MEDIUM),
        ({"organization": {"organization_plan": "read"}}, Risk.MEDIUM),
        ({"organization": {"organization_projects": "admin"}}, Risk.HIGH),
        ({"repository": {"something_new": "read"}}, Risk.LOW),
        ({"repository": {"something_new": "write"}}, Risk.MEDIUM),
        ({"repository": {"contents": "maintain"}}, Risk.HIGH),
        ({"repository": {"contents": "none"}}, Risk.LOW),
    ],
)
def test_permissions_set_the_risk(permissions: dict[str, dict[str, str]], expected: Risk) -> None:
    assert judged(asking(permissions=permissions)) is expected


def test_all_repositories_are_medium_to_read_and_high_to_write() -> None:
    everywhere = asking(repository_selection="all", repository_ids=())
    assert judged(everywhere) is Risk.MEDIUM
    assert judged(replace(everywhere, permissions={"repository": {"issues": "write"}})) is Risk.HIGH


def test_a_token_that_never_expires_is_high_and_one_over_a_year_medium() -> None:
    assert judged(asking(expires_at=None)) is Risk.HIGH
    assert judged(asking(expires_at=NOW + risk.LONG_LIFE)) is Risk.LOW
    assert judged(asking(expires_at=NOW + risk.LONG_LIFE + timedelta(seconds=1))) is Risk.MEDIUM


def test_an_owner_with_many_tokens_adds_risk_and_the_reason_counts_them() -> None:
    assert judged(READER, other_tokens=risk.MANY_TOKENS - 1) is Risk.LOW
    assert sentences(READER, other_tokens=7) == ["Its owner already holds 7 tokens here"]


def test_taking_over_and_one_more_high_risk_is_critical_while_each_alone_is_high() -> None:
    secrets = {"repository": {"secrets": "write"}}
    assert judged(asking(permissions=secrets)) is Risk.HIGH
    assert judged(asking(expires_at=None)) is Risk.HIGH
    assert judged(asking(permissions=secrets, expires_at=None)) is Risk.CRITICAL


def test_permissions_of_one_class_are_one_reason_that_names_four_and_counts_the_rest() -> None:
    written = dict.fromkeys(["issues", "pull_requests", "contents", "discussions", "pages", "packages"], "write")
    assert sentences(asking(permissions={"repository": written})) == [
        "Writes Contents, Discussions, Issues, Packages and 2 more"
    ]


def test_the_worst_reason_stands_first() -> None:
    found = assess(
        asking(permissions={"repository": {"issues": "write", "secrets": "write"}}, expires_at=None), now=NOW
    )
    assert [one.risk for one in found.reasons] == sorted((one.risk for one in found.reasons), reverse=True)


@given(access_facts(), names, levels, st.integers(0, 60))
def test_one_more_permission_or_a_higher_level_never_lowers_the_risk(
    facts: AccessFacts, which: tuple[str, str], level: str, other: int
) -> None:
    kind, name = which
    had = facts.permissions.get(kind, {}).get(name, "none")
    if rank(level) < rank(had):
        return
    wider = {**facts.permissions, kind: {**facts.permissions.get(kind, {}), name: level}}
    assert judged(replace(facts, permissions=wider), other) >= judged(facts, other)


@given(access_facts())
def test_a_longer_life_and_more_repositories_never_lower_the_risk(facts: AccessFacts) -> None:
    assert judged(replace(facts, expires_at=None)) >= judged(facts)
    assert judged(replace(facts, repository_selection="all")) >= judged(facts)


@given(access_facts(), st.integers(0, 60))
def test_no_reason_is_said_twice_and_the_risk_is_the_worst_of_them(facts: AccessFacts, other: int) -> None:
    found = assess(facts, now=NOW, other_tokens=other)
    assert len({one.text for one in found.reasons}) == len(found.reasons)
    assert found.risk == max((one.risk for one in found.reasons), default=Risk.LOW)
