"""GitHub's own data on permissions, as its documentation is made of it: read strictly or not at all. Pure.

The files `src/github-apps/data/*/fine-grained-pat-permissions.json` and `server-to-server-permissions.json` of
https://github.com/github/docs. A permission is a key; each of its `permissions` is a route. Only the file for Apps says
`server-to-server` of its routes. What is in that file alone, no fine-grained token can call.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from apps.core.errors import RuleBroken
from apps.policy.endpoints.catalogue import VERBS, Endpoint, Permission
from apps.policy.endpoints.sets import sets_of

MOST_BYTES = 5_000_000
FEWEST = 200
"""So few endpoints are no table of GitHub's: today's has a thousand."""
MOST = 20_000
_KINDS = {
    "Repository": "repository", "Organization": "organization", "User": "account", "Account": "account",
    "Enterprise": "enterprise", "Business": "enterprise",
}  # fmt: skip
_NAME = re.compile(r"[a-z][a-z0-9_]{1,79}", re.ASCII)
_PATH = re.compile(r"(?:/[A-Za-z0-9_.{}@:+-]{1,100}){1,25}|/", re.ASCII)
_LEVELS = {"read", "write", "admin"}
Rows = dict[tuple[str, str], list[Permission]]


class NotACatalogue(RuleBroken):
    """The file is not what GitHub publishes; the sentence says where it is not."""


def endpoints(files: Iterable[bytes]) -> list[Endpoint]:
    """Everything that one or two files say; the one for fine-grained tokens must be there. Raises NotACatalogue."""
    tokens: Rows = {}
    apps: Rows = {}
    for body in files:
        for_apps, rows = _read(body)
        if apps if for_apps else tokens:
            raise NotACatalogue("Two files are of the same kind.")
        if for_apps:
            apps = rows
        else:
            tokens = rows
    if len(tokens) < FEWEST:
        raise NotACatalogue(f"There are {len(tokens)} endpoints for fine-grained tokens; GitHub's table has many more.")
    only = {key: rows for key, rows in apps.items() if key not in tokens}
    return [*_made(tokens, token=True), *_made(only, token=False)]


def _made(rows: Rows, *, token: bool) -> list[Endpoint]:
    made = []
    for (verb, path), found in sorted(rows.items()):
        sets, sure = sets_of(found)
        made.append(Endpoint(verb, path, sets, token, sure))
    return made


def _read(body: bytes) -> tuple[bool, Rows]:
    """Whether it is the file for Apps, and its rows."""
    if len(body) > MOST_BYTES:
        raise NotACatalogue("The file is larger than 5 MB.")
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotACatalogue("The file is no JSON.") from error
    if not isinstance(data, dict) or not data:
        raise NotACatalogue("The file holds no permissions by their names.")
    rows: Rows = defaultdict(list)
    kinds: set[bool] = set()
    for name, entry in data.items():
        for route in _routes(name, entry):
            kinds.add("server-to-server" in route)
            key, level = _route(name, route)
            rows[key].append((_kind(name, entry), name, level))
    if len(kinds) != 1 or len(rows) > MOST:
        raise NotACatalogue("The file is neither that of fine-grained tokens nor that of Apps.")
    return kinds.pop(), dict(rows)


def _routes(name: Any, entry: Any) -> list[dict[str, Any]]:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise NotACatalogue("A permission has no name that GitHub would give it.")
    routes = entry.get("permissions") if isinstance(entry, dict) else None
    if not isinstance(routes, list) or not all(isinstance(one, dict) for one in routes):
        raise NotACatalogue(f"{name} has no list of routes.")
    return routes


def _kind(name: str, entry: dict[str, Any]) -> str:
    first = str(entry.get("displayTitle", "")).partition(" ")[0]
    if first not in _KINDS:
        raise NotACatalogue(f"{name} is a permission of nothing that Patrol knows.")
    return _KINDS[first]


def _route(name: str, route: dict[str, Any]) -> tuple[tuple[str, str], str]:
    verb, path, level = (route.get(key) for key in ("verb", "requestPath", "access"))
    if not isinstance(verb, str) or verb.upper() not in VERBS:
        raise NotACatalogue(f"A route of {name} has no verb.")
    if not isinstance(path, str) or not _PATH.fullmatch(path):
        raise NotACatalogue(f"A route of {name} has no address.")
    if level not in _LEVELS:
        raise NotACatalogue(f"A route of {name} has no level of access.")
    return (verb.upper(), path), str(level)
