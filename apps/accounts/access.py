"""Who may see and do what. Every view begins here, and every decision ends here once more.

GitHub is asked again when its last answer is older than five minutes; while it does not answer, reading goes
on for sixty minutes after the last good look, and nothing is written.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.core.exceptions import PermissionDenied
from django.http import Http404

from apps.accounts import credentials, memberships
from apps.accounts.errors import GitHubAway, NeedsSignIn, NeedsSso, NotAMember, NotAnOwner, NotConnected, Renamed
from apps.accounts.models import Membership, User
from apps.core import clock
from apps.core.statements import Statement
from apps.github import errors, organizations
from apps.github.client import Client
from apps.github.models import Installation, Member, Organization
from apps.github.services import NotConfigured, live_installation
from apps.github.standing import Standing, standings

FRESH = timedelta(minutes=5)
FRESH_FOR_WRITES = timedelta(seconds=60)
READING_ENDS = timedelta(minutes=60)
TRY_AGAIN = timedelta(seconds=30)
"""After a look that failed: pages stay quick while GitHub is away."""
LOOKS = 2
"""What one look brought may be out of date when it came: then once more."""
SSO_FRESH = timedelta(seconds=10)
"""Who comes back from single sign-on should not wait five minutes."""

__all__ = [
    "GitHubAway", "NeedsSignIn", "NeedsSso", "NotAMember", "NotAnOwner", "NotConnected", "Renamed", "Visible",
    "belongs_somewhere", "covered_organizations", "joined_organizations", "last_look", "live_organization",
    "member_organization", "owned_organization", "owned_organizations", "owns_nothing", "refresh_organizations",
    "require_administrator", "require_member", "require_member_now", "require_owner_now", "require_owner_or_listed",
    "stale_since", "visible_organizations",
]  # fmt: skip


@dataclass(frozen=True)
class Visible:
    """An organization in a person's navigation; `sso_url` only where the state is sso_required.

    Where it is closed, `closed` tells how: Patrol's App was suspended there, or taken off; what it knew is still shown.
    """

    organization: Organization
    state: Literal["ready", "sso_required", "closed"]
    sso_url: str = ""
    closed: Standing | None = None


def owned_organization(user: User, login: str) -> Organization:
    """The organization of that login, for its owner: the first line of every view.

    Where Patrol's App was suspended or taken off, what was known is still shown to whom GitHub calls an owner.
    Raises Http404 where it does not exist or does not know the person; PermissionDenied for its members; NeedsSso for
    an owner without a SAML session; NotConnected; Renamed; GitHubAway; NeedsSignIn.
    """
    _look_if_due(user)
    found = _membership(user, login)
    if found is not None and found.sso_required and _age(found.checked_at) > SSO_FRESH:
        _look(user)
        found = _membership(user, login)
    if found is None or found.role == Membership.Role.NONE:
        raise _elsewhere(user, login)
    if found.sso_required:
        raise NeedsSso(found.organization, found.sso_url)
    if found.role != Membership.Role.ADMIN:
        raise PermissionDenied(f"You are a member of {found.organization.login}, not one of its owners.")
    if not found.was_live:
        raise NotConnected(found.organization)
    return found.organization


def member_organization(user: User, login: str) -> Organization:
    """The organization of that login, for its members: of pages that show people their own tokens.

    Raises Http404 where it does not exist, the person does not belong to it, or Patrol's App was never there; NeedsSso
    for an owner without a SAML session; GitHubAway; NeedsSignIn.
    """
    _look_if_due(user)
    found = _membership(user, login)
    if found is None or found.role == Membership.Role.NONE or not found.was_live:
        raise Http404
    if found.sso_required:
        raise NeedsSso(found.organization, found.sso_url)
    return found.organization


def live_organization(user: User, login: str) -> Organization:
    """The same where Patrol's App works. Raises NotConnected as well where it did once."""
    organization = owned_organization(user, login)
    if live_installation(organization.pk) is None:
        raise NotConnected(organization)
    return organization


def owned_organizations(user: User) -> list[Organization]:
    """Every organization the person may decide in, by login. Raises GitHubAway, NeedsSignIn."""
    _look_if_due(user)
    return [one.organization for one in _owned(user) if one.is_live and not one.sso_required]


def covered_organizations(user: User) -> dict[int, str]:
    """Every organization that GitHub calls the person's own, Patrol's App on it or not: its id, and where its single
    sign-on begins if the person has no session there. Raises GitHubAway, NeedsSignIn.
    """
    _look_if_due(user)
    return {one.organization_id: one.sso_url if one.sso_required else "" for one in _owned(user)}


def joined_organizations(user: User) -> list[Visible]:
    """Where Patrol works and GitHub calls the person a member or an owner, by login; for what is the person's own.

    Of an organization that the state "sso_required" hides, nothing is shown. Raises GitHubAway, NeedsSignIn.
    """
    _look_if_due(user)
    joined = [one for one in _memberships(user) if one.role != Membership.Role.NONE and one.is_live]
    return sorted((_visible(one) for one in joined), key=lambda one: one.organization.login)


def belongs_somewhere(user: User) -> bool:
    """Whether, as far as GitHub told, the person belongs to an organization where Patrol works; asks nobody."""
    return any(one.role != Membership.Role.NONE and one.is_live for one in _memberships(user))


def owns_nothing(user: User) -> bool:
    """Whether, as far as GitHub told, the person owns no organization at all; asks nobody."""
    return not _owned(user)


def visible_organizations(user: User) -> list[Visible]:
    """What the navigation names, by login; empty, and never an error, when GitHub has to be asked and cannot be."""
    try:
        _look_if_due(user)
    except (GitHubAway, NeedsSignIn):
        return []
    return [_visible(one) for one in _owned(user) if one.was_live]


def require_administrator(user: User) -> None:
    """The person looks after this Patrol; it gives no sight of any organization. Raises Http404."""
    if not user.is_administrator:
        raise Http404


def require_member(user: User) -> None:
    """The person is a member of an organization that Patrol reads, by their own look or by its walk over the members.

    A person's own look leaves out what is behind single sign-on. Raises Http404 for everybody else; GitHubAway,
    NeedsSignIn.
    """
    _look_if_due(user)
    if any(one.is_live and one.role != Membership.Role.NONE for one in _memberships(user)):
        return
    live = Installation.objects.governing().live().values("organization")
    if not Member.objects.filter(user_id=user.pk, left_at__isnull=True, organization__in=live).exists():
        raise Http404


def refresh_organizations(user: User) -> None:
    """Look at all of the person's roles now. Raises NeedsSignIn, github.errors.GitHubError, NotConfigured."""
    for _ in range(LOOKS):
        if memberships.record(user, _seen(user)):
            return


def require_owner_now(user: User, organization: Organization) -> None:
    """Before any write: the person owns the organization, by a look not older than 60 seconds.

    Raises NotAnOwner, NeedsSso, NeedsSignIn, GitHubAway. Talks to GitHub: not inside a transaction.
    """
    if _role_now(user, organization) != Membership.Role.ADMIN:
        raise NotAnOwner(_NOT_AN_OWNER.format(organization.login))


def require_member_now(user: User, organization: Organization) -> None:
    """Before somebody writes about their own token: they belong to the organization, by as fresh a look.

    Raises NotAMember, and what `require_owner_now` raises of an owner.
    """
    if _role_now(user, organization) == Membership.Role.NONE:
        raise NotAMember(f"GitHub says that you are not a member of {organization.login} now. Nothing was changed.")


def _role_now(user: User, organization: Organization) -> Membership.Role:
    found = _GOVERNED.first(user.pk, organization.pk)
    if found is None:
        if live_installation(organization.pk) is None:
            raise NotAnOwner(_NOT_INSTALLED.format(organization.login))
        return Membership.Role.NONE
    role, sso_url = Membership.Role(found.role), found.sso_url
    if _age(found.checked_at) > FRESH_FOR_WRITES:
        now = _look_at_one(user, organization)
        role, sso_url = now.role, now.sso_url
    if role == Membership.Role.ADMIN and sso_url:
        raise NeedsSso(organization, sso_url)
    return role


_GOVERNED = Statement(
    lambda user_id, organization_id: Membership.objects.governed().filter(user=user_id, organization=organization_id)
)


def require_owner_or_listed(user: User, organization: Organization, *, listed: bool) -> None:
    """The same; where `listed` and the person's own token is not let in, by the organization's own list of owners.

    Raises NotAnOwner, GitHubAway, and unless `listed` NeedsSso and NeedsSignIn.
    """
    try:
        require_owner_now(user, organization)
    except (NeedsSso, NeedsSignIn):
        if not listed:
            raise
        try:
            require_listed_owner(user, organization)
        except errors.GitHubError as error:
            raise GitHubAway(_AWAY) from error


def require_listed_owner(person: User, organization: Organization) -> None:
    """Before a write that needs the consent of a second person: they still own the organization.

    By the organization's own list of owners, read with the installation's token: the person need not be signed
    in. Raises NotAnOwner and github.errors. Talks to GitHub: not inside a transaction.
    """
    if not memberships.is_listed_owner(person.pk, organization):
        raise NotAnOwner(f"{person.login} is not an owner of {organization.login} any more; nothing was sent.")


def last_look(user: User) -> datetime | None:
    """When GitHub last told the person's roles."""
    return user.organizations_checked_at


def stale_since(user: User) -> datetime | None:
    """The last look, when it is older than five minutes because GitHub does not answer; else None."""
    return user.organizations_checked_at if _age(user.organizations_checked_at) > FRESH else None


_NOT_AN_OWNER = "GitHub says that you are not an owner of {} now. Nothing was sent."
_NOT_INSTALLED = "Patrol's App is not installed on {} any more. Nothing was sent."
_BARRED = (
    "The IP allow list of {} does not let Patrol ask with your token; nothing was sent. An owner puts this server's "
    "address on the list: the App's own addresses do not cover what owners decide."
)
_CHANGING = "Who owns {} is changing on GitHub just now; nothing was sent. Try again in a moment."
_AWAY = "GitHub does not answer; nothing was sent. Try again in a few minutes."


def _age(at: datetime | None) -> timedelta:
    """How far off: a look "in the future" means that the clock was set back, and says nothing about how old it is."""
    return timedelta.max if at is None else abs(clock.now() - at)


def _look_if_due(user: User) -> None:
    """Look when it is due, unless that failed a moment ago; refuse when the last good look is too old."""
    if _age(user.organizations_checked_at) <= FRESH:
        return
    if _age(user.organizations_tried_at) > TRY_AGAIN:
        _look(user)
    if _age(user.organizations_checked_at) > READING_ENDS:
        raise GitHubAway("GitHub does not answer, and what it last said about your role is too old to go by.")


def _look(user: User) -> None:
    """Look, and note it when GitHub does not answer."""
    try:
        refresh_organizations(user)
    except (errors.GitHubError, NotConfigured):
        user.organizations_tried_at = clock.now()
        User.objects.filter(pk=user.pk).update(organizations_tried_at=user.organizations_tried_at)


def _seen(user: User) -> memberships.Look:
    try:
        return _ask(user)
    except errors.Unauthorized:
        return _ask(user)  # somebody refreshed the token while ours was on its way; or NeedsSignIn


def _ask(user: User) -> memberships.Look:
    with _client(user) as client:
        return memberships.look(client, user.pk)


def _client(user: User) -> Client:
    return credentials.user_client(user, patient=False)


def _look_at_one(user: User, organization: Organization) -> memberships.Role:
    for _ in range(LOOKS):
        at, doubted = clock.now(), memberships.doubts(user.pk)
        try:
            role = _ask_one(user, organization)
        except errors.Barred as error:
            raise GitHubAway(_BARRED.format(organization.login)) from error
        except (errors.GitHubError, NotConfigured) as error:
            raise GitHubAway(_AWAY) from error
        if memberships.record_one(user, organization, role, at, doubted):
            return role
    raise GitHubAway(_CHANGING.format(organization.login))


def _ask_one(user: User, organization: Organization) -> memberships.Role:
    try:
        with _client(user) as client:
            return memberships.look_at(client, organization)
    except errors.Unauthorized:
        with _client(user) as client:
            return memberships.look_at(client, organization)


def _membership(user: User, login: str) -> Membership | None:
    """A login that two rows bear, because one was renamed, means the row that was seen last."""
    named = [one for one in _memberships(user) if one.organization.login.lower() == login.lower()]
    return min(named, key=lambda one: (one.role, not one.is_live, clock.now() - one.checked_at), default=None)


def _elsewhere(user: User, login: str) -> Exception:
    """Why nothing of that login is shown: renamed; closed, to whom was an owner by the last reading; nobody's."""
    if not login.isprintable():  # the database has no word for all that an address can hold
        return Http404()
    former = organizations.formerly(login, [one.organization_id for one in _owned(user)])
    if former is not None:
        return Renamed(former.organization, former.login)
    walked = Member.objects.filter(user_id=user.pk, role="admin", left_at__isnull=True)
    was = walked.filter(organization__login__iexact=login).select_related("organization").first()
    if was is not None and standings([was.organization_id])[was.organization_id].is_closed:
        return NotConnected(was.organization)
    return Http404()


def _owned(user: User) -> list[Membership]:
    owned = [one for one in _memberships(user) if one.role == Membership.Role.ADMIN]
    return sorted(owned, key=lambda one: one.organization.login)


def _memberships(user: User) -> list[Membership]:
    """What is known of the person, read once for a page: its access and its navigation both ask."""
    if user.known_memberships is None:
        user.known_memberships = _KNOWN(user.pk)
    return user.known_memberships


_KNOWN = Statement(
    lambda user_id: Membership.objects.with_standing().filter(user=user_id).select_related("organization")
)


def _visible(one: Membership) -> Visible:
    if one.sso_required:
        return Visible(one.organization, "sso_required", one.sso_url)
    return Visible(one.organization, "ready" if one.is_live else "closed", closed=one.closed)
