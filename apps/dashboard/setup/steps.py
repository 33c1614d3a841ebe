"""The acts of the setup that are more than one room's: choosing GitHub, the manifest, and the end of it."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from apps.accounts import access, administrators, memberships
from apps.accounts.models import User
from apps.accounts.services import user_client
from apps.core.errors import RuleBroken
from apps.dashboard.setup.browser import Plan
from apps.github import addresses, allowing, manifest, reach, webhook_address
from apps.github.hosts import Host
from apps.github.models import App, Organization
from apps.github.permissions import LOOK_ONLY, in_words
from apps.github.services import governance_app, sync_installations
from apps.tokens import sync


class NothingToFinish(RuleBroken):
    """GitHub shows the person no organization of theirs with the App."""


@dataclass(frozen=True)
class Wanted:
    """The App that GitHub is asked to make, for people and as the manifest."""

    manifest: dict[str, object]
    permissions: str
    webhooks: bool


def is_registered() -> bool:
    """Whether there is an App."""
    return App.objects.filter(role=App.Role.GOVERNANCE).exists()


def choose(host: Host) -> reach.Reached:
    """Talk to that GitHub from now on, unless settings say which. Raises reach.Unreachable."""
    if not addresses.are_given():
        addresses.choose(host)
    return reach.reach()


def wanted(plan: Plan) -> Wanted:
    """What the manifest for this plan says."""
    webhooks = webhook_address.expected()
    made = manifest.manifest(
        name=f"Patrol {plan.organization}".strip(), public_url=settings.PUBLIC_URL,
        webhook_url=settings.WEBHOOK_URL, webhooks=webhooks, public=plan.public,
    )  # fmt: skip
    return Wanted(made, in_words(LOOK_ONLY), webhooks)


def add_own(user: User) -> None:
    """Look where the person installed the App, and begin to read what was not read yet.

    An administrator's own organizations are allowed by that. Raises as `finish` does, but for NothingToFinish.
    """
    for organization in _own(user, allows=user.is_administrator):
        if not hasattr(organization, "sync"):
            sync.request_sync(organization.pk)


def _own(user: User, *, allows: bool) -> list[Organization]:
    """Organizations of the person with the App, by their installations and the App's; first put on the list, if so."""
    app = governance_app()
    sync_installations()
    with user_client(user) as client:
        owned = memberships.owned_where_installed(client, app.app_id)
    for one in allowing.outside() if allows and allowing.is_kept_here(app) else ():
        if one.organization_id in owned:
            allowing.allow(one.organization_id, by=user.actor)
    access.refresh_organizations(user)
    return [one for one in access.owned_organizations(user) if one.pk in owned]


def finish(user: User) -> list[Organization]:
    """Name the person administrator and begin to read what they own. Returns those organizations.

    Only organizations count that the App's own list and the person's installations both name. Raises
    NothingToFinish, github.errors.GitHubError, accounts.NeedsSignIn.
    """
    found = _own(user, allows=True)
    if not found:
        raise NothingToFinish(f"GitHub shows no organization that {user.login} owns with the App installed.")
    with transaction.atomic():
        administrators.name(user, by=user.actor)
    for organization in found:
        sync.request_sync(organization.pk)
    return found
