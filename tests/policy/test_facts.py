"""The digest: the same for the same assertions of GitHub, another as soon as one of them differs."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.policy.facts import AccessFacts
from tests.policy.cases import NOW, READER, access_facts, asking


@pytest.mark.parametrize(
    "change",
    [
        lambda facts: replace(facts, subject_id=facts.subject_id + 1),
        lambda facts: replace(facts, token_id=facts.token_id + 1),
        lambda facts: replace(facts, owner_id=facts.owner_id + 1),
        lambda facts: replace(facts, permissions={**facts.permissions, "other": {"gists": "sudo"}}),
        lambda facts: replace(facts, repository_selection={"all": "none"}.get(facts.repository_selection, "all")),
        lambda facts: replace(facts, repository_ids=(*facts.repository_ids, 2**63)),
        lambda facts: replace(facts, expires_at=(facts.expires_at or NOW) + timedelta(seconds=1)),
    ],
)
@given(facts=access_facts())
def test_every_assertion_of_github_changes_the_digest(
    facts: AccessFacts, change: Callable[[AccessFacts], AccessFacts]
) -> None:
    assert change(facts).digest() != facts.digest()


@given(access_facts(), access_facts())
def test_two_digests_are_equal_only_when_the_facts_are(one: AccessFacts, other: AccessFacts) -> None:
    assert (one.digest() == other.digest()) == (one == other)


@given(access_facts(), st.text(max_size=40))
def test_what_strangers_write_does_not_change_the_digest(facts: AccessFacts, words: str) -> None:
    assert replace(facts, token_name=words, reason=words, owner_login=words).digest() == facts.digest()


def test_two_ways_of_saying_the_same_have_one_digest() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5)))
    assert asking(expires_at=elsewhere).digest() == asking(expires_at=NOW).digest()
    assert asking(repository_ids=(2, 1)).digest() == READER.digest()
    assert asking(permissions={**READER.permissions, "organization": {}}).digest() == READER.digest()


def test_the_digest_stays_the_same_from_release_to_release() -> None:
    canonical = (
        '{"expires_at":"2026-12-22T12:00:00+00:00","owner_id":"33",'
        '"permissions":{"repository":{"contents":"read","metadata":"read"}},'
        '"repository_ids":["1","2"],"repository_selection":"subset","subject_id":"11","token_id":"22"}'
    )
    assert READER.digest() == hashlib.sha256(canonical.encode()).hexdigest()


def test_evidence_is_json_and_keeps_the_strangers_words() -> None:
    evidence = json.loads(json.dumps(asking(reason="For the nightly build").as_evidence()))
    assert evidence["reason"] == "For the nightly build"
    assert evidence["expires_at"] == "2026-12-22T12:00:00+00:00"
    assert evidence["repository_ids"] == [1, 2]
