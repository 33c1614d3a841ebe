"""Requests over HTTP: `curl`, `wget`, `http`, and routes as GitHub's documentation writes them. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from apps.policy.asking.steps import Call, Needs, Step, Unread, options, repository_in, safe
from apps.policy.endpoints.catalogue import VERBS

GRAPHQL = (
    "This is GraphQL. GitHub documents the permissions of its REST routes only, so Patrol cannot tell what a query "
    "needs. Look for the REST route that does the same, and paste that."
)
_TAKES = {
    "--request", "--header", "--data", "--data-raw", "--data-binary", "--data-ascii", "--data-urlencode", "--json",
    "--form", "--form-string", "--upload-file", "--user", "--output", "--user-agent", "--referer", "--cookie",
    "--cookie-jar", "--url", "--write-out", "--max-time", "--connect-timeout", "--retry", "--retry-delay", "--proxy",
    "--cacert", "--cert", "--key", "--config", "--resolve", "--oauth2-bearer", "--url-query", "--dump-header",
    "--method", "--body-data", "--post-data", "--post-file", "--output-document",
}  # fmt: skip
_SHORT = "XHdFTuoAebcwmxEKDrYyzCtO"
_DATA = (
    "-d", "-F", "--data", "--data-raw", "--data-binary", "--data-ascii", "--data-urlencode", "--json", "--form",
    "--form-string", "--post-data", "--post-file", "--body-data",
)  # fmt: skip
_ROUTE = re.compile(rf"\.request\(\s*['\"`]({'|'.join(VERBS)}) (/[^\s'\"`]{{1,300}})")
_ROOTS = {
    "repos", "orgs", "user", "users", "organizations", "gists", "search", "teams", "enterprises", "meta", "rate_limit",
    "graphql", "notifications", "markdown", "repositories", "issues", "app", "apps", "installation", "licenses",
    "emojis", "events", "projects",
}  # fmt: skip
_API_VARIABLE = re.compile(
    r"(?:\$?\{?(?:GITHUB_)?API_URL\}?|\{github\.api_url\}|\$\{?\w+\}?(?=/(?:repos|orgs|users?|search)/))(?=/)",
    re.IGNORECASE,
)
CONTENTS = ((("repository", "contents", "read"),),)


@dataclass(frozen=True)
class Hosts:
    """Where the API and the pages are: GitHub's own, and those of this Patrol's GitHub. Without "https://"."""

    api: tuple[str, ...] = ("api.github.com",)
    uploads: tuple[str, ...] = ("uploads.github.com",)
    web: tuple[str, ...] = ("github.com", "www.github.com")
    raw: tuple[str, ...] = ("raw.githubusercontent.com", "codeload.github.com")


def curl(words: Sequence[str], hosts: Hosts) -> list[Step]:
    """`curl` and `wget`, by the words behind their name."""
    found = options(list(words), takes=_TAKES, short=_SHORT)
    verb = _verb(found.last("-X", "--request", "--method"))
    if not verb:
        sends = found.has(*_DATA) and not found.has("-G", "--get")
        verb = "POST" if sends else "PUT" if found.has("-T", "--upload-file") else "GET"
    named = [*found.given.get("--url", []), *found.words]
    steps = [step for word in named if (step := address(verb, word, hosts))]
    return steps or [Unread("curl", "There is no address of GitHub in it.")]


def httpie(words: Sequence[str], hosts: Hosts) -> list[Step]:
    """`http POST ADDRESS` and `http ADDRESS`."""
    plain = [word for word in words if not word.startswith("-")]
    verb = _verb(plain[0]) if plain and plain[0].upper() in VERBS else ""
    rest = plain[1:] if verb else plain
    sends = any("=" in word for word in rest[1:])
    step = address(verb or ("POST" if sends else "GET"), rest[0], hosts) if rest else None
    return [step] if step else [Unread("http", "There is no address of GitHub in it.")]


def route(words: Sequence[str], hosts: Hosts) -> list[Step]:
    """`GET /repos/{owner}/{repo}/pulls`, or an address alone; else nothing."""
    first = words[0]
    if first.upper() in (*VERBS, "HEAD") and len(words) > 1 and (first.isupper() or words[1].startswith(("/", "http"))):
        step = address(_verb(first), words[1], hosts)
        return [step] if step else [Unread("a route", "This is no address of GitHub's API.")]
    if len(words) == 1 and (first.startswith(("http://", "https://")) or _is_path(first)):
        step = address("GET", first, hosts)
        return [step] if step else []
    return []


def in_a_program(text: str) -> list[Step]:
    """Routes of a program that calls Octokit: `octokit.request("GET /repos/{owner}/{repo}", ...)`."""
    return [call(verb, path) for verb, path in _ROUTE.findall(text)]


def address(verb: str, typed: str, hosts: Hosts) -> Step | None:
    """The step of a request to `typed`: an address with or without a scheme, or a path. None: it is not GitHub's."""
    text = _API_VARIABLE.sub(f"https://{hosts.api[0]}", typed.strip("<>"), count=1)
    if text.startswith("/") or _is_path(text):
        return call(verb, text)
    bare = re.sub(r"^https?://", "", text).partition("@")
    whole = bare[2] or bare[0]
    for api in (*hosts.api, *hosts.uploads):
        if whole == api or whole.lower().startswith((f"{api}/", f"{api}?")):
            return call(verb, whole[len(api) :])
    host = whole.partition("/")[0].lower()
    if host in hosts.web or host in hosts.raw:
        return _page(text, host)
    return None


def call(verb: str, path: str, *, shown: str = "", prefers: str = "", note: str = "") -> Step:
    """One request below the API's root; `shown` is said before the route."""
    clean = _clean(path)
    if clean == "/graphql":
        return Unread(shown or "POST /graphql", GRAPHQL)
    parts = clean.strip("/").split("/")
    repository = safe(f"{parts[1]}/{parts[2]}") if parts[0] == "repos" and len(parts) > 2 else ""
    named = repository if "{" not in repository else ""
    return Call(shown or f"{verb} {_place(parts, named)}", verb, clean, named, prefers, note)


def _place(parts: list[str], repository: str) -> str:
    """A route for people before it is looked up: its first parts only, the rest may hold anything."""
    if repository:
        return f"/repos/{repository}" + ("/…" if len(parts) > 3 else "")
    return f"/{safe(parts[0])}" + ("/…" if len(parts) > 1 else "")


def _clean(path: str) -> str:
    """Without query and fragment, decoded, with variables as `{names}`."""
    text = unquote(path.partition("#")[0].partition("?")[0], errors="replace")
    text = re.sub(r"\$\{?GITHUB_REPOSITORY\}?|\{github\.repository\}", "{owner}/{repo}", text)
    text = re.sub(r"\$\{(\w+)[^}]*\}|\$(\w+)|:(\w+)(?=/|$)|<([\w-]+)>", _variable, text)
    parts = [part for part in text.split("/") if part]
    return "/" + "/".join(parts)


def _variable(found: re.Match[str]) -> str:
    return "{" + next(filter(None, found.groups()), "value") + "}"


def _is_path(text: str) -> bool:
    first = text.lstrip("/").partition("?")[0].partition("/")[0]
    return first in _ROOTS and (
        "/" in text.strip("/") or text.startswith("/") or first in {"rate_limit", "meta", "user"}
    )


def _page(text: str, host: str) -> Step:
    repository = repository_in(text)
    return Needs(f"a file of {repository or host}", CONTENTS, repository, "Files of a repository need its contents.")


def _verb(text: str) -> str:
    verb = text.upper()
    return "GET" if verb == "HEAD" else verb if verb in VERBS else ""
