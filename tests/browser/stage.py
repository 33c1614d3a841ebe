"""A page of components in Chromium without a server: every address is answered from here, under Patrol's policy.

For rules about how pages behave. Stories about Patrol itself run against a running one (conftest.py).
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import QueryDict
from django.template import Context, Template
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

ORIGIN = "http://127.0.0.1:8000"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PROGRAMS = ["chromium", "chromium-browser", "google-chrome"]
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass
class Stage:
    """What the page asked for, and how it is answered: `answers[path]` renders, `posts` is what was submitted."""

    page: Page
    answers: dict[str, Callable[[], tuple[int, str]]] = field(default_factory=dict)
    posts: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> Page:
        """Go there."""
        self.page.goto(ORIGIN + path)
        return self.page

    def answer(self, route: Route) -> None:
        """Answer one request."""
        address = urlsplit(route.request.url)
        if address.path.startswith("/static/"):
            self._static(route, address.path.removeprefix("/static/"))
            return
        if route.request.method == "POST":
            self.posts.append((address.path, parse_qs(route.request.post_data or "")))
        render = self.answers.get(address.path)
        try:
            status, body = render() if render else (404, "")
        except Exception as error:  # Playwright would only log it, and the page would wait
            self.troubles.append(repr(error))
            status, body = 500, "see troubles"
        route.fulfill(status=status, body=body, content_type="text/html; charset=utf-8", headers=_policy())

    def _static(self, route: Route, name: str) -> None:
        found = finders.find(name)
        if not isinstance(found, str):
            route.fulfill(status=404)
            return
        route.fulfill(body=Path(found).read_bytes(), content_type=TYPES[Path(name).suffix])


def _policy() -> dict[str, str]:
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    return {"Content-Security-Policy": "; ".join(f"{name} {' '.join(values)}" for name, values in directives.items())}


def page_of(content: str, **context: Any) -> str:
    """A whole page around `content`, as its reader `owner` gets it."""
    source = f'{{% extends "base.html" %}}{{% load components patrol %}}{content}'
    return Template(source).render(Context({**_frame(), **context}))


def part_of(content: str, **context: Any) -> str:
    """What a view answers to htmx."""
    return Template(f"{{% load components patrol %}}{content}").render(Context({**_frame(), **context}))


def _frame() -> dict[str, Any]:
    request = SimpleNamespace(
        user=SimpleNamespace(is_authenticated=True, login="owner", avatar_url=""), path="/", GET=QueryDict()
    )
    return {
        "request": request,
        "csrf_token": "t0k",
        "navigation": SimpleNamespace(organizations=[], current=None, tab=""),
    }


@contextmanager
def browser() -> Iterator[Browser]:
    """A Chromium; the test is skipped where there is none."""
    executable = os.environ.get("PATROL_TEST_CHROMIUM") or next(filter(None, map(which, PROGRAMS)), None)
    if executable is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield running
        running.close()


@contextmanager
def staged(running: Browser, **options: Any) -> Iterator[Stage]:
    """A stage in a new browser window; `options` are Playwright's for a context."""
    context: BrowserContext = running.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    stage = Stage(context.new_page())
    stage.page.on("pageerror", lambda error: stage.troubles.append(str(error)))
    stage.page.on("console", lambda said: stage.troubles.append(said.text) if "Policy" in said.text else None)
    context.route("**/*", stage.answer)
    yield stage
    context.close()
