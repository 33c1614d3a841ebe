"""The pages on which people make, install and change Apps. Text is escaped where it enters a page."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from apps.simulator.app_model import Owner
from apps.simulator.http import Response
from apps.simulator.manifest import LONGEST_NAME
from apps.simulator.model import User
from apps.simulator.routing import Call
from apps.simulator.sign_in_page import form, page

_LEVELS = {"read": "Read-only", "write": "Read and write", "admin": "Admin"}
_SCOPES = ("Repository", "Organization", "Account")


def problems_page(problems: Iterable[str]) -> Response:
    """The manifest is none: what is wrong with it."""
    listed = "".join(f"<li>{escape(one)}</li>" for one in problems)
    said = "The configuration does not appear to be a valid GitHub App manifest."
    return page(
        "Invalid GitHub App configuration",
        f'<div class="problems" role="alert"><strong>{said}</strong><ul>{listed}</ul></div>',
        status=422,
    )


def create_page(call: Call, owner: Owner, user: User, name: str, problem: str = "") -> Response:
    """One field, the name, and the button that makes the App."""
    said = f'<div class="problems" role="alert">{escape(problem)}</div>' if problem else ""
    field = (
        '<div class="field"><label for="name">GitHub App name</label>'
        f'<input id="name" name="name" value="{escape(name)}" maxlength="{LONGEST_NAME}" required autofocus>'
        "<small>The unique name of your GitHub App.</small></div>"
    )
    button = f'<button class="primary wide">Create GitHub App for {escape(owner.login)}</button>'
    action = call.request.path.rpartition("/")[0] + "/manifest"
    query = call.request.query_string
    kept = [("manifest", call.request.given("manifest")), ("login", user.login)]
    content = form(f"{action}?{query}" if query else action, kept, said + field + button)
    return page(
        f"Create GitHub App for {owner.login}",
        f'<div class="box">{content}</div>{_signed_in(user)}',
        status=422 if problem else 200,
    )


def _signed_in(user: User) -> str:
    return f'<p class="soft">Signed in as {escape(user.login)}.</p>'
