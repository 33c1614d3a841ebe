"""The steps of a sign-in, one by one, as a browser takes them."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from django.test import Client

from tests.github import TIMEOUT

SIGN_IN, CALLBACK, SIGN_OUT = "/sign-in/", "/sign-in/callback/", "/sign-out/"
SIGNED_IN = b"You are signed in as"


@dataclass
class Tab:
    """A sign-in that was begun: GitHub's page, and what Patrol's address for the answer is."""

    client: Client
    github_url: str

    @property
    def query(self) -> dict[str, str]:
        """What Patrol asked GitHub for."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.github_url).query).items()}

    def code(self) -> str:
        """GitHub's answer: a code."""
        return parse_qs(urlsplit(self.answer()).query)["code"][0]

    def answer(self) -> str:
        """The address GitHub sends the browser back to."""
        back = requests.get(self.github_url, allow_redirects=False, timeout=TIMEOUT)
        assert back.status_code == 302, back.text
        return back.headers["Location"]

    def finish(self) -> Any:
        """Let GitHub answer, and take the answer to Patrol."""
        return self.client.get(self.answer())

    def give(self, **query: str) -> Any:
        """Take any answer to Patrol."""
        return self.client.get(CALLBACK, query)


def begin(client: Client, login: str = "owner", **query: str) -> Tab:
    """Patrol's sign-in page, as far as GitHub's page."""
    answer = client.get(SIGN_IN, {"login": login, **query})
    assert answer.status_code == 302, answer.content
    return Tab(client, answer["Location"])


def is_signed_in(client: Client) -> bool:
    """What the page says."""
    return SIGNED_IN in client.get(SIGN_IN).content
