"""A world from a seed: the same seed and size give the same people, tokens and requests (relative to now)."""

from __future__ import annotations

from random import Random

from apps.simulator.app_model import ready_made
from apps.simulator.clock import DAY, YEAR, Clock
from apps.simulator.credentials import AppCredentials
from apps.simulator.generate_tokens import fill_with_tokens
from apps.simulator.model import Organization, Repository, Team, User
from apps.simulator.options import Options
from apps.simulator.state import CAST, State
from apps.simulator.words import (
    COMPANY_FIRST,
    COMPANY_SECOND,
    FIRST_NAMES,
    LANGUAGES,
    LAST_NAMES,
    ORGANIZATIONS,
    REPOSITORY_FIRST,
    REPOSITORY_SECOND,
    SAML_ORGANIZATION,
    TEAMS,
)

_CAST_NAMES = {
    "owner": "Olive Owner",
    "second-owner": "Sidney Second",
    "member": "Max Member",
    "outsider": "Otto Outsider",
}


def generate(options: Options, credentials: AppCredentials, clock: Clock | None = None) -> State:
    """A new world. The cast exists in every one, and the ready-made App, if any, is on every organization."""
    clock = clock or Clock()
    state = State(options, clock, Random(options.seed), int(clock.now()))
    if options.ready_made_app:
        state.add_app(ready_made(credentials, options.webhook_url, options.callback_urls))
    for login, note in CAST.items():
        _add_person(state, _CAST_NAMES[login], login, note)
    for names in _names(options.organizations, ORGANIZATIONS):
        _add_organization(state, names, saml=False)
    for names in _names(options.saml_organizations, (SAML_ORGANIZATION,)):
        _add_organization(state, names, saml=True)
    return state


def _names(count: int, first: tuple[tuple[str, str, str], ...]) -> list[tuple[str, str, str]]:
    """Login, name and description of this many organizations: the known ones first."""
    made = list(first[:count])
    if first is not ORGANIZATIONS:
        made += [(f"sealed-harbor-{n}", f"Sealed Harbor {n}", SAML_ORGANIZATION[2]) for n in range(2, count + 1)]
        return made
    for number in range(count - len(made)):
        word, other = COMPANY_FIRST[number % 10], COMPANY_SECOND[(number // 10 + number) % 10]
        suffix = f" {number // 100 + 1}" if number >= 100 else ""
        name = f"{word} {other}{suffix}"
        made.append((name.lower().replace(" ", "-"), name, f"{other} by {word}"))
    return made


def _add_person(state: State, name: str, login: str, note: str = "") -> User:
    created = state.born - state.random.randrange(YEAR, 9 * YEAR)
    two_factor = bool(note) or state.random.random() < 0.9
    number = state.next_id("user")
    email = None if note or number % 3 else f"{login}@people.example"
    return state.add_user(User(number, login, name, created, two_factor, note, email))


def _add_stranger(state: State) -> User:
    first, last = state.random.choice(FIRST_NAMES), state.random.choice(LAST_NAMES)
    patterns = (f"{first}-{last}", f"{first[0]}{last}", f"{first}{last[0]}", f"{last}-{first[:2]}")
    login = base = state.random.choice(patterns).lower()
    while login in state.logins:
        login = f"{base}{state.random.randrange(2, 100_000)}"
    return _add_person(state, f"{first} {last}", login)


def _add_organization(state: State, names: tuple[str, str, str], *, saml: bool) -> Organization:
    login, name, description = names
    organization = state.add_organization(
        Organization(
            state.next_id("organization"),
            login,
            name,
            description,
            state.born - state.random.randrange(3 * YEAR, 8 * YEAR),
            saml,
        )
    )
    for app in state.apps.values():
        state.install(app, organization).created_at = app.created_at
    _add_members(state, organization)
    _add_repositories(state, organization)
    _add_teams(state, organization)
    share = (10, 5) if saml else (1, 1)
    sizes = [-(-size // by) for size, by in zip((state.options.grants, state.options.requests), share, strict=True)]
    left = [_add_stranger(state) for _ in range(max(1, state.options.members // 20))]
    fill_with_tokens(state, organization, grants=sizes[0], requests=sizes[1], left=left)
    return organization


def _add_members(state: State, organization: Organization) -> None:
    """The cast, a fifth who are in other organizations too, and people of its own. All but `owner` have SSO."""
    for login, role in (("owner", "admin"), ("second-owner", "admin"), ("member", "member")):
        organization.members[state.logins[login].id] = "admin" if role == "admin" else "member"
    known = [user for user in state.users.values() if user.login not in CAST]
    wanted = state.options.members - len(organization.members)
    shared = state.random.sample(known, min(len(known), wanted // 5))
    for user in [*shared, *(_add_stranger(state) for _ in range(wanted - len(shared)))]:
        organization.members[user.id] = "member"
    if organization.saml:
        owner = state.logins["owner"].id
        organization.sso_sessions = {number: state.born for number in organization.members if number != owner}


def _add_repositories(state: State, organization: Organization) -> None:
    random, now = state.random, state.born
    names = [f"{first}-{second}" for first in REPOSITORY_FIRST for second in REPOSITORY_SECOND]
    for name in random.sample(names, min(8 + state.options.members, 120)):
        created = random.randrange(organization.created_at, now - 30 * DAY)
        pushed = random.randrange(max(created, now - YEAR), now)
        first, _, second = name.partition("-")
        repository = Repository(
            id=state.next_id("repository"),
            name=name,
            description=f"{second.capitalize()} of the {first} product",
            private=random.random() < 0.85,
            language=random.choice(LANGUAGES),
            created_at=created,
            pushed_at=pushed,
        )
        organization.repositories[repository.id] = repository


def _add_teams(state: State, organization: Organization) -> None:
    """The second is a child of the first, and the last one is secret."""
    people = list(organization.members)
    for name in state.random.sample(TEAMS, min(len(TEAMS), 3 + len(people) // 15)):
        chosen = state.random.sample(people, min(len(people), state.random.randrange(2, 9)))
        slug = name.lower().replace(" ", "-")
        organization.teams.append(Team(state.next_id("team"), name, slug, chosen[:1], chosen[1:]))
    first, second, *_, last = organization.teams
    second.parent_id, last.privacy = first.id, "secret"
