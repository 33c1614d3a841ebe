"""The table that needs no download: the vendored package of Octokit, and what is known to be different today. Pure.

The package follows GitHub's table for Apps as it was years ago. Routes under permissions that fine-grained tokens do
not have are left out, and so are those under "contents" that belong to Actions and checks by now.
"""

import json
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

from apps.policy.endpoints.catalogue import Catalogue, Endpoint, Permission, endpoint
from apps.policy.endpoints.known import APPS_ONLY, BESIDE, NOTHING, SEVERAL, SINGLE
from apps.policy.endpoints.sets import sets_of

_FILE = Path(__file__).parent / "vendor" / "octokit-app-permissions.json"
# Gone from fine-grained tokens, or never there.
_NOT_OF_TOKENS = {"checks", "single_file", "repository_projects", "team_discussions"}
# Classic projects, team synchronisation and SCIM: not for such tokens, or not there any more.
_GONE = re.compile(
    r"\S+ (?:/projects|/scim|/organizations/|/reactions|/orgs/\{org\}/team[/-]|/teams/\{team_id\}/pro"
    r"|/repos/\{owner\}/\{repo\}/\{)"
)
_BEFORE_CONTENTS = {"actions", "checks", "secrets", "administration", "issues", "pull_requests"}
_ORGANIZATIONS = {"members", "organization_administration", "organization_projects", "organization_user_blocking"}


@cache
def catalogue() -> Catalogue:
    """Made once a process."""
    return Catalogue([*_vendored().values(), *_known()])


@cache
def version() -> str:
    """Name and version of the package."""
    told = json.loads(_FILE.read_bytes())
    return f"{told['name']} {told['version']}"


def always() -> list[Endpoint]:
    """What GitHub's table does not list, mostly because it needs no permission; beside whatever was read."""
    nothing = [endpoint(route, ((),)) for route in NOTHING]
    return [*nothing, *(endpoint(route, sets) for route, sets in BESIDE.items())]


def _vendored() -> dict[str, Endpoint]:
    rows: dict[str, list[Permission]] = defaultdict(list)
    for name, levels in json.loads(_FILE.read_bytes())["permissions"].items():
        kind = "organization" if name in _ORGANIZATIONS else "repository"
        for level, routes in levels.items():
            for route in routes:
                rows[route].append((kind, name, level))
    found = {}
    for route, permissions in rows.items():
        names = {name for _, name, _ in permissions}
        kept = [one for one in permissions if one[1] not in _left_out(names)]
        if kept and "(" not in route and not _GONE.match(route):
            sets, sure = sets_of(kept)
            found[route] = endpoint(route, sets, sure=sure)
    return found


def _left_out(names: set[str]) -> set[str]:
    """Routes of public repositories stand under "contents" as well; that is nothing that one asks for."""
    return _NOT_OF_TOKENS | ({"contents"} if names & _BEFORE_CONTENTS else set())


def _known() -> list[Endpoint]:
    found = always()
    for kind, table in SINGLE.items():
        for said, routes in table.items():
            name, level = said.split(": ")
            found += [endpoint(route, (((kind, name, level),),)) for route in routes]
    found += [endpoint(route, sets) for route, sets in SEVERAL.items()]
    for said, routes in APPS_ONLY.items():
        kind, name, level = said.replace(":", "").split(" ")
        found += [endpoint(route, (((kind, name, level),),), token=False) for route in routes]
    return found
