"""How these tests speak to the simulator: as the App, as an installation, as a person, or as whoever controls it."""

from __future__ import annotations

import time
from copy import copy
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import requests
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from apps.simulator.credentials import AppCredentials
from apps.simulator.server import SimulatorServer

TIMEOUT = 10
CALLBACK = "http://127.0.0.1:9/callback"
ORGANIZATION = "acme-robotics"
REQUESTS = f"/orgs/{ORGANIZATION}/personal-access-token-requests"
GRANTS = f"/orgs/{ORGANIZATION}/personal-access-tokens"


@cache
def signing_key(pem: str) -> Any:
    """Loading a key checks it, which takes longer than signing with it."""
    return load_pem_private_key(pem.encode(), None)


@dataclass
class Person:
    """A bearer of one access token (a person, or an installation)."""

    url: str
    token: str
    session: requests.Session = field(default_factory=requests.Session)

    def send(self, verb: str, path: str, **arguments: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", **arguments.pop("headers", {})}
        return self.session.request(
            verb, self.url + path, headers=headers, timeout=TIMEOUT, allow_redirects=False, **arguments
        )

    def get(self, path: str, **arguments: Any) -> requests.Response:
        return self.send("GET", path, **arguments)

    def post(self, path: str, body: Any = None, **arguments: Any) -> requests.Response:
        return self.send("POST", path, json=body, **arguments)

    def listed(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Every item of a list, page by page along `Link`."""
        address, items = self.url + path, []
        parameters: dict[str, Any] | None = {"per_page": 100, **query}
        while address:
            response = self.get(address.removeprefix(self.url), params=parameters)
            assert response.status_code == 200, response.text
            items += response.json()
            address, parameters = response.links.get("next", {}).get("url", ""), None
        return items


class SimulatedGitHub:
    """The simulator from outside; `prefix` is what an Enterprise Server has its API below."""

    def __init__(self, server: SimulatorServer, prefix: str = "") -> None:
        self.url = server.url
        self.api = server.url + prefix
        self.app: AppCredentials = server.governance_app

    def speaking_as(self, app: AppCredentials) -> SimulatedGitHub:
        """The same GitHub for another App."""
        other = copy(self)
        other.app = app
        return other

    def jwt(self, *, key: str = "", algorithm: str = "RS256", **claims: Any) -> str:
        """A JSON web token of the App; claims given replace those of a good one, None leaves one out."""
        now = int(time.time())
        good = {"iss": self.app.client_id, "iat": now - 60, "exp": now + 540, **claims}
        kept = {name: value for name, value in good.items() if value is not None}
        return jwt.encode(kept, key or signing_key(self.app.private_key), algorithm)

    def as_app(self, token: str = "") -> Person:
        return Person(self.api, token or self.jwt())

    def installation_id(self, organization: str) -> int:
        return int(self.as_app().get(f"/orgs/{organization}/installation").json()["id"])

    def installation(self, organization: str, **narrowing: Any) -> Person:
        path = f"/app/installations/{self.installation_id(organization)}/access_tokens"
        response = self.as_app().post(path, narrowing)
        assert response.status_code == 201, response.text
        return Person(self.api, response.json()["token"])

    def authorize(self, **query: str) -> requests.Response:
        parameters = {"client_id": self.app.client_id, "redirect_uri": CALLBACK, "state": "s-1", **query}
        address = self.url + "/login/oauth/authorize"
        return requests.get(address, params=parameters, allow_redirects=False, timeout=TIMEOUT)

    def code(self, login: str, **query: str) -> str:
        return returned(self.authorize(login=login, **query))["code"]

    def exchange(self, **form: str) -> dict[str, Any]:
        secrets = {"client_id": self.app.client_id, "client_secret": self.app.client_secret}
        response = requests.post(
            self.url + "/login/oauth/access_token",
            data={**secrets, **form},
            headers={"Accept": "application/json"},
            timeout=TIMEOUT,
        )
        assert response.status_code == 200, response.text
        return dict(response.json())

    def sign_in(self, login: str) -> Person:
        return Person(self.api, self.exchange(code=self.code(login))["access_token"])

    def control(self, verb: str, page: str, body: Any = None) -> requests.Response:
        return requests.request(verb, f"{self.url}/_simulator/{page}", json=body, timeout=TIMEOUT)

    def change(self, page: str, **body: Any) -> Any:
        """What a control page answers to these fields; it must have taken them."""
        response = self.control("POST", page, body)
        assert response.ok, response.text
        return response.json() if response.content else None

    def ledger(self) -> list[dict[str, Any]]:
        return list(self.control("GET", "ledger").json())

    def overview(self) -> dict[str, Any]:
        return dict(self.control("GET", "state").json())

    def contents(self, organization: str = ORGANIZATION) -> dict[str, Any]:
        return dict(self.control("GET", f"state?organization={organization}").json())


def returned(response: requests.Response) -> dict[str, str]:
    """The parameters with which the browser was sent back."""
    assert response.status_code == 302, response.text
    query = urlsplit(response.headers["Location"]).query
    return {name: values[0] for name, values in parse_qs(query).items()}


def ids(items: list[dict[str, Any]]) -> list[int]:
    return [item["id"] for item in items]
