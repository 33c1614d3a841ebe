"""Whether issues may be written in a repository: looked at before every write, for it may have become public."""

import re

from apps.core.errors import RuleBroken
from apps.github import auth, errors, permitted
from apps.github.client import Client
from apps.github.models import Organization
from apps.github.permissions import ISSUES, in_words
from apps.github.services import required_installation
from apps.github.wire_issues import FullRepository

_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
GONE = frozenset({301, 404, 410})
"""Statuses of what was moved, deleted, or is hidden from the App."""


class Unfit(RuleBroken):
    """No issue may be written there. Says why."""


def client_of(organization: Organization) -> Client:
    """With the installation's token. Raises github.errors."""
    return auth.installation_client(required_installation(organization.pk))[0]


def chosen(organization: Organization, name: str) -> FullRepository:
    """The repository that an owner names, with the organization's login before it or not.

    Raises Unfit, and github.errors. Not inside a transaction.
    """
    short = name.strip().removeprefix(f"{organization.login}/")
    if not _NAME.fullmatch(short):
        raise Unfit("Name a repository of this organization.")
    require_permitted(organization)
    with client_of(organization) as client:
        return fit(client, organization, short)


def require_permitted(organization: Organization) -> None:
    """Raises Unfit where the App may not write issues there."""
    lacks = permitted.lacking(organization.pk, ISSUES.permissions)
    if lacks:
        raise Unfit(f"Patrol's App on {organization.login} lacks {in_words(lacks)}.")


def fit(client: Client, organization: Organization, name: str, repository_id: int | None = None) -> FullRepository:
    """As GitHub shows it now. Raises Unfit (`repository_id`: also where it is another one), and github.errors."""
    try:
        found = client.repository(organization.login, name)
    except errors.Permanent as error:
        if error.status in GONE:
            unseen = f"GitHub shows Patrol's App no repository {organization.login}/{name}."
            raise Unfit(f"{unseen} Check its name, and that the App reaches it.") from error
        raise
    if repository_id is not None and found.id != repository_id:
        raise Unfit(f"{organization.login}/{name} is another repository now. Choose one again.")
    why = _why_not(found)
    if why:
        raise Unfit(f"{organization.login}/{name} {why}")
    return found


def _why_not(found: FullRepository) -> str:
    if not found.private:
        return "is public: who holds which token is nobody else's business. Nothing is written there."
    if found.archived:
        return "is archived: nothing can be written there."
    return "" if found.has_issues else "has its issues switched off."
