"""Inside a process of Patrol's: ask for each page as its owner would, and note how long the server took."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.db import connection
from django.db.models import Count, F
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.middleware import note_start
from apps.core import heap, paging
from apps.github.models import Repository
from apps.tokens.models import Grant, GrantRequest
from apps.tokens.queries.filters import GRANT_ORDERS
from bench import loading

MOST_TOKENS = 50
"""GitHub lets a person have so many fine-grained tokens."""
COMBINED = "permission=contents&level=write&selection=all&unused=90&risk=2"
FILTERS = {
    "search a name": "q=deploy", "search three letters": "q=ter", "search nothing": "q=zzqqy", "owner": "owner=an",
    "repository": "repository=api", "permission": "permission=contents",
    "permission, write": "permission=contents&level=write",
    "permission, rare": "permission=organization_hooks&level=admin", "level": "level=write", "admin": "level=admin",
    "all repositories": "selection=all", "ends in 7 days": "expiring=7", "never expires": "expiring=never",
    "expired": "expiring=expired", "unused 365": "unused=365", "never used": "unused=never", "risk": "risk=2",
    "critical": "risk=3", "lives long": "lifetime=366", "holder left": "holder=left", "all states": "state=all",
    "revoked": "state=revoked", "on its way": "state=on_its_way", "wider": "state=wider",
    "team of all": "team=team-1", "team of few": "team=team-60", "team unknown": "team=zzqqy",
    "team, combined": f"team=team-3&{COMBINED}", "team, unused, by owner": "team=team-10&unused=90&sort=owner",
    "combined": COMBINED, "combined, by use": f"{COMBINED}&sort=unused", "search by risk": "q=deploy&sort=risk",
    "never expires by owner": "expiring=never&sort=owner", "lives long by risk": "lifetime=366&sort=risk",
}  # fmt: skip


def rounds() -> None:
    """For each line that comes, print a line of JSON: first {page: {"queries", "rows"}}, then what a round took.

    A round is {"pages": {page: ms}, "floor": {...}}. The floor says how quick the machine was meanwhile: bare Python,
    and a question that the database need not look up.
    """
    browser, pages = _signed_in(), dict(_pages())
    for number, _ in enumerate(sys.stdin):
        loading.owner()  # on a slow machine five minutes pass, and Patrol would ask GitHub anew
        if number == 0:
            told: dict[str, Any] = {name: _looked(browser, path) for name, path in pages.items()}
            heap.settle()  # as the web process does
        else:
            floor = {
                "million_additions_ms": _timed(lambda: sum(range(1_000_000))),
                "select_one_ms": _timed(lambda: connection.cursor().execute("SELECT 1")),
            }
            told = {"pages": {name: _timed(partial(_got, browser, path)) for name, path in pages.items()}}
            told["floor"] = floor
        print(json.dumps(told), flush=True)


def _timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _got(browser: Client, path: str) -> None:
    answer = browser.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}")


def _signed_in() -> Client:
    browser = Client(SERVER_NAME="127.0.0.1")
    browser.force_login(loading.owner())
    session = browser.session
    note_start(session)
    session.save()
    return browser


def _looked(browser: Client, path: str) -> dict[str, Any]:
    with CaptureQueriesContext(connection) as asked:
        answer = browser.get(path)
    return {"queries": len(asked), "rows": answer.content.count(b" data-row>")}


def _pages() -> Iterator[tuple[str, str]]:
    grant = Grant.objects.select_related("organization").order_by("pk")[Grant.objects.count() // 2]
    one = f"/orgs/{grant.organization.login}"
    for where, path in {"all": "/tokens/", "one": f"{one}/tokens/"}.items():
        yield f"tokens, {where}", path
        for name, order in GRANT_ORDERS.items():
            yield f"tokens, {where}, sorted: {name}", f"{path}?sort={name}"
            yield f"tokens, {where}, sorted: {name}, deep", f"{path}?sort={name}&cursor={_deep(grant, order)}"
        for name, query in FILTERS.items():
            yield f"tokens, {where}, {name}", f"{path}?{query}"
    yield "one token", f"{one}/tokens/{grant.pat_id}/"
    yield "revoke one", f"{one}/tokens/{grant.pat_id}/revoke/"
    request = GrantRequest.objects.select_related("organization").order_by("pk")[:1].get()
    yield "requests, all", "/requests/"
    yield "requests, one", f"/orgs/{request.organization.login}/requests/"
    yield "one request", f"/orgs/{request.organization.login}/requests/{request.pat_request_id}/"
    yield "overview", "/"
    yield "expiring, all", "/expiring/"
    yield "expiring, one", f"{one}/expiring/"
    yield "activity, all", "/activity/"
    yield "activity, one", f"{one}/activity/"
    yield "settings", f"{one}/settings/"
    yield from _about_people_and_repositories(one)


def _about_people_and_repositories(one: str) -> Iterator[tuple[str, str]]:
    """Of the people who hold no more than GitHub lets them, one who holds most."""
    held = Grant.objects.active().order_by().values("owner_id", "owner_login").annotate(count=Count("pk"))
    fullest = held.filter(count__lte=MOST_TOKENS).order_by("-count", "owner_id")[0]
    person = f"/people/{fullest['owner_login']}"
    yield "person", f"{person}/{fullest['owner_id']}/"
    yield "person, revoke", f"{person}/{fullest['owner_id']}/revoke/"
    yield "person, record", f"{person}/{fullest['owner_id']}/record/"
    named = Repository.objects.filter(organization__login=one.rsplit("/", 1)[1]).order_by("pk")[:1].get()
    yield "repository", f"{one}/repositories/{named.name}/"
    yield "repository, who may write", f"{one}/repositories/{named.name}/?level=write"
    for name, query in {"a name": "deploy", "nothing": "zzqqy", "a login": fullest["owner_login"]}.items():
        yield f"find {name}", f"/find/?q={query}"
        yield f"palette, {name}", f"/find/palette/?q={query}"


def _deep(grant: Grant, order: paging.Order) -> str:
    """The cursor in the middle of everything."""
    middle = Grant.objects.active().order_by(F(order.field), "pk")[Grant.objects.active().count() // 2]
    value = getattr(middle, order.field)
    return paging.encode(["after", value.isoformat() if hasattr(value, "isoformat") else value, middle.pk])
