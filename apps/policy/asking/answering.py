"""From steps to what they need together: the fewest permissions with which all of them work. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product

from apps.policy.asking.steps import Call, Needs, Step, Unread
from apps.policy.endpoints.catalogue import Catalogue, Endpoint, Permission, Set
from apps.policy.permissions import PermissionLine, describe, rank, sort_lines

_MOST_WAYS = 512
NOT_LISTED = (
    "GitHub's table in this catalogue does not name this route. An answer of GitHub says what it would have accepted "
    "in the header X-Accepted-GitHub-Permissions: curl -i shows it."
)
_BASIC = ("repository", "metadata", "read")


@dataclass(frozen=True)
class Line:
    """One step as the page tells it. `sets`: one of them is enough, in plain words; none: `why` says why not.

    `route`: what a command of gh calls, or what does the same. `impossible`: no fine-grained token can do it.
    """

    shown: str
    route: str = ""
    sets: tuple[tuple[PermissionLine, ...], ...] = ()
    why: str = ""
    note: str = ""
    impossible: bool = False
    sure: bool = True


@dataclass(frozen=True)
class Answer:
    """What was pasted, line by line, and all of it together.

    `permissions` are those to ask for; `personal` of them are given only to tokens whose resource owner is a person.
    `repositories` are named in what was pasted, "owner/name".
    """

    lines: tuple[Line, ...]
    permissions: tuple[PermissionLine, ...]
    personal: tuple[PermissionLine, ...]
    repositories: tuple[str, ...]

    @property
    def unread(self) -> list[Line]:
        """What Patrol could not say anything about."""
        return [one for one in self.lines if one.why and not one.impossible]

    @property
    def impossible(self) -> list[Line]:
        """What no fine-grained token can do."""
        return [one for one in self.lines if one.impossible]

    @property
    def organizations(self) -> list[str]:
        """Who owns the named repositories, once each."""
        return list(dict.fromkeys(one.partition("/")[0] for one in self.repositories))


def answer(steps: Sequence[Step], catalogue: Catalogue) -> Answer:
    """Look every step up, and put together what they need."""
    made = [_looked_up(step, catalogue) for step in steps]
    wanted = [sets for _, sets in made if sets]
    chosen = fewest(wanted)
    lines = sort_lines(describe(*one) for one in chosen)
    named = [step.repository for step in steps if not isinstance(step, Unread) and step.repository]
    return Answer(
        lines=tuple(dict.fromkeys(line for line, _ in made)),
        permissions=tuple(one for one in lines if one.kind in {"repository", "organization"}),
        personal=tuple(one for one in lines if one.kind not in {"repository", "organization"}),
        repositories=tuple(one for one in dict.fromkeys(named) if "{" not in one and "*" not in one),
    )


def fewest(wanted: Iterable[tuple[Set, ...]]) -> list[Permission]:
    """Of each group one set: the choice that allows least over all, the highest level of each permission, sorted.

    Of two that allow equally much the sets that stand first are taken. With more than 512 choices the first ones are
    compared.
    """
    groups = list(dict.fromkeys(wanted))
    ways = (_together(way) for way in islice(product(*groups), _MOST_WAYS))
    best = min(ways, key=_weight, default={})
    return sorted((kind, name, level) for (kind, name), level in best.items())


def _together(sets: Iterable[Set]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for kind, name, level in (one for each in sets for one in each):
        if rank(level) > rank(found.get((kind, name), "none")):
            found[kind, name] = level
    if len(found) > 1:
        found = {key: level for key, level in found.items() if (*key, level) != _BASIC}
    return found


def _weight(way: dict[tuple[str, str], str]) -> tuple[int, int]:
    return len(way), sum(rank(level) for level in way.values())


def _looked_up(step: Step, catalogue: Catalogue) -> tuple[Line, tuple[Set, ...]]:
    if isinstance(step, Unread):
        return Line(step.shown, why=step.why), ()
    if isinstance(step, Needs):
        return Line(step.shown, sets=_plain(step.sets), note=step.note, why="" if step.sets else step.note), step.sets
    endpoint = _endpoint(step, catalogue)
    if endpoint is None:
        return Line(step.shown, why=_why_not(step, catalogue)), ()
    route = endpoint.key if step.shown.startswith("gh ") else ""
    line = Line(_shown(step, endpoint), route, _plain(endpoint.sets), note=step.note, sure=endpoint.sure)
    if not endpoint.token:
        why = "No fine-grained token can call this: GitHub lets only GitHub Apps do it."
        return replace(line, sets=(), why=why, impossible=True), ()
    sets = tuple(
        sorted(_for_workflows(step, endpoint), key=lambda one: all(name != step.prefers for _, name, _ in one))
    )
    return replace(line, sets=_plain(sets)), () if sets == ((),) else sets


def _for_workflows(step: Call, endpoint: Endpoint) -> tuple[Set, ...]:
    """A file of a workflow needs the set with that permission."""
    if "/contents/.github/workflows/" not in step.path:
        return endpoint.sets
    return tuple(one for one in endpoint.sets if any(name == "workflows" for _, name, _ in one)) or endpoint.sets


def _endpoint(step: Call, catalogue: Catalogue) -> Endpoint | None:
    """Also where one variable stands for "owner/name"."""
    found = catalogue.find(step.verb, step.path)
    parts = step.path.strip("/").split("/")
    if found is None and parts[0] == "repos" and len(parts) > 1 and parts[1].startswith("{"):
        return catalogue.find(step.verb, "/".join([parts[0], "{owner}", "{repo}", *parts[2:]]))
    return found


def _shown(step: Call, endpoint: Endpoint) -> str:
    """The route, with the repository where it is named: of what was pasted nothing else comes back."""
    if step.shown.startswith("gh "):
        return step.shown
    place = f"/repos/{step.repository}" if step.repository and "{" not in step.repository else "/repos/{owner}/{repo}"
    return endpoint.key.replace("/repos/{owner}/{repo}", place)


def _why_not(step: Call, catalogue: Catalogue) -> str:
    others = [verb for verb in catalogue.verbs(step.path) if verb != step.verb]
    return f"GitHub knows this address with {' and '.join(others)} only." if others else NOT_LISTED


def _plain(sets: Iterable[Set]) -> tuple[tuple[PermissionLine, ...], ...]:
    return tuple(tuple(describe(*one) for one in each) for each in sets if each)
