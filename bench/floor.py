"""The floor of a sync: one `requests.Session` that downloads the same addresses and does nothing with them."""

import time
from dataclasses import dataclass
from typing import Any

import jwt
import requests

from bench.machinery import Simulator

HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28", "User-Agent": "bench"}


@dataclass(frozen=True)
class Addresses:
    """What a first sync has to download, and the token to do it with."""

    token: str
    urls: list[str]


def addresses(simulator: Simulator, organization: str) -> Addresses:
    """Every page of both lists, and the first page of the repositories of each "subset" item. Not timed."""
    with requests.Session() as session:
        session.headers.update(HEADERS)
        token = _installation_token(simulator, session, organization)
        session.headers["Authorization"] = f"Bearer {token}"
        urls: list[str] = []
        for listing in ("personal-access-token-requests", "personal-access-tokens"):
            url = f"{simulator.url}/orgs/{organization}/{listing}"
            urls += _listing(session, url)
    return Addresses(token, urls)


def _listing(session: requests.Session, url: str) -> list[str]:
    found, following = [], f"{url}?per_page=100"
    while following:
        answer = session.get(following, timeout=60)
        answer.raise_for_status()
        found.append(following)
        found += [
            f"{url}/{item['id']}/repositories?per_page=100"
            for item in answer.json()
            if item["repository_selection"] == "subset"
        ]
        following = answer.links.get("next", {}).get("url", "")
    return found


def _installation_token(simulator: Simulator, session: requests.Session, organization: str) -> str:
    now = int(time.time())
    claims: dict[str, Any] = {"iss": simulator.app["client_id"], "iat": now - 60, "exp": now + 500}
    proof = {"Authorization": f"Bearer {jwt.encode(claims, simulator.private_key, algorithm='RS256')}"}
    installation = session.get(f"{simulator.url}/orgs/{organization}/installation", headers=proof, timeout=60)
    installation.raise_for_status()
    number = installation.json()["id"]
    minted = session.post(f"{simulator.url}/app/installations/{number}/access_tokens", headers=proof, timeout=60)
    minted.raise_for_status()
    return str(minted.json()["token"])


def seconds(wanted: Addresses) -> tuple[float, float]:
    """How long the bare loop takes, and the processor time of it."""
    with requests.Session() as session:
        session.headers.update({**HEADERS, "Authorization": f"Bearer {wanted.token}"})
        started, worked = time.monotonic(), time.process_time()
        for url in wanted.urls:
            answer = session.get(url, timeout=60)
            answer.raise_for_status()
        return time.monotonic() - started, time.process_time() - worked
