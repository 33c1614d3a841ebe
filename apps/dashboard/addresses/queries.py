"""Who of those who hold active tokens has an address, counted in SQL; and the lists of those who have and have not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Count, Exists, F, Func, Max, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Lower

from apps.accounts import contacts
from apps.accounts.models import Contact, ContactSettings
from apps.core import globs, paging
from apps.github import permitted, web
from apps.github.models import Member, Organization
from apps.github.permissions import ISSUES, titled
from apps.tokens.holders import holders, working
from apps.tokens.models import Grant, GrantQuerySet, ReminderIssue, ReminderIssueSettings
from apps.tokens.reminder_issues.words import LABEL

PAGE = 25
BY_LOGIN = paging.Order("owner_login")
BY_NAME = paging.Order("login")
Source = Contact.Source


@dataclass(frozen=True)
class Reach:
    """How many people hold active tokens, and how many of them are reached by which source, each counted once.

    `machines`: people without an address of their own whose maintainers have one.
    """

    holders: int
    confirmed: int
    owner: int
    profile: int
    machines: int

    @property
    def reachable(self) -> int:
        """Whose reminders arrive at themselves or at who looks after them."""
        return self.confirmed + self.owner + self.profile + self.machines

    @property
    def unreachable(self) -> int:
        """Whose reminders go to the owners."""
        return max(self.holders - self.reachable, 0)


@dataclass(frozen=True)
class Given:
    """An address that the organization has, opened; empty where it does not open."""

    person_id: int
    login: str
    email: str
    contact: Contact


@dataclass(frozen=True)
class Addresses:
    """What the page shows."""

    reach: Reach
    page: paging.Page[Grant]
    settings: ContactSettings | None


@dataclass(frozen=True)
class ReminderIssues:
    """The settings as they are (unsaved where nobody chose), what the App lacks, and how far it is.

    `missing` as GitHub's page titles permissions, with their levels. `held_up`: the last write came to nothing.
    """

    settings: ReminderIssueSettings
    missing: list[tuple[str, str]]
    open: int
    held_up: int
    trouble: str
    page: str


def reminder_issues(organization: Organization) -> ReminderIssues:
    """Three queries. `page`: the repository's issues of Patrol's on GitHub, empty where none is chosen."""
    chosen = ReminderIssueSettings.objects.filter(organization=organization).first()
    mine = ReminderIssue.objects.filter(organization=organization)
    counts = mine.aggregate(
        open=Count("pk", filter=~Q(digest="")), held_up=Count("pk", filter=~Q(trouble="")), trouble=Max("trouble")
    )
    return ReminderIssues(
        settings=chosen or ReminderIssueSettings(organization=organization),
        missing=titled(permitted.lacking(organization.pk, ISSUES.permissions)),
        page=web.labelled_issues(organization.login, chosen.repository, LABEL) if chosen and chosen.repository else "",
        open=counts["open"],
        held_up=counts["held_up"],
        trouble=counts["trouble"] or "",
    )


def addresses(organization: Organization, cursor: str = "", size: int = PAGE) -> Addresses:
    """Eight queries at most, however many people there are."""
    machines = _machines(organization.pk)
    found = unreachable(organization.pk, machines).annotate(**_of_holder(organization.pk))
    return Addresses(
        _reach(organization.pk, machines),
        paging.page(found, BY_LOGIN, cursor, size),
        ContactSettings.objects.filter(organization=organization).first(),
    )


def unreachable(organization_id: int, machines: Q | None = None) -> GrantQuerySet:
    """One grant of each person who holds a token there and has no address, nor maintainers who have one."""
    reached = _machines(organization_id) if machines is None else machines
    alone = holders(organization_id).filter(~Q(Exists(_contacts_of(organization_id, "owner_id"))))
    return alone.filter(~reached) if reached else alone


def unreachable_rows(organization_id: int) -> Iterator[list[Any]]:
    """As lines of a file to fill in; people are read a few thousand at a time."""
    yield ["github_id", "login", "email"]
    people = unreachable(organization_id).order_by("owner_login", "pk").values_list("owner_id", "owner_login")
    for number, login in people.iterator(chunk_size=2_000):
        yield [number, login, ""]


def given(organization: Organization, cursor: str = "") -> tuple[paging.Page[Contact], list[Given]]:
    """A page of what owners gave and profiles showed; one query."""
    page = paging.page(_given(organization.pk), BY_NAME, cursor, PAGE)
    return page, [_opened(row) for row in page.rows]


def given_count(organization: Organization) -> int:
    """How many addresses the organization has of its own."""
    return Contact.objects.filter(organization=organization).count()


def given_rows(organization: Organization) -> Iterator[list[Any]]:
    """The same as lines of a file, every one."""
    yield ["github_id", "login", "email", "source"]
    for row in _given(organization.pk).order_by(*paging.ordering(BY_NAME)).iterator(chunk_size=2_000):
        one = _opened(row)
        yield [one.person_id, one.login, one.email, row.source]


def people_with_tokens(organization_id: int) -> dict[int, str]:
    """Everybody who holds an active token there, by GitHub's number, with their login."""
    return dict(holders(organization_id).values_list("owner_id", "owner_login"))


def _opened(row: Any) -> Given:
    return Given(row.person_id, row.login or f"number {row.person_id}", contacts.opened(row), row)


def _given(organization_id: int) -> QuerySet[Contact]:
    """With the `login` that GitHub's list of members had last."""
    member = Member.objects.filter(organization=organization_id, user_id=OuterRef("person_id"))
    held = Grant.objects.filter(organization=organization_id, owner_id=OuterRef("person_id")).order_by("-pk")
    login = Coalesce(Subquery(member.values("login")[:1]), Subquery(held.values("owner_login")[:1]), Value(""))
    return Contact.objects.filter(organization=organization_id).annotate(login=login)


def _contacts_of(organization_id: int, person: str) -> QuerySet[Contact]:
    """What may be written to, of the person in a row's column."""
    here = Q(organization=organization_id) | Q(organization__isnull=True)
    return Contact.objects.filter(here, person_id=OuterRef(person))


def _of_holder(organization_id: int) -> dict[str, Any]:
    """How many tokens the person of a row holds, and when the first of them ends."""
    theirs = working(organization_id).filter(owner_id=OuterRef("owner_id"))
    grouped = theirs.order_by().values("owner_id")
    return {
        "tokens": Subquery(grouped.annotate(count=Count("pk")).values("count")),
        "first_end": Subquery(grouped.annotate(end=Min("ends_at")).values("end")),
    }


def _reach(organization_id: int, machines: Q) -> Reach:
    mine = working(organization_id)
    known = Exists(_contacts_of(organization_id, "owner_id"))
    return Reach(
        holders=_people(mine),
        machines=_people(mine.filter(machines, ~Q(known))) if machines else 0,
        **_by_source(organization_id),
    )


def _people(grants: GrantQuerySet) -> int:
    """How many hold them: told apart first, so that PostgreSQL need not sort them as for COUNT(DISTINCT)."""
    return grants.order_by().values("owner_id").distinct().count()


def _by_source(organization_id: int) -> dict[str, int]:
    """How many holders each source reaches whom no more trusted one does."""
    here = Q(organization=organization_id) | Q(organization__isnull=True)
    holds = working(organization_id).filter(owner_id=OuterRef("person_id"))
    known = Contact.objects.filter(here).filter(Exists(holds))
    own = Exists(Contact.objects.filter(person_id=OuterRef("person_id"), organization__isnull=True))
    from_owner = Exists(
        Contact.objects.filter(person_id=OuterRef("person_id"), organization=organization_id, source=Source.OWNER)
    )
    return known.aggregate(
        confirmed=Count("pk", filter=Q(source=Source.CONFIRMED)),
        owner=Count("pk", filter=Q(source=Source.OWNER) & ~Q(own)),
        profile=Count("pk", filter=Q(source=Source.PROFILE) & ~Q(own) & ~Q(from_owner)),
    )


def _machines(organization_id: int) -> Q:
    """Rows of machine users whose maintainers have an address, by `owner_id` and `owner_login`; empty without any."""
    numbers, patterns = contacts.reached_machines(organization_id)
    found = Q(owner_id__in=numbers) if numbers else Q()
    for pattern in patterns:
        found |= Q(_Fits(Lower(F("owner_login")), Value(globs.like(pattern))))
    return found


class _Fits(Func):
    r"""A text beside a pattern of SQL's, in which `\` takes signs for what they are."""

    template = r"(%(expressions)s ESCAPE '\')"
    arg_joiner = " LIKE "
    output_field = BooleanField()
    conditional = True
