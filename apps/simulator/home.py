"""The front page of the simulator and the page of a refusal, for people who come with a browser."""

from __future__ import annotations

from apps.simulator.http import Refusal, Response, not_found
from apps.simulator.routing import Call, Routes
from apps.simulator.sign_in_page import error_page, people_page

routes = Routes()

_PICTURE_HEADERS = [("Content-Type", "image/svg+xml"), ("Cache-Control", "public, max-age=86400")]


@routes.add("GET", "/")
def front_page(call: Call) -> Response:
    return people_page(call, "Who lives here")


@routes.add("GET", "/avatars/u/{id}")
def avatar(call: Call) -> Response:
    """A picture for every account: its first letter on a colour of its own."""
    text = call.arguments["id"]
    number = int(text) if text.isascii() and text.isdigit() else 0
    owner = call.state.users.get(number) or call.state.organization_by_id(number)
    if owner is None:
        raise not_found()
    return Response(200, _picture(owner.login[0].upper(), number * 47 % 360), list(_PICTURE_HEADERS))


def _picture(letter: str, hue: int) -> bytes:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40" width="40" height="40">'
        f'<rect width="40" height="40" fill="hsl({hue} 45% 42%)"/>'
        '<text x="20" y="27" font-family="sans-serif" font-size="20" fill="#fff" text-anchor="middle">'
        f"{letter}</text></svg>"
    ).encode()


def refusal_page(call: Call, refusal: Refusal) -> Response:
    """A refusal as a page for browsers, as JSON for everybody else."""
    if call.request.wants_html or call.request.path.startswith("/login/oauth/authorize"):
        return error_page(refusal.status, refusal.message)
    return refusal.response("https://docs.github.com/rest")
