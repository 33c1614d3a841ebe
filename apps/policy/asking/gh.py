"""GitHub's command line: `gh api` as it is written, other commands by the table in gh_commands. Pure."""

import re
from collections.abc import Sequence

from apps.policy.asking.gh_commands import FURTHER, NOTES, NOTHING, PROJECTS, ROUTES, SWITCHES, TAKES
from apps.policy.asking.http_calls import Hosts, address, call
from apps.policy.asking.steps import Needs, Options, Step, Unread, options, repository_in

_API_TAKES = {
    "--method", "--header", "--field", "--raw-field", "--input", "--jq", "--template", "--hostname", "--cache",
    "--preview",
}  # fmt: skip
_SENDS = ("-f", "-F", "--field", "--raw-field", "--input")
_REPOSITORY = "/repos/{owner}/{repo}"
_ORGANIZATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}", re.ASCII)
_PREFERS = {"pr": "pull_requests", "issue": "issues"}
_GROUPS = {key.split(" ", maxsplit=1)[0] for key in ROUTES} | {"project"}


def gh(words: Sequence[str], hosts: Hosts) -> list[Step]:
    """What the command calls, by the words behind `gh`."""
    plain = [word for word in words if not word.startswith("-")]
    if not plain or plain[0] in NOTHING or plain[1:2] == ["set-default"]:
        return []
    if plain[0] == "api":
        return _api(list(words[list(words).index("api") + 1 :]), hosts)
    found = options(list(words), takes=TAKES, short=_letters(plain))
    command = next((key for size in (3, 2) if (key := " ".join(found.words[:size])) in ROUTES), "")
    if command:
        return _routes(command, found)
    if plain[0] == "project":
        return [_project(found)]
    known = f"gh {plain[0]}" if plain[0] in _GROUPS else "gh"
    return [
        Unread(known, "Patrol does not know what this command of gh calls. GH_DEBUG=api shows it: paste the route.")
    ]


def _api(words: list[str], hosts: Hosts) -> list[Step]:
    found = options(words, takes=_API_TAKES, short="XHfFqtp")
    if not found.words:
        return [Unread("gh api", "It names no route.")]
    verb = found.last("-X", "--method").upper() or ("POST" if found.has(*_SENDS) else "GET")
    target = found.words[0]
    if "://" in target:
        step = address(verb, target, hosts)
        return [step] if step else [Unread("gh api", "This is no address of GitHub's API.")]
    return [call(verb, target)]


def _routes(command: str, found: Options) -> list[Step]:
    """Its routes, on the repository, environment or organization that the options name."""
    repository = repository_in(found.last("-R", "--repo"))
    repository = repository or next((one for word in found.words[2:] if (one := _named(command, word))), "")
    group = command.split(" ", maxsplit=1)[0]
    routes = [*ROUTES[command]]
    for (which, names), more in FURTHER.items():
        if which == command and found.has(*names):
            routes += more
    if group in {"secret", "variable"}:
        routes = [_scoped(route, group, found) for route in routes]
    place = _organization(command, found, repository)
    steps: list[Step] = []
    for route in routes:
        verb, path = route.split(" ", maxsplit=1)
        on = f"/repos/{repository}" if repository else _REPOSITORY
        path = re.sub(r"^R(?=/|$)", lambda _: on, path)  # noqa: B023  used at once
        path = re.sub(r"^O(?=/|$)", lambda _: place, path)
        note = NOTES.get(command, "") if not steps else ""
        steps.append(call(verb, path, shown=f"gh {command}", prefers=_PREFERS.get(group, ""), note=note))
    return steps


def _letters(plain: Sequence[str]) -> str:
    """Letters with a value: the same letter is a mere switch of some commands."""
    switches = SWITCHES.get(" ".join(plain[:2]), "")
    return "".join(one for one in "RoeablrtBHmpsLqSfFnu" if one not in switches)


def _named(command: str, word: str) -> str:
    """The repository in a word that is no option: an address, or a name where the command takes one."""
    return repository_in(word) if "://" in word or command.startswith("repo ") else ""


def _scoped(route: str, group: str, found: Options) -> str:
    """Secrets and variables of an organization, an environment, the person or another application."""
    if found.has("--org", "-o"):
        route = re.sub(r"(?<= )R(?=/)", "O", route)
    elif found.has("--env", "-e"):
        route = route.replace("R/actions/", "R/environments/{environment_name}/")
    elif found.has("--user", "-u") and group == "secret":
        route = route.replace("R/actions/", "/user/codespaces/")
    application = found.last("--app", "-a").lower()
    return route.replace("/actions/", f"/{application}/") if application in {"dependabot", "codespaces"} else route


def _organization(command: str, found: Options, repository: str) -> str:
    """The place for `O`: an organization, or the person where `gh repo create` names no owner."""
    named = found.last("--org", "-o") or repository.partition("/")[0]
    if command in {"repo list", "repo create"} and len(found.words) > 2:
        owner, slash, _ = found.words[2].partition("/")
        named = owner if slash or command == "repo list" else named
    if _ORGANIZATION.fullmatch(named):
        return f"/orgs/{named}"
    return "/user" if command == "repo create" else "/orgs/{org}"


def _project(found: Options) -> Step:
    level = PROJECTS.get(found.words[1] if len(found.words) > 1 else "", "write")
    wanted = ((("organization", "organization_projects", level),),)
    return Needs(
        "gh project", wanted, "", "A project of a person, not of an organization, takes no fine-grained token."
    )
