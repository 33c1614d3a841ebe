"""The front page of the simulator and the page of a refusal, for people who come with a browser."""

from __future__ import annotations

from apps.simulator.http import Refusal, Response
from apps.simulator.routing import Call, Routes
from apps.simulator.sign_in_page import error_page, people_page

routes = Routes()


@routes.add("GET", "/")
def front_page(call: Call) -> Response:
    return people_page(call, "Who lives here")


def refusal_page(call: Call, refusal: Refusal) -> Response:
    """A refusal as a page for browsers, as JSON for everybody else."""
    if call.request.wants_html or call.request.path.startswith("/login/oauth/authorize"):
        return error_page(refusal.status, refusal.message)
    return refusal.response("https://docs.github.com/rest")
