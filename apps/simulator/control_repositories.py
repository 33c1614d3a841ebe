"""Control of repositories: they become public or private; people change issues."""

from __future__ import annotations

from apps.simulator.control_routing import Body, ControlRoutes, the_organization, the_user
from apps.simulator.host import Host
from apps.simulator.http import Refusal, Request, Response
from apps.simulator.model import Issue, Organization, Repository

routes = ControlRoutes()


@routes.add("POST", "repositories/visibility")
def change_visibility(host: Host, _request: Request, body: Body) -> Response:
    """`repository` is `private` from now on, or not. 204."""
    repository = _repository(the_organization(host.state, body), body)
    repository.private = bool(body["private"])
    repository.rendered.clear()
    host.state.changed()
    return Response(204)


@routes.add("POST", "repositories/issues")
def change_issue(host: Host, _request: Request, body: Body) -> Response:
    """Somebody writes another `body` into issue `number` of `repository`, or deletes it (`delete`). 204.

    Without a number `by` opens one, with `title`, `body` and `labels`.
    """
    repository = _repository(the_organization(host.state, body), body)
    if "number" not in body:
        _open(host, repository, body)
        return Response(204)
    issue = repository.issues.get(int(body["number"]))
    if issue is None:
        raise Refusal(404, "There is no such issue")
    if body.get("delete"):
        del repository.issues[issue.number]
    else:
        issue.body, issue.updated_at = str(body["body"]), int(host.state.now())
    host.state.changed()
    return Response(204)


def _open(host: Host, repository: Repository, body: Body) -> None:
    now, number = int(host.state.now()), max(repository.issues, default=0) + 1
    author = the_user(host.state, {"login": body["by"]}).login
    labels = [str(one) for one in body.get("labels", [])]
    identity = host.state.next_id("issue")
    repository.issues[number] = Issue(
        identity, number, str(body["title"]), str(body.get("body", "")), labels, author, 0, now, now
    )
    host.state.changed()


def _repository(organization: Organization, body: Body) -> Repository:
    found = organization.repository_named(str(body.get("repository", "")))
    if found is None:
        raise Refusal(404, f"There is no repository {body.get('repository')!r}")
    return found
