"""Rows, and GitHub's own items, to the frozen facts that policy judges."""

from collections.abc import Iterable

from apps.github import wire
from apps.policy.facts import AccessFacts
from apps.policy.reach import Reach
from apps.tokens.models import Grant, GrantRequest, Selection


def facts_of(access: GrantRequest | Grant, repository_ids: Iterable[int]) -> AccessFacts:
    """The facts of a request or a grant; `token` must be loaded. `repository_ids` counts only for "subset"."""
    token = access.token
    if isinstance(access, GrantRequest):
        subject_id, reason = access.pat_request_id, access.reason
    else:
        subject_id, reason = access.pat_id, ""
    return AccessFacts(
        subject_id=subject_id,
        token_id=token.token_id,
        owner_id=token.owner_id,
        owner_login=token.owner_login,
        permissions=access.permissions,
        repository_selection=access.repository_selection,
        repository_ids=_named(access.repository_selection, repository_ids),
        expires_at=token.expires_at,
        token_name=token.name,
        reason=reason,
    )


def facts_as_sent(item: wire.GrantRequest | wire.Grant, repository_ids: Iterable[int]) -> AccessFacts:
    """The facts of an item as GitHub just sent it, before anything of it was kept."""
    permissions = {
        "organization": item.permissions.organization,
        "repository": item.permissions.repository,
        "other": item.permissions.other,
    }
    return AccessFacts(
        subject_id=item.id,
        token_id=item.token_id,
        owner_id=item.owner.id,
        owner_login=item.owner.login,
        permissions=permissions,
        repository_selection=item.repository_selection,
        repository_ids=_named(item.repository_selection, repository_ids),
        expires_at=item.token_expires_at,
        token_name=item.token_name,
        reason=(item.reason or "") if isinstance(item, wire.GrantRequest) else "",
    )


def row_reach(access: GrantRequest | Grant, repository_ids: Iterable[int]) -> Reach:
    """What a request asks for or a grant gives, to be compared with others; the token need not be loaded."""
    return Reach(access.permissions, access.repository_selection, frozenset(repository_ids))


def _named(selection: str, repository_ids: Iterable[int]) -> tuple[int, ...]:
    """Only a "subset" names its repositories."""
    return tuple(sorted(repository_ids)) if selection == Selection.SUBSET else ()
