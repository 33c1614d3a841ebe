"""What a decision does to the world: approve, deny, revoke, and a token that asks."""

from __future__ import annotations

from apps.simulator.app_model import App
from apps.simulator.events import token_event
from apps.simulator.model import Access, Grant, GrantRequest, Organization, Token, User
from apps.simulator.state import State


def ask(state: State, organization: Organization, token: Token, access: Access, reason: str | None) -> GrantRequest:
    """A pending request of this token, asked now."""
    request = GrantRequest(state.next_id("request"), token, access, int(state.now()), reason)
    organization.requests[request.id] = request
    organization.reorder()
    state.changed()
    state.announce(token_event("created", organization, request, token.owner))
    return request


def edit(
    state: State, organization: Organization, request: GrantRequest, access: Access, reason: str | None
) -> GrantRequest:
    """The member changes what a pending request asks for.

    What GitHub does then is not documented: the request keeps its id and no webhook is sent, or it is cancelled
    and a new one takes its place. The world decides.
    """
    if state.options.plays("edited_request_id", "B"):
        cancel(state, organization, request)
        return ask(state, organization, request.token, access, reason)
    request.access, request.reason = access, reason
    touch(request.token)
    state.changed()
    return request


def edit_at_review(state: State, organization: Organization, number: int) -> None:
    """The edit that was kept for the moment between somebody's look at the request and their review of it."""
    kept, request = state.edits_at_review.pop(number, None), organization.requests.get(number)
    if kept is not None and request is not None:
        edit(state, organization, request, *kept)


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


def approve_at_once(
    state: State, organization: Organization, token: Token, access: Access, reason: str | None
) -> Grant:
    """A token that needs no approval. Its request is never seen in the list; webhooks have its id."""
    request = GrantRequest(state.next_id("request"), token, access, int(state.now()), reason)
    organization.decided.add(request.id)
    if state.options.plays("approved_without_created", "A"):
        state.announce(token_event("created", organization, request, token.owner))
    state.announce(token_event("approved", organization, request, token.owner))
    return grant(state, organization, token, access)


def approve(state: State, organization: Organization, request: GrantRequest, by: User | App) -> Grant:
    """`by` approves: a person, or an App itself. The webhook compares with the grant as it was."""
    close(state, organization, request)
    state.announce(token_event("approved", organization, request, by))
    return grant(state, organization, request.token, request.access)


def deny(state: State, organization: Organization, request: GrantRequest, by: User | App) -> None:
    close(state, organization, request)
    state.announce(token_event("denied", organization, request, by))


def cancel(state: State, organization: Organization, request: GrantRequest) -> None:
    """The member takes the request back."""
    close(state, organization, request)
    state.announce(token_event("cancelled", organization, request, request.token.owner))


def close(state: State, organization: Organization, request: GrantRequest) -> None:
    """The request leaves the list, and nobody is told."""
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
