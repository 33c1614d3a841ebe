"""What a word finds in the organizations of a reader: at most eight of each kind, eight queries at the most."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from django.db.models import Q, QuerySet
from django.urls import reverse

from apps.core import paging, seeking
from apps.dashboard.finding.words import number
from apps.github.models import Member, Organization, Repository
from apps.tokens.models import Grant, GrantRequest, Token
from apps.tokens.queries.filters import token_named

A = TypeVar("A", Grant, GrantRequest)
MOST = 8
LOOKED_THROUGH = 60
"""So many people are read before the best eight are taken; of one name in many organizations there are many rows."""


@dataclass(frozen=True)
class Hit:
    """One thing that was found; `words` may be a stranger's, `note` is ours but for names in it."""

    icon: str
    words: str
    note: str
    url: str


@dataclass(frozen=True)
class Kind:
    """What was found of one kind."""

    name: str
    hits: list[Hit] = field(default_factory=list)


_ALL = [
    ("home", "Overview", "dashboard:overview"),
    ("inbox", "Requests", "tokens:all-requests"),
    ("key", "Tokens", "tokens:all-tokens"),
    ("pulse", "Activity", "dashboard:all-activity"),
    ("organization", "Coverage", "dashboard:coverage"),
    ("table", "Groups", "dashboard:groups"),
    ("search", "Find", "dashboard:find"),
]
_OF_ONE = [
    ("inbox", "Requests", "tokens:request-list"),
    ("key", "Tokens", "tokens:token-list"),
    ("pulse", "Activity", "dashboard:activity"),
    ("gear", "Settings", "dashboard:settings"),
]


def found(organizations: Sequence[Organization], word: str) -> list[Kind]:
    """Kinds with anything in them; an empty word finds pages only."""
    kinds = [Kind("Pages", pages(organizations, word))]
    if word:
        kinds = [
            Kind("People", people(organizations, word)),
            Kind("Tokens", tokens(organizations, word)),
            Kind("Repositories", repositories(organizations, word)),
            *kinds,
        ]
    return [one for one in kinds if one.hits]


def pages(organizations: Sequence[Organization], word: str) -> list[Hit]:
    """Pages whose title or organization has every part of the word; no query."""
    every = [Hit(icon, title, "all organizations", reverse(name)) for icon, title, name in _ALL]
    for one in organizations:
        every += [Hit(icon, title, one.login, reverse(name, args=[one.login])) for icon, title, name in _OF_ONE]
    parts = word.lower().split()
    return [one for one in every if all(part in f"{one.words} {one.note}".lower() for part in parts)][:MOST]


def people(organizations: Sequence[Organization], word: str) -> list[Hit]:
    """Members, former members and token owners by login; whoever is called exactly so comes first."""
    named = {one.pk: one.login for one in organizations}
    members = Member.objects.filter(organization__in=organizations, login__icontains=word)
    known: dict[int, tuple[str, list[str]]] = {}
    for user_id, login, organization_id, left_at in members.order_by("login", "pk").values_list(
        "user_id", "login", "organization_id", "left_at"
    )[:LOOKED_THROUGH]:
        where = f"{'left ' if left_at else ''}{named[organization_id]}"
        known.setdefault(user_id, (login, []))[1].append(where)
    for owner_id, login in _owners(organizations, word) if len(known) < MOST else ():
        known.setdefault(owner_id, (login, ["owns tokens; no member by the last reading"]))
    best = sorted(known.items(), key=lambda one: (_distance(one[1][0], word), one[1][0].lower(), one[0]))
    return [
        Hit("person", login, _few(where), reverse("dashboard:person", args=[login, user_id]))
        for user_id, (login, where) in best[:MOST]
    ]


def _owners(organizations: Sequence[Organization], word: str) -> Iterable[tuple[int, str]]:
    """Of grants, whose owners have an index; of requests those that wait are few."""
    grants = Grant.objects.filter(organization__in=organizations, owner_login__icontains=word)
    asking = GrantRequest.objects.pending().filter(organization__in=organizations, token__owner_login__icontains=word)
    mine = grants.values_list("owner_id", "owner_login")
    return mine.union(asking.values_list("token__owner_id", "token__owner_login"))[:LOOKED_THROUGH]


def tokens(organizations: Sequence[Organization], word: str) -> list[Hit]:
    """Tokens by GitHub's number of the token, of its grant or of its request, then by name; the youngest first.

    One that has access is led to by its grant, others by what they asked for.
    """
    grants = Grant.objects.filter(organization__in=organizations)
    asked = GrantRequest.objects.filter(organization__in=organizations)
    found: list[Grant | GrantRequest] = []
    digits = number(word)
    if digits is not None:
        numbered = Token.objects.filter(organization__in=organizations, token_id=digits)
        of_token = Q(token__in=list(numbered.values_list("pk", flat=True)))  # read first: each part has its index
        found += _youngest(grants.filter(Q(pat_id=digits) | of_token))
        found += _youngest(asked.filter(Q(pat_request_id=digits) | of_token))
    found += _youngest(_named(grants, word))
    found += _youngest(asked.filter(token__name__icontains=word, token__grants__isnull=True))
    once: dict[int, Grant | GrantRequest] = {}
    for one in found:
        once.setdefault(one.token_id, one)
    return [_token(one) for one in list(once.values())[:MOST]]


def _named(grants: "QuerySet[Grant]", word: str) -> "QuerySet[Grant]":
    """Those whose token's name holds the word.

    Where they are few the text they are found by has them; where they are many the youngest are soon come upon.
    """
    named = grants.filter(token_named(word))
    few = seeking.few(named, _BY_AGE, "", size=MOST - 1, bound=FEW)
    return named if few.keys is None else grants.filter(pk__in=few.keys)


_BY_AGE = paging.Order("id", descending=True)
FEW = 500


def _youngest(found: "QuerySet[A]") -> list[A]:
    return list(found.select_related("token", "organization").order_by("-pk")[:MOST])


def _token(access: Grant | GrantRequest) -> Hit:
    token, login = access.token, access.organization.login
    state = "" if access.state == Grant.State.ACTIVE else f", {access.state}"
    note = f"of {token.owner_login} in {login}, token {token.token_id}{state}"
    if isinstance(access, Grant):
        return Hit("key", token.name, note, reverse("tokens:token-detail", args=[login, access.pat_id]))
    return Hit("inbox", token.name, note, reverse("tokens:request-detail", args=[login, access.pat_request_id]))


def repositories(organizations: Sequence[Organization], word: str) -> list[Hit]:
    """Repositories that a token names."""
    rows = Repository.objects.filter(organization__in=organizations, name__icontains=word)
    found = rows.select_related("organization").order_by("name", "pk")[:MOST]
    return [Hit("repo", one.name, one.organization.login, _page_of(one)) for one in found]


def _page_of(repository: Repository) -> str:
    return reverse("dashboard:repository", args=[repository.organization.login, repository.name])


def _distance(login: str, word: str) -> int:
    """0 for the same, 1 where it begins so, else 2."""
    low, wanted = login.lower(), word.lower()
    return 0 if low == wanted else 1 if low.startswith(wanted) else 2


def _few(where: Sequence[str]) -> str:
    return ", ".join(where[:3]) + (f" and {len(where) - 3} more" if len(where) > 3 else "")
