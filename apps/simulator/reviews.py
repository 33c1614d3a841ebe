"""Writing: review one or many requests, revoke one or many grants (the other four of the eight operations).

Single calls answer 204 and are done; bulk calls answer 202 and take effect later. Every accepted call is one
line of the ledger. Bodies are checked as GitHub's description states them: `reason` up to 1024 characters,
1 to 100 ids.
"""

from __future__ import annotations

from typing import Any, Literal

from apps.simulator.access import calling_app, governed_organization
from apps.simulator.app_model import App
from apps.simulator.clock import precise_text
from apps.simulator.decisions import approve, deny, edit_at_review, revoke
from apps.simulator.http import Refusal, Response, invalid, json_body, json_response
from apps.simulator.model import GrantRequest, Organization, User
from apps.simulator.pats import DOCS, GRANTS, REQUESTS, path_number, the_grant, the_request
from apps.simulator.routing import ANY_TOKEN, Call, Routes
from apps.simulator.state import Scheduled

LONGEST_REASON = 1024
LARGEST_BULK = 100

routes = Routes()


@routes.add(
    "POST",
    "/orgs/{org}/personal-access-token-requests/{pat_request_id}",
    callers=ANY_TOKEN,
    permission=f"{REQUESTS}=write",
    docs=f"{DOCS}#review-a-request-to-access-organization-resources-with-a-fine-grained-personal-access-token",
)
def review_request(call: Call) -> Response:
    organization = governed_organization(call, REQUESTS, "write")
    body = json_body(call.request)
    action = _decision(body)
    request = _pending(call, organization)
    record(call, body)
    if action == "approve":
        approve(call.state, organization, request, _actor(call))
    else:
        deny(call.state, organization, request, _actor(call))
    return Response(204)


@routes.add(
    "POST",
    "/orgs/{org}/personal-access-token-requests",
    callers=ANY_TOKEN,
    permission=f"{REQUESTS}=write",
    docs=f"{DOCS}#review-requests-to-access-organization-resources-with-fine-grained-personal-access-tokens",
)
def review_requests(call: Call) -> Response:
    organization = governed_organization(call, REQUESTS, "write")
    body = json_body(call.request)
    action = _decision(body)
    return _accepted(call, organization, body, action, _ids(body, "pat_request_ids"))


@routes.add(
    "POST",
    "/orgs/{org}/personal-access-tokens/{pat_id}",
    callers=ANY_TOKEN,
    permission=f"{GRANTS}=write",
    docs=f"{DOCS}#update-the-access-a-fine-grained-personal-access-token-has-to-organization-resources",
)
def revoke_grant(call: Call) -> Response:
    organization = governed_organization(call, GRANTS, "write")
    body = json_body(call.request)
    _require_revoke(body)
    held = the_grant(call, organization)
    record(call, body)
    revoke(call.state, organization, held)
    return Response(204)


@routes.add(
    "POST",
    "/orgs/{org}/personal-access-tokens",
    callers=ANY_TOKEN,
    permission=f"{GRANTS}=write",
    docs=f"{DOCS}#update-the-access-to-organization-resources-via-fine-grained-personal-access-tokens",
)
def revoke_grants(call: Call) -> Response:
    organization = governed_organization(call, GRANTS, "write")
    body = json_body(call.request)
    _require_revoke(body)
    return _accepted(call, organization, body, "revoke", _ids(body, "pat_ids"))


def _decision(body: dict[str, Any]) -> Literal["approve", "deny"]:
    reason = body.get("reason")
    if reason is not None and not isinstance(reason, str):
        raise invalid("Request", "reason", "reason must be a string")
    if reason is not None and len(reason) > LONGEST_REASON:
        raise invalid("Request", "reason", f"reason is too long (maximum is {LONGEST_REASON} characters)")
    action = body.get("action")
    if action == "approve":
        return "approve"
    if action == "deny":
        return "deny"
    raise invalid("Request", "action", "action must be approve or deny", code=_code(body, "action"))


def _require_revoke(body: dict[str, Any]) -> None:
    if body.get("action") != "revoke":
        raise invalid("Grant", "action", "action must be revoke", code=_code(body, "action"))


def _code(body: dict[str, Any], name: str) -> str:
    return "invalid" if name in body else "missing_field"


def _ids(body: dict[str, Any], name: str) -> list[int]:
    ids = body.get(name)
    if not isinstance(ids, list) or not 1 <= len(ids) <= LARGEST_BULK:
        raise invalid("Bulk", name, f"{name} must hold 1 to {LARGEST_BULK} ids", code=_code(body, name))
    if not all(isinstance(number, int) and not isinstance(number, bool) for number in ids):
        raise invalid("Bulk", name, f"{name} must be integers")
    return list(dict.fromkeys(ids))


def _pending(call: Call, organization: Organization) -> GrantRequest:
    """The request to decide on. For one already decided GitHub's answer is not documented: 404 or 422."""
    number = path_number(call.arguments["pat_request_id"])
    edit_at_review(call.state, organization, number)
    if number in organization.decided and call.state.options.plays("review_decided", "B"):
        error = {"resource": "Request", "field": "pat_request_id", "code": "already_reviewed"}
        raise Refusal(422, "The request has already been reviewed.", errors=[error])
    return the_request(call, organization)


def _accepted(
    call: Call,
    organization: Organization,
    body: dict[str, Any],
    action: Literal["approve", "deny", "revoke"],
    ids: list[int],
) -> Response:
    record(call, body)
    due = call.state.now() + call.state.options.bulk_delay
    user = call.caller.user
    call.state.scheduled.append(
        Scheduled(due, organization.login, action, ids, calling_app(call).id, user.id if user else None)
    )
    return json_response({}, status=202)


def _actor(call: Call) -> User | App:
    return call.caller.user or calling_app(call)


def record(call: Call, body: dict[str, Any]) -> None:
    """A line of the ledger: an accepted mutation."""
    user = call.caller.user
    call.state.record(
        {
            "time": precise_text(call.state.now()),
            "verb": call.request.verb,
            "path": call.request.path,
            "body": body,
            "token_kind": "user" if user else "installation",
            "login": user.login if user else None,
        }
    )
