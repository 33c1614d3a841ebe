"""A browser window at a running Patrol, and what no page of it may ever do."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, expect

from tests.processes import RunningPatrol

# A busy machine answers slowly; a wrong page fails by what it shows, not by when.
PATIENCE = 30_000
# Chromium writes into the console that the page itself was a 403, 404 or 422. That is an answer, not an error.
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (400|403|404|409|422)")


@dataclass
class Window:
    """One person's window. `troubles` must stay empty; `sent` is every request that could change something."""

    page: Page
    patrol: RunningPatrol
    troubles: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Open an address of Patrol."""
        self.page.goto(self.patrol.url + path)
        return self.page

    def sign_in(self, login: str, then: str = "/") -> Page:
        """Straight through GitHub's page, for stories that are about something else."""
        self.page.goto(f"{self.patrol.url}/sign-in/?login={login}&next={then}")
        assert self.page.url == self.patrol.url + then, self.page.url
        return self.page

    def refreshed_until(self, shows: Callable[[Page], bool], what: str, *, times: int = 60) -> None:
        """Load the page again, as a person without script does, until it shows something."""
        for _ in range(times):
            if shows(self.page):
                return
            self.page.wait_for_timeout(500)
            self.page.reload()
        raise AssertionError(f"the page never showed {what}")

    def hear(self, said: ConsoleMessage) -> None:
        """Errors and warnings, refusals by the content security policy among them."""
        own = said.location.get("url") == self.page.url and REFUSED.match(said.text)
        if said.type in {"error", "warning"} and not own:
            self.troubles.append(f"{said.type} on {self.page.url}: {said.text}")

    def see(self, request: Request) -> None:
        """Requests that go elsewhere than to Patrol and its GitHub, or that change something."""
        if not request.url.startswith((f"{self.patrol.url}/", f"{self.patrol.github.url}/")):
            self.troubles.append(f"request to {request.url}")
        if request.method not in {"GET", "HEAD"}:
            self.sent.append(f"{request.method} {request.url.removeprefix(self.patrol.url)}")

    def close(self, dialog: Dialog) -> None:
        """Patrol uses no browser dialog; one that opens was opened by somebody's words."""
        self.troubles.append(f"dialog on {self.page.url}: {dialog.message}")
        dialog.dismiss()


@contextmanager
def window(chromium: Browser, patrol: RunningPatrol, **options: Any) -> Iterator[Window]:
    """A new window that shares nothing with others; `options` are Playwright's for a context."""
    context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    context.set_default_timeout(PATIENCE)
    context.set_default_navigation_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    one = Window(context.new_page(), patrol)
    one.page.on("pageerror", lambda error: one.troubles.append(f"script on {one.page.url}: {error}"))
    one.page.on("console", one.hear)
    one.page.on("dialog", one.close)
    one.page.on("request", one.see)
    yield one
    context.close()
    assert one.troubles == []
