"""One repository, and its issues: listed by label, read, opened, changed.

Source: docs.github.com, REST "Repositories" and "Issues"; what a caller may not see is 404, a token without the
permission 403 "Resource not accessible by integration". Pull requests, which GitHub lists among issues, are not here.
"""

from __future__ import annotations

from typing import Any

from apps.simulator.access import has_sso_session, not_accessible, refuse_without_sso, require_permission
from apps.simulator.clock import parse_instant
from apps.simulator.http import Refusal, Response, dumps, invalid, json_body, json_response, not_found
from apps.simulator.identity import Kind
from apps.simulator.issue_shapes import full_repository_shape, issue_shape
from apps.simulator.listing import choice, listed
from apps.simulator.model import Issue, Organization, Repository
from apps.simulator.reviews import record
from apps.simulator.routing import LEGACY_VERSION, Call, Routes

ANYONE = frozenset({Kind.ANYONE, Kind.INSTALLATION, Kind.USER})
ISSUES = "/repos/{owner}/{repo}/issues"
LONGEST_BODY = 65_536
LONGEST_TITLE = 256

routes = Routes()


@routes.add(
    "GET", "/repos/{owner}/{repo}", callers=ANYONE, permission="metadata=read", docs="repos/repos#get-a-repository"
)
def get_repository(call: Call) -> Response:
    organization, repository = _visible(call)
    return json_response(full_repository_shape(call.urls, organization, repository, downloads=call.has_downloads))


@routes.add("GET", ISSUES, callers=ANYONE, permission="issues=read", docs="issues/issues#list-repository-issues")
def list_issues(call: Call) -> Response:
    """Newest first; `labels` apart by commas, all of which an issue has; `since` is about the last change."""
    organization, repository = _permitted(call, "read")
    state = choice(call, "state", ("open", "closed", "all"))
    labels = {one for one in call.request.parameter("labels").split(",") if one}
    since = _instant(call.request.parameter("since"))
    found = [
        one
        for one in sorted(repository.issues.values(), key=lambda one: -one.number)
        if state in ("all", one.state) and labels <= set(one.labels) and one.updated_at >= since
    ]
    return listed(call.request, found, lambda one: dumps(_shape(call, organization, repository, one)))


@routes.add("POST", ISSUES, callers=ANYONE, permission="issues=write", docs="issues/issues#create-an-issue")
def create_issue(call: Call) -> Response:
    organization, repository = _permitted(call, "write")
    body = json_body(call.request)
    title, text, labels = _title(body), _text(body), _labels(body)
    record(call, body)
    now = int(call.state.now())
    number = max(repository.issues, default=0) + 1
    bot, author = _author(call)
    issue = Issue(call.state.next_id("issue"), number, title, text, labels, author, bot, now, now)
    repository.issues[number] = issue
    call.state.changed()
    return json_response(_shape(call, organization, repository, issue), status=201)


@routes.add(
    "GET", ISSUES + "/{issue_number}", callers=ANYONE, permission="issues=read", docs="issues/issues#get-an-issue"
)
def get_issue(call: Call) -> Response:
    organization, repository = _permitted(call, "read")
    return json_response(_shape(call, organization, repository, _issue(call, repository)))


@routes.add(
    "PATCH",
    ISSUES + "/{issue_number}",
    callers=ANYONE,
    permission="issues=write",
    docs="issues/issues#update-an-issue",
)
def update_issue(call: Call) -> Response:
    organization, repository = _permitted(call, "write")
    issue, body = _issue(call, repository), json_body(call.request)
    title = _title(body) if "title" in body else issue.title
    text = _text(body) if "body" in body else issue.body
    state = body.get("state", issue.state)
    if state not in ("open", "closed"):
        raise invalid("Issue", "state", "state must be open or closed")
    record(call, body)
    now = int(call.state.now())
    closed_at = (issue.closed_at or now) if state == "closed" else None
    issue.title, issue.body, issue.state, issue.closed_at, issue.updated_at = title, text, state, closed_at, now
    call.state.changed()
    return json_response(_shape(call, organization, repository, issue))


def _shape(call: Call, organization: Organization, repository: Repository, issue: Issue) -> dict[str, Any]:
    return issue_shape(call.urls, organization, repository, issue, assignee=call.version == LEGACY_VERSION)


def _visible(call: Call) -> tuple[Organization, Repository]:
    """The repository of the address for who may see it: a public one everybody, a private one who belongs there."""
    organization = call.state.organization_named(call.arguments["owner"])
    repository = organization.repository_named(call.arguments["repo"]) if organization else None
    if organization is None or repository is None:
        raise not_found()
    if repository.private and not _is_inside(call, organization, repository):
        raise not_found()
    return organization, repository


def _is_inside(call: Call, organization: Organization, repository: Repository) -> bool:
    caller = call.caller
    if caller.kind is Kind.INSTALLATION:
        chosen = caller.repository_ids
        return caller.organization is organization and (chosen is None or repository.id in chosen)
    if caller.user is None or caller.user.id not in organization.members:
        return False
    if not has_sso_session(call.state, organization, caller):
        refuse_without_sso(call, organization)
    return True


def _permitted(call: Call, level: str) -> tuple[Organization, Repository]:
    organization, repository = _visible(call)
    if level == "read" and not repository.private:
        return organization, repository
    if not _is_inside(call, organization, repository):
        raise not_accessible()
    require_permission(call.caller, organization, "issues", level)
    return organization, repository


def _issue(call: Call, repository: Repository) -> Issue:
    number = call.arguments["issue_number"]
    found = repository.issues.get(int(number)) if number.isascii() and number.isdecimal() else None
    if found is None:
        raise not_found()
    return found


def _author(call: Call) -> tuple[int, str]:
    """The App's bot (by the App's id), or the person."""
    if call.caller.user is not None:
        return 0, call.caller.user.login
    if call.caller.app is None:
        raise not_accessible()
    return call.caller.app.id, f"{call.caller.app.slug}[bot]"


def _title(body: dict[str, Any]) -> str:
    title = body.get("title")
    if not isinstance(title, str) or not title.strip() or len(title) > LONGEST_TITLE:
        raise invalid("Issue", "title", f"title must have 1 to {LONGEST_TITLE} characters", code="missing_field")
    return title


def _text(body: dict[str, Any]) -> str:
    text = body.get("body") or ""
    if not isinstance(text, str) or len(text) > LONGEST_BODY:
        raise invalid("Issue", "body", f"body is too long (maximum is {LONGEST_BODY} characters)")
    return text


def _labels(body: dict[str, Any]) -> list[str]:
    labels = body.get("labels") or []
    if not isinstance(labels, list) or not all(isinstance(one, str) for one in labels):
        raise invalid("Label", "name", "labels must be texts")
    return labels


def _instant(text: str) -> float:
    if not text:
        return 0.0
    try:
        return parse_instant(text)
    except ValueError as problem:
        raise Refusal(422, "since must be an instant in ISO 8601") from problem
