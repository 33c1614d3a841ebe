"""What GitHub says about a person's roles, looked at and written down.

Looking talks to GitHub and writes nothing; writing happens in one transaction. What is written is dated from
before the question, and a later look is never overwritten by an earlier one, nor what GitHub told meanwhile.
"""

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

import structlog
from django.db import transaction
from django.db.models import F

from apps.accounts.models import CalendarFeed, Membership, User
from apps.core import clock
from apps.github import addresses, auth, errors, organizations, services, wire
from apps.github.client import Client
from apps.github.models import App, Installation, Member, Organization

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Role:
    """One role; `sso_url` where the person's token has no SAML session there: the role is the one known before."""

    role: Membership.Role
    sso_url: str = ""


@dataclass(frozen=True)
class Look:
    """A person's roles by organization id, as of `at`. An organization that is not named gives no role.

    `owned` are accounts of organizations that they own, whether Patrol's App works there or not; `doubts` is what the
    person's row counted when it began.
    """

    at: datetime
    roles: dict[int, Role] = field(default_factory=dict)
    owned: list[wire.Account] = field(default_factory=list)
    doubts: int = 0


NOTHING = Role(Membership.Role.NONE)


def look(client: Client, user_id: int) -> Look:
    """Ask GitHub for the person's roles where Patrol is installed. Raises github.errors.GitHubError.

    `GET /user/installations` and `GET /user/memberships/orgs` leave out what is behind SAML without a session;
    organizations that the person is known to belong to are then asked for one by one, and GitHub says why.
    """
    at, doubted = clock.now(), doubts(user_id)
    _learn_installations(list(client.user_installations()))
    shown = list(client.user_memberships())
    told = {one.organization.id: _role(one) for one in shown}
    owned = [one.organization for one in shown if told[one.organization.id].role == Membership.Role.ADMIN]
    governed = {one.pk: one for one in _governed()}
    roles = {pk: role for pk, role in told.items() if pk in governed or role.role == Membership.Role.ADMIN}
    for pk, known in _known_roles(user_id).items():
        if pk in governed and pk not in roles:
            roles[pk] = _seen_at(client, governed[pk], known)
    return Look(at, roles, owned, doubted)


def owned_where_installed(client: Client, app_id: int) -> set[int]:
    """Ids of organizations that the person owns, where GitHub shows them the App. Raises github.errors.GitHubError."""
    shown = {one.account.id for one in client.user_installations() if one.app_id == app_id}
    return {
        one.organization.id for one in client.user_memberships() if _role(one).role == Membership.Role.ADMIN
    } & shown


def look_at(client: Client, organization: Organization, known: Membership.Role = Membership.Role.ADMIN) -> Role:
    """Ask for one organization; behind SAML without a session the role is the one `known`.

    Raises github.errors: Transient, RateLimited, Unauthorized, Barred.
    """
    try:
        answer = _asked(client, organization)
    except errors.SsoRequired as error:
        return Role(known, sso_address(organization, error.url))
    except (errors.Unauthorized, errors.Barred):
        raise
    except errors.Permanent:
        return NOTHING
    # The login may have passed to another organization since Patrol learned it.
    return _role(answer) if answer.organization.id == organization.pk else NOTHING


def _seen_at(client: Client, organization: Organization, known: Membership.Role) -> Role:
    """The same as one of many: an IP allow list hides its organization and none of the others."""
    try:
        return look_at(client, organization, known)
    except errors.Barred:
        return NOTHING


def _asked(client: Client, organization: Organization) -> wire.Membership:
    """By its login; where GitHub knows none such it may have another by now."""
    try:
        return client.user_membership(organization.login)
    except errors.NotFound:
        if not services.is_renamed(organization):
            raise
    return client.user_membership(organization.login)


def doubts(user_id: int) -> int:
    """To be read before a look begins."""
    return User.objects.filter(pk=user_id).values_list("doubts", flat=True).first() or 0


def record(user: User, seen: Look) -> bool:
    """Write a look down, unless a later one is there; who has no role any more keeps a row that says so.

    False, and nothing is written, where the roles were doubted since it began.
    """
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        counts = locked.doubts == seen.doubts
        if counts and not _stands(locked.organizations_checked_at, seen):
            _learn_owned(seen.owned)
            _write(user, seen)
            locked.organizations_checked_at, locked.organizations_tried_at = seen.at, None
            locked.save(update_fields=["organizations_checked_at", "organizations_tried_at"])
    user.organizations_checked_at = locked.organizations_checked_at
    user.organizations_tried_at = locked.organizations_tried_at
    user.known_memberships = None
    return counts


def record_one(user: User, organization: Organization, role: Role, at: datetime, doubted: int) -> bool:
    """Write down what was seen at one organization; false as above."""
    with transaction.atomic():
        counts = User.objects.select_for_update().get(pk=user.pk).doubts == doubted
        if counts:
            told = {"role": role.role, "sso_required": bool(role.sso_url), "sso_url": role.sso_url, "checked_at": at}
            Membership.objects.update_or_create(user=user, organization=organization, defaults=told)
    user.known_memberships = None
    return counts


def forget(user_ids: list[int], organization_id: int) -> None:
    """Nobody of these has a role here until GitHub is asked again, which happens at their next page.

    A look that is under way now does not bring the role back: it began before. Calendars read nothing until then.
    """
    with transaction.atomic():
        look_again(user_ids)
        held = Membership.objects.filter(user__in=user_ids, organization=organization_id)
        held.update(role=Membership.Role.NONE, sso_required=False, sso_url="")
        CalendarFeed.objects.filter(user__in=user_ids, organization=organization_id).update(owner_seen_at=None)


def look_again(user_ids: list[int]) -> None:
    """At their next page GitHub is asked for their roles, however fresh the last look is; one under way counts not."""
    User.objects.filter(pk__in=user_ids).update(
        organizations_checked_at=None, organizations_tried_at=None, doubts=F("doubts") + 1
    )


def is_listed_owner(person_id: int, organization: Organization) -> bool:
    """Whether the organization lists the person among its owners now. Raises github.errors; no transaction."""
    return person_id in listed_owners(organization)


def listed_owners(organization: Organization) -> set[int]:
    """Ids of the owners that the organization lists now, by the installation's token. As above."""
    client, _ = auth.installation_client(services.required_installation(organization.pk))
    with client:
        return {one.id for one in client.members(organization.login, "admin")}


def sso_address(organization: Organization, told: str = "") -> str:
    """Where GitHub opens the SAML session: what it told, when that is on GitHub, else its documented page.

    https://docs.github.com/apps/using-github-apps/saml-and-github-apps
    """
    web = urlsplit(addresses.web_url())
    given = urlsplit(told)
    if (given.scheme, given.netloc) == (web.scheme, web.netloc) and len(told) <= 500 and told.isprintable():
        return told
    return f"{addresses.web_url()}/orgs/{organization.login}/sso"


def _stands(checked_at: datetime | None, seen: Look) -> bool:
    """Whether an earlier look was later than this one, and not only by a clock that was ahead."""
    return checked_at is not None and checked_at >= seen.at and not clock.set_back_since(checked_at)


def _write(user: User, seen: Look) -> None:
    known = {one.organization_id: one for one in Membership.objects.filter(user=user)}
    rows = []
    for pk in known.keys() | seen.roles.keys():
        if pk in known and _stands(known[pk].checked_at, seen):
            continue
        role = seen.roles.get(pk, NOTHING)
        rows.append(
            Membership(
                user=user, organization_id=pk, role=role.role, sso_required=bool(role.sso_url),
                sso_url=role.sso_url, checked_at=seen.at,
            )
        )  # fmt: skip
    Membership.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["user", "organization"],
        update_fields=["role", "sso_required", "sso_url", "checked_at"],
    )


def _learn_owned(owned: list[wire.Account]) -> None:
    """Organizations that Patrol does not know, or not by this name."""
    ids = [one.id for one in owned]
    known = dict(Organization.objects.filter(pk__in=ids).values_list("pk", "login"))
    for account in owned:
        if known.get(account.id) != account.login:
            organizations.learn(account)


def _learn_installations(shown: list[wire.Installation]) -> None:
    """GitHub shows the person an installation that Patrol has not heard of: read the list of installations."""
    app_id = services.governance_app().app_id
    ids = {one.id for one in shown if one.app_id == app_id and one.target_type == "Organization"}
    known = Installation.objects.filter(installation_id__in=ids, removed_at__isnull=True)
    if known.count() == len(ids):
        return
    try:
        services.sync_installations()
    except errors.GitHubError as error:
        # The organizations Patrol knows are not the worse for it; the schedule reads the list again.
        log.warning("accounts.installations_not_read", error=str(error))


def _governed() -> list[Organization]:
    live = Installation.objects.live().filter(app__role=App.Role.GOVERNANCE)
    return list(Organization.objects.filter(pk__in=live.values("organization_id")))


def _known_roles(user_id: int) -> dict[int, Membership.Role]:
    """Where the person belonged at the last look, or by the last walk over the members; the higher role of the two."""
    seen = Membership.objects.filter(user_id=user_id).exclude(role=Membership.Role.NONE)
    walked = Member.objects.filter(user_id=user_id, left_at__isnull=True)
    told = [*seen.values_list("organization_id", "role"), *walked.values_list("organization_id", "role")]
    owned = {pk for pk, role in told if role == Membership.Role.ADMIN}
    return {pk: Membership.Role.ADMIN if pk in owned else Membership.Role.MEMBER for pk, _ in told}


def _role(told: wire.Membership) -> Role:
    """Pending people have no role yet; billing managers see no more than members."""
    if told.state != "active":
        return NOTHING
    return Role(Membership.Role.ADMIN if told.role == "admin" else Membership.Role.MEMBER)
