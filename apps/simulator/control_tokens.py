"""Control of tokens: somebody asks, gets, changes, uses, cancels or deletes one."""

from __future__ import annotations

from typing import Any

from apps.simulator.clock import DAY, parse_instant
from apps.simulator.control_routing import Body, ControlRoutes, the_organization, the_sender, the_user
from apps.simulator.decisions import approve, approve_at_once, ask, cancel, close, deny, edit, grant, revoke, touch
from apps.simulator.generate_tokens import new_token
from apps.simulator.host import Host
from apps.simulator.http import Refusal, Request, Response, json_response, raw_json
from apps.simulator.model import Access, Grant, GrantRequest, Organization, Permissions, Selection, Token, User
from apps.simulator.state import State
from apps.simulator.token_shapes import grant_bytes, request_bytes

_DEFAULT_PERMISSIONS: Permissions = {"repository": {"metadata": "read", "contents": "read"}}
_SELECTIONS: tuple[Selection, ...] = ("none", "all", "subset")

routes = ControlRoutes()


@routes.add("POST", "requests")
def add_request(host: Host, _request: Request, body: Body) -> Response:
    """A member asks for a token (or, with `token_id`, for more on one they have). 201 with the request.

    An owner's own request is approved at once, as on GitHub, and so is everybody's with `at_once`, as where no
    approval is required: the answer is then the grant.
    """
    state, organization = host.state, the_organization(host.state, body)
    token = _asking_token(state, organization, body)
    access = _access(organization, body)
    now = state.now()
    reason = body.get("reason", "Nightly export of the build results")
    if organization.is_admin(token.owner) or body.get("at_once"):
        given = approve_at_once(state, organization, token, access, reason)
        return raw_json(grant_bytes(host.urls, organization, given, now), status=201)
    asked = ask(state, organization, token, access, reason)
    return raw_json(request_bytes(host.urls, organization, asked, now), status=201)


@routes.add("POST", "grants")
def add_grant(host: Host, _request: Request, body: Body) -> Response:
    """A token that is already granted, without a request. 201 with the grant."""
    state, organization = host.state, the_organization(host.state, body)
    token = _asking_token(state, organization, body)
    given = grant(state, organization, token, _access(organization, body))
    return raw_json(grant_bytes(host.urls, organization, given, state.now()), status=201)


@routes.add("POST", "tokens/{token_id}")
def change_token(host: Host, _request: Request, body: Body) -> Response:
    """Change a token in place: name, expires_at, last_used_at, and its grant's access. 200 with the grant."""
    token = host.state.tokens.get(int(body["token_id"]))
    found = _grant_of(host.state, token) if token else None
    if token is None or found is None:
        raise Refusal(404, "There is no granted token with this id")
    organization, held = found
    if any(name in body for name in ("permissions", "repository_selection", "repositories")):
        held.access = _access(organization, body, held.access)
    token.name = str(body.get("name", token.name))
    token.expires_at = _instant(body, "expires_at", token.expires_at)
    token.last_used_at = _instant(body, "last_used_at", token.last_used_at)
    touch(token)
    host.state.changed()
    return raw_json(grant_bytes(host.urls, organization, held, host.state.now()))


@routes.add("POST", "tokens/{token_id}/regenerate")
def regenerate_token(host: Host, _request: Request, body: Body) -> Response:
    """Its owner regenerates it, for `expires_in_days` from now (90). 200 with the grant that goes on.

    The world ``regenerate_token_id`` says whether that is the same token, or another one with the same access; the old
    one then stays in the list until its end.
    """
    state = host.state
    token = state.tokens.get(int(body["token_id"]))
    found = _grant_of(state, token) if token else None
    if token is None or found is None:
        raise Refusal(404, "There is no granted token with this id")
    organization, held = found
    ends = int(state.now()) + int(float(body.get("expires_in_days", 90)) * DAY)
    if state.options.plays("regenerate_token_id", "A"):
        token.expires_at = ends
        touch(token)
        state.changed()
    else:
        now = int(state.now())
        again = new_token(state, token.owner, token.name, created_at=now, expires_at=ends, last_used_at=None)
        held = grant(state, organization, again, held.access)
    return raw_json(grant_bytes(host.urls, organization, held, state.now()))


@routes.add("POST", "requests/{pat_request_id}/cancel")
def cancel_request(host: Host, _request: Request, body: Body) -> Response:
    """The member takes the request back. 204."""
    cancel(host.state, *_pending(host.state, body))
    return Response(204)


@routes.add("POST", "requests/{pat_request_id}/decide")
def decide_request(host: Host, _request: Request, body: Body) -> Response:
    """`by` (an owner by default) decides on github.com: `action` approve or deny. 204, and no line in the ledger."""
    state = host.state
    organization, request = _pending(state, body)
    decide = {"approve": approve, "deny": deny}.get(str(body.get("action")))
    if decide is None:
        raise Refusal(422, "action must be approve or deny")
    decide(state, organization, request, the_sender(state, organization, body))
    return Response(204)


@routes.add("POST", "requests/{pat_request_id}/edit")
def edit_request(host: Host, _request: Request, body: Body) -> Response:
    """The member changes permissions, repository_selection, repositories or reason. 200 with the request.

    The world ``edited_request_id`` says whether it is the same request afterwards. With `at_review` it happens when
    the next review of the request arrives, just before that is carried out: between a reviewer's look and the write.
    """
    state = host.state
    organization, request = _pending(state, body)
    access, reason = _access(organization, body, request.access), body.get("reason", request.reason)
    if body.get("at_review"):
        state.edits_at_review[request.id] = access, reason
        return raw_json(request_bytes(host.urls, organization, request, state.now()))
    edited = edit(state, organization, request, access, reason)
    return raw_json(request_bytes(host.urls, organization, edited, state.now()))


@routes.add("DELETE", "grants/{pat_id}")
def delete_token(host: Host, _request: Request, body: Body) -> Response:
    """The token's owner deletes the token: grant and pending requests just vanish from the lists. 204."""
    number = int(body["pat_id"])
    for organization in host.state.organizations.values():
        if number in organization.grants:
            token = organization.grants[number].token
            revoke(host.state, organization, organization.grants[number])
            for request in [r for r in organization.requests.values() if r.token is token]:
                close(host.state, organization, request)
            return Response(204)
    raise Refusal(404, "There is no grant with this id")


@routes.add("POST", "use")
def use_tokens(host: Host, _request: Request, body: Body) -> Response:
    """Mark a `share` (0..1) of an organization's granted tokens as used now. 200 with how many."""
    state, organization = host.state, the_organization(host.state, body)
    granted = list(organization.grants.values())
    chosen = state.random.sample(granted, round(len(granted) * float(body.get("share", 0.2))))
    for held in chosen:
        held.token.last_used_at = int(state.now())
        touch(held.token)
    state.changed()
    return json_response({"used": len(chosen)})


def _pending(state: State, body: Body) -> tuple[Organization, GrantRequest]:
    number = int(body["pat_request_id"])
    for organization in state.organizations.values():
        if number in organization.requests:
            return organization, organization.requests[number]
    raise Refusal(404, "There is no pending request with this id")


def _asking_token(state: State, organization: Organization, body: Body) -> Token:
    if "token_id" in body:
        token = state.tokens.get(int(body["token_id"]))
        if token is None:
            raise Refusal(404, "There is no token with this id")
        return token
    owner: User = the_user(state, body, "member")
    if owner.id not in organization.members:
        raise Refusal(422, f"{owner.login} is not a member of {organization.login}")
    days, now = body.get("expires_in_days", 90), int(state.now())
    expires = None if days is None else now + int(float(days) * DAY)
    name = str(body.get("name", "build-results-export"))
    return new_token(state, owner, name, created_at=now, expires_at=expires, last_used_at=None)


def _access(organization: Organization, body: Body, held: Access | None = None) -> Access:
    """The access a body describes; what it leaves out comes from `held` or is one repository, read only."""
    permissions = body.get("permissions", held.permissions if held else _DEFAULT_PERMISSIONS)
    ids = held.repository_ids if held else tuple(organization.repositories)[:1]
    if "repositories" in body:
        ids = _repository_ids(organization, body["repositories"])
    default: Selection = held.repository_selection if held and "repositories" not in body else "subset"
    selection = body.get("repository_selection", default)
    if selection not in _SELECTIONS:
        raise Refusal(422, "repository_selection must be none, all or subset")
    return Access(_permissions(permissions), selection, ids if selection == "subset" else ())


def _permissions(given: Any) -> Permissions:
    """``{"repository": {"contents": "read"}}``; a flat mapping is taken for repository permissions."""
    if not isinstance(given, dict):
        raise Refusal(422, "permissions must be an object")
    if all(isinstance(level, str) for level in given.values()):
        given = {"repository": given} if given else {}
    return {str(kind): {str(name): str(level) for name, level in held.items()} for kind, held in given.items()}


def _repository_ids(organization: Organization, names: Any) -> tuple[int, ...]:
    found = {str(name): organization.repository_named(str(name)) for name in names}
    missing = [name for name, repository in found.items() if repository is None]
    if missing:
        raise Refusal(422, f"{organization.login} has no repository {', '.join(missing)}")
    return tuple(sorted(repository.id for repository in found.values() if repository))


def _instant(body: Body, name: str, default: int | None) -> int | None:
    value = body.get(name, default)
    return int(parse_instant(value)) if isinstance(value, str) else value


def _grant_of(state: State, token: Token) -> tuple[Organization, Grant] | None:
    for organization in state.organizations.values():
        held = organization.grant_of(token)
        if held is not None:
            return organization, held
    return None
