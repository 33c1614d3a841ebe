"""A simulated GitHub as the contract tests speak to it: real HTTP, every answer judged (room: contract tests)."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import cache, cached_property
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import requests

from apps.simulator.server import SimulatorServer
from tests.contract.coverage import SEEN
from tests.contract.messages import Answer, Request
from tests.contract.openapi import GITHUB, OAUTH, Operation, load, refuse

TIMEOUT = 20
ORGANIZATION = "acme-robotics"
SEALED = "sealed-harbor"
NOWHERE = 999_999_999
SIZE: dict[str, Any] = {
    "seed": 1, "organizations": 2, "members": 8, "grants": 40, "requests": 8, "live": False, "saml_organizations": 1,
}  # fmt: skip
NOBODY_LISTENS = "http://127.0.0.1:9/webhooks"
MANIFEST: dict[str, Any] = {
    "name": "Patrol for the contract",
    "url": "https://patrol.example/",
    "redirect_url": "http://127.0.0.1:8000/setup/created/",
    "callback_urls": ["http://127.0.0.1:8000/sign-in/callback/"],
    "hook_attributes": {"url": NOBODY_LISTENS, "active": True},
    "default_permissions": {
        "members": "read",
        "metadata": "read",
        "organization_personal_access_token_requests": "read",
    },
    "default_events": ["organization", "personal_access_token_request"],
}
SIGNED_IN = "http://127.0.0.1:8000/sign-in/callback/"


class World:
    """One world of the simulator. People are called by login, Apps `app`, `installation`, `narrow`, `nobody`."""

    def __init__(self, server: SimulatorServer, prefix: str = "") -> None:
        self.server = server
        self.prefix = prefix
        self.url = server.url + prefix
        self.session = requests.Session()
        self.session.headers["User-Agent"] = "Patrol-contract"
        self.description = load(GITHUB)
        self.oauth = load(OAUTH)
        self.tokens: dict[str, str] = {}
        SEEN.operations.update(operation.name for operation in self.description.operations)

    def close(self) -> None:
        """Close the connections."""
        self.session.close()

    def token(self, who: str) -> str:
        """Return the token `who` calls with, made on first use; empty for `nobody`."""
        if who not in self.tokens:
            makers: dict[str, Callable[[], str]] = {
                "nobody": lambda: "",
                "impostor": lambda: "ghu_" + "A" * 36,
                "app": lambda: app_jwt(self.server.governance_app.client_id, self.server.governance_app.private_key),
                "installation": lambda: self._installation_token({}),
                "narrow": lambda: self._installation_token({"permissions": {"metadata": "read"}}),
            }
            self.tokens[who] = makers[who]() if who in makers else self.sign_in(who)["access_token"]
        return self.tokens[who]

    def _installation_token(self, body: dict[str, Any]) -> str:
        number = self.names["installation_id"]
        answer = self.send("POST", f"/app/installations/{number}/access_tokens", "app", body=body)
        return str(self.value(answer)["token"])

    def sign_in(self, login: str) -> dict[str, Any]:
        """Go through GitHub's web flow as `login` and return the tokens' answer; each step is judged."""
        code, verifier = self.code_for(login)
        form = {"code": code, "redirect_uri": SIGNED_IN, "code_verifier": verifier}
        return dict(self.value(self.exchange(form)))

    def code_for(self, login: str) -> tuple[str, str]:
        """Return a fresh authorization code for `login`, and the PKCE verifier it wants."""
        verifier = secrets.token_urlsafe(48)
        query = self.authorization(verifier) | {"login": login}
        back = urlsplit(self.web("GET", "/login/oauth/authorize?" + urlencode(query)).header("Location"))
        returned = parse_qs(back.query)
        assert returned["state"] == [query["state"]]
        return returned["code"][0], verifier

    def authorization(self, verifier: str) -> dict[str, str]:
        """Return the query of a request for authorization, with a fresh state."""
        return {
            "client_id": self.server.governance_app.client_id,
            "redirect_uri": SIGNED_IN,
            "state": secrets.token_urlsafe(24),
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
        }

    def exchange(self, form: dict[str, str]) -> Answer:
        """Return the judged answer to an exchange of a code or a refresh token, with the App's secret added."""
        app = self.server.governance_app
        form = {"client_id": app.client_id, "client_secret": app.client_secret} | form
        return self.web("POST", "/login/oauth/access_token", form)

    def web(self, verb: str, target: str, form: dict[str, str] | None = None) -> Answer:
        """Return the judged answer of a page of sign-in."""
        accept = "application/json" if verb == "POST" else "text/html"
        answer = self._receive(verb, self.server.url + target, headers={"Accept": accept}, data=form)
        operation = self.oauth.operation(verb, target)
        self.oauth.check_answer(operation, answer)
        return answer

    def send(
        self,
        verb: str,
        target: str,
        who: str,
        *,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Return the judged answer to one request of the API; the request itself may well be wrong."""
        sent = {"Accept": "application/vnd.github+json"} | (headers or {})
        token = self.token(who)
        if token:
            sent["Authorization"] = f"Bearer {token}"
        answer = self._receive(verb, self.url + target, headers=sent, json=body)
        operation = self.description.operation(verb, target)
        SEEN.answered.add(f"{operation.name} {answer.status}")
        self.description.check_answer(operation, answer)
        self._check_links(operation, answer)
        return answer

    def _receive(self, verb: str, url: str, **arguments: Any) -> Answer:
        answer = self.session.request(verb, url, allow_redirects=False, timeout=TIMEOUT, **arguments)
        return Answer(answer.status_code, answer.headers, answer.content)

    def _check_links(self, operation: Operation, answer: Answer) -> None:
        """Each address in `Link` is a request for the same operation, on the host that was asked."""
        for link in requests.utils.parse_header_links(answer.header("Link")):
            assert link["rel"] in ("first", "prev", "next", "last")
            target = link["url"].removeprefix(self.url)
            if self.description.check_request(Request("GET", target)) != operation:
                refuse(f"{operation.name} {answer.status}", [f"header Link leads to {link['url']}"])

    def next_page(self, answer: Answer) -> str:
        """Return path and query of the page after this one, or empty text."""
        links = {link["rel"]: link["url"] for link in requests.utils.parse_header_links(answer.header("Link"))}
        return str(links.get("next", "")).removeprefix(self.url)

    def control(self, verb: str, page: str, fields: dict[str, Any]) -> Any:
        """Return the answer of a control page of the simulator."""
        url = f"{self.server.url}/_simulator/{page}"
        answer = self.session.request(verb, url, json=fields, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def value(self, answer: Answer) -> Any:
        """Return the value in an answer that is a success."""
        assert answer.status < 300, answer
        return json.loads(answer.body)

    @cached_property
    def names(self) -> dict[str, Any]:
        """What stands for the variable parts of an address, by the description's names for them."""
        installation = self.value(self.send("GET", f"/orgs/{ORGANIZATION}/installation", "app"))
        permissions = installation["permissions"] | {"issues": "write"}
        self.control("POST", "installations/permissions", {"organization": ORGANIZATION, "permissions": permissions})
        number = installation["id"]
        return {
            "org": ORGANIZATION,
            "sealed": SEALED,
            "username": "member",
            "installation_id": number,
            "nowhere": NOWHERE,
        }

    @cached_property
    def things(self) -> dict[str, Any]:
        """The same with one of each thing of the organization: a request, a grant, a team, a repository."""
        self.control("POST", "webhook", {"url": NOBODY_LISTENS})
        wish = {"organization": ORGANIZATION, "repository_selection": "subset"}
        asked = self.control("POST", "requests", wish)
        requested = self._first("personal-access-token-requests")
        granted = self._first("personal-access-tokens")
        return self.names | {
            "pat_request_id": asked["id"],
            "token_id": granted["token_id"],
            "pat_id": granted["id"],
            "owner": requested["owner"]["login"],
            "team_slug": self._first("teams")["slug"],
            "repository": self._repository(),
            "issue_number": 1,
            "delivery_id": self._failed_deliveries()[0]["id"],
            "code": self.manifest_code(),
        }

    def _repository(self) -> str:
        """The name of a private one with two issues that Patrol's App opened."""
        repository = str(self._first("repos", "&type=private")["name"])
        for title in ("The first", "The second"):
            issue = {"title": title, "body": "@member", "labels": ["patrol-reminder"]}
            self.value(self.send("POST", f"/repos/{ORGANIZATION}/{repository}/issues", "installation", body=issue))
        return repository

    def manifest_code(self, **changes: Any) -> str:
        """Return the code of an App that `owner` has just named on GitHub's page."""
        form = {"manifest": json.dumps(MANIFEST | changes), "login": "owner", "name": MANIFEST["name"]}
        page = f"{self.server.url}/organizations/{ORGANIZATION}/settings/apps/manifest"
        back = self.session.post(page, data=form, allow_redirects=False, timeout=TIMEOUT)
        return parse_qs(urlsplit(back.headers["Location"]).query)["code"][0]

    def _failed_deliveries(self) -> list[dict[str, Any]]:
        """Two messages to an address where nobody listens, as the App sees them."""
        self.control("POST", "members/remove", {"organization": ORGANIZATION, "login": "second-owner"})
        self.control("POST", "roles", {"organization": ORGANIZATION, "login": "second-owner", "role": "admin"})
        while self.control("GET", "webhook", {})["waiting"]:
            time.sleep(0.01)
        return list(self.value(self.send("GET", "/app/hook/deliveries", "app")))

    def _first(self, plural: str, query: str = "") -> dict[str, Any]:
        page = self.value(self.send("GET", f"/orgs/{ORGANIZATION}/{plural}?per_page=1{query}", "installation"))
        return dict(page[0])

    def fill(self, target: str) -> str:
        """Return `target` with the variable parts of this world."""
        return target.format(**self.things)


@cache
def app_jwt(client_id: str, private_key: str) -> str:
    """Return a JWT as the App signs it, good for the few minutes of a test run."""
    now = int(time.time())
    return jwt.encode({"iss": client_id, "iat": now - 60, "exp": now + 540}, private_key, algorithm="RS256")


def challenge(verifier: str) -> str:
    """Return the S256 challenge of a PKCE verifier (RFC 7636 section 4.2)."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
