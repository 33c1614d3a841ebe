"""A person who sets Patrol up: each step through Patrol's pages, and GitHub's as the simulator has them."""

import re
from dataclasses import dataclass, field
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import requests
from django.core.management import call_command
from django.test import Client

from apps.github.models import App
from tests.cast import ORGANIZATION, OWNER
from tests.github import TIMEOUT, GitHub
from tests.tokens.pages import Page

STEPS = ["github", "organizations", "create", "by-hand", "created", "install"]
"""The pages of the setup after its first."""


def printed_code() -> str:
    """The code of the address that is printed."""
    out = StringIO()
    call_command("setup_code", stdout=out)
    return parse_qs(urlsplit(out.getvalue().strip()).query)["code"][0]


def text(answer: Any) -> str:
    """A page as it is read."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@dataclass
class SettingUp:
    """One browser, from the code to the queue."""

    github: GitHub
    browser: Client = field(default_factory=Client)

    def begin(self, code: str = "", **typed: str) -> Any:
        """Type the code, and which GitHub."""
        return self.browser.post("/setup/", {"code": code or printed_code(), **typed})

    def plan(self, how: str = "one", organization: str = ORGANIZATION) -> Any:
        """Say how many organizations."""
        return self.browser.post("/setup/organizations/", {"how": how, "organization": organization})

    def form(self) -> tuple[str, str]:
        """Where Patrol's page posts the manifest, and the manifest."""
        page = Page(self.browser.get("/setup/create/"))
        form = next(one for one in page.all("form") if "/settings/apps/new" in (one.attributes.get("action") or ""))
        manifest = next(one for one in page.all("input") if one.attributes.get("name") == "manifest")
        return form.attributes["action"] or "", manifest.attributes["value"] or ""

    def at_github(self, login: str = OWNER, **press: str) -> str:
        """Take the manifest to GitHub and press its button; the address GitHub sends the browser back to."""
        action, manifest = self.form()
        button = action.replace("/settings/apps/new", "/settings/apps/manifest")
        sent = {"manifest": manifest, "login": login, "name": "Patrol acme", **press}
        answer = requests.post(button, data=sent, allow_redirects=False, timeout=TIMEOUT)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def create(self) -> Any:
        """Make the App, and come back."""
        return self.browser.get(self.at_github())

    def to_the_app(self, how: str = "one") -> "SettingUp":
        """Everything up to the App."""
        self.begin()
        self.plan(how)
        answer = self.create()
        assert (answer.status_code, answer.headers.get("Location")) == (302, "/setup/install/"), answer.content
        return self

    def install(self, organization: str = ORGANIZATION, **more: Any) -> int:
        """Install the App there; the installation's id."""
        app = App.objects.get()
        made = self.github.change("installations/create", organization=organization, app=app.slug, **more)
        return int(made["installation_id"])

    def come_back(self, login: str = OWNER, query: str = "installation_id=1&setup_action=install") -> Any:
        """Back from GitHub's installation page, and through its sign-in as `login`; the last answer."""
        answer = self.browser.get(f"/setup/installed/?{query}")
        if not answer["Location"].startswith("http"):
            return self.browser.get(answer["Location"])
        parts = urlsplit(answer["Location"])
        asked = dict(parse_qsl(parts.query)) | {"login": login}
        back = requests.get(
            f"{parts.scheme}://{parts.netloc}{parts.path}", params=asked, allow_redirects=False, timeout=TIMEOUT
        )
        return self.browser.get(back.headers["Location"], follow=True)

    def all_the_way(self, how: str = "one") -> Any:
        """To the page of checks."""
        self.to_the_app(how)
        self.install()
        return self.come_back()
