"""Rows to the frozen facts that policy judges."""

from collections.abc import Iterable

from apps.policy.facts import AccessFacts
from apps.tokens.models import Grant, GrantRequest


def facts_of(access: GrantRequest | Grant, repository_ids: Iterable[int]) -> AccessFacts:
    """The facts of a request or a grant; `token` must be loaded. `repository_ids` counts only for "subset"."""
    token = access.token
    subset = access.repository_selection == "subset"
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
        repository_ids=tuple(sorted(repository_ids)) if subset else (),
        expires_at=token.expires_at,
        token_name=token.name,
        reason=reason,
    )
