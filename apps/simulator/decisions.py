"""What a decision does to the world: approve, deny, revoke, and a token that asks."""

from __future__ import annotations

from apps.simulator.model import Access, Grant, GrantRequest, Organization, Token
from apps.simulator.state import State


def ask(state: State, organization: Organization, token: Token, access: Access, reason: str | None) -> GrantRequest:
    """A pending request of this token, asked now."""
    request = GrantRequest(state.next_id("request"), token, access, int(state.now()), reason)
    organization.requests[request.id] = request
    organization.reorder()
    state.changed()
    return request


def grant(state: State, organization: Organization, token: Token, access: Access) -> Grant:
    """Give a token access now. A token that has a grant keeps its id (`pat_id`) and gets the union of both."""
    now, held = int(state.now()), organization.grant_of(token)
    if held is None:
        held = Grant(state.next_id("grant"), token, access, now)
        organization.grants[held.id] = held
    else:
        held.access, held.created_at = held.access.joined(access), now
        touch(held.token)
    organization.reorder()
    state.changed()
    return held


def approve(state: State, organization: Organization, request: GrantRequest) -> Grant:
    close(state, organization, request)
    return grant(state, organization, request.token, request.access)


def close(state: State, organization: Organization, request: GrantRequest) -> None:
    """The request leaves the list: denied, approved or cancelled."""
    del organization.requests[request.id]
    organization.decided.add(request.id)
    organization.reorder()
    state.changed()


def revoke(state: State, organization: Organization, held: Grant) -> None:
    """The grant leaves the list; the token itself goes on existing."""
    del organization.grants[held.id]
    organization.reorder()
    state.changed()


def touch(token: Token) -> None:
    """Make every item that shows this token be rendered anew."""
    token.version += 1
