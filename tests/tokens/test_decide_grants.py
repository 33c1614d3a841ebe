"""Revoking grants: the access ends, once, by the owner; the token's own end is told apart."""

from apps.effects.models import Effect
from apps.tokens.models import Grant
from tests.cast import OWNER
from tests.tokens.desk import Desk, effect_of, state_of, work


def test_a_revocation_reaches_github_once_and_the_grant_leaves_the_list(desk: Desk) -> None:
    grant = desk.grant(repository_selection="subset")
    outcome = desk.revoke(grant)
    work()
    (entry,) = desk.github.ledger()
    assert entry["path"] == f"/orgs/{desk.organization.login}/personal-access-tokens/{grant.pat_id}"
    assert (entry["body"], entry["token_kind"], entry["login"]) == ({"action": "revoke"}, "user", OWNER)
    assert state_of(outcome) == Effect.State.CONFIRMED
    grant.refresh_from_db()
    assert (grant.state, grant.ended_at is None) == (Grant.State.REVOKED, False)
    assert desk.events(grant.subject)[-3:] == ["grant.revocation_proposed", "effect.attempted", "grant.revoked"]


def test_a_revoked_grant_stays_in_the_tokens_history_and_the_next_sync_adds_nothing(desk: Desk) -> None:
    grant = desk.grant()
    desk.revoke(grant)
    work()
    versions = list(grant.token.versions.order_by("seq").values_list("cause", flat=True))
    assert versions[-1] == f"revoked by {OWNER}"
    desk.sync()
    assert list(grant.token.versions.order_by("seq").values_list("cause", flat=True)) == versions
    grant.refresh_from_db()
    assert grant.state == Grant.State.REVOKED


def test_a_grant_that_changed_on_github_is_not_revoked_unseen(desk: Desk) -> None:
    grant = desk.grant(permissions={"repository": {"contents": "read"}})
    outcome = desk.revoke(grant)
    desk.github.change(f"tokens/{grant.token.token_id}", permissions={"repository": {"contents": "write"}})
    work()
    assert (effect_of(outcome).state, desk.sent()) == (Effect.State.SUPERSEDED, [])


def test_a_grant_whose_token_was_deleted_meanwhile_is_superseded(desk: Desk) -> None:
    grant = desk.grant()
    outcome = desk.revoke(grant)
    desk.github.delete_grant(grant.pat_id)
    work()
    effect = effect_of(outcome)
    assert effect.state == Effect.State.SUPERSEDED
    assert "does not reach the organization any more" in effect.answer
    assert desk.sent() == []


def test_a_revoked_grant_is_not_revoked_again(desk: Desk) -> None:
    grant = desk.grant()
    desk.revoke(grant)
    work()
    grant.refresh_from_db()
    (refusal,) = desk.revoke(grant).refused
    assert "revoked already" in refusal.sentence
    assert len(desk.sent()) == 1


def test_many_are_revoked_in_one_call(desk: Desk) -> None:
    grants = [desk.grant() for _ in range(3)]
    assert len(desk.revoke(*grants).reviews) == 3
    work()
    assert len(desk.sent()) == 1
    assert desk.decided() == sorted(one.pat_id for one in grants)
