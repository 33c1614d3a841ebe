"""Whose token sends: the deciding person's, so that GitHub logs the person; the installation's for a rule, and for a
person whose token does not reach the organization where its owners allow that.

The role of a person is read from GitHub first, either way.
"""

from dataclasses import dataclass

from apps.accounts import access
from apps.accounts import errors as people
from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.effects.models import Effect
from apps.effects.registry import Refused
from apps.github import auth, errors
from apps.github.client import Client
from apps.github.models import Organization
from apps.github.services import required_installation

TokenKind = Effect.TokenKind


@dataclass(frozen=True)
class Sender:
    """An open client, and whose token it bears."""

    client: Client
    token_kind: Effect.TokenKind


def sender_of(effect: Effect) -> Sender:
    """Who sends it now. Talks to GitHub: not inside a transaction.

    Raises Refused, NotAnOwner, NeedsSignIn, NeedsSso, GitHubAway and github.errors.
    """
    actor, organization = effect.actor, effect.organization
    if actor is None:
        if effect.token_kind != TokenKind.INSTALLATION:
            raise Refused("Nobody stands behind this: nothing is sent without a person or a rule.")
        return _installation(organization)
    if effect.token_kind == TokenKind.USER:
        try:
            return _person(actor, organization)
        except (people.NeedsSignIn, people.NeedsSso, errors.SsoRequired):
            if not effect.installation_may_send:
                raise
    access.require_listed_owner(actor, organization)
    return _installation(organization)


def forget_installation_token(organization: Organization) -> None:
    """GitHub does not take it any more: the next client gets a new one."""
    auth.forget_token(required_installation(organization.pk))


def _person(actor: User, organization: Organization) -> Sender:
    client = accounts.user_client(actor)
    try:
        access.require_owner_now(actor, organization)
    except BaseException:
        client.__exit__()
        raise
    return Sender(client, TokenKind.USER)


def _installation(organization: Organization) -> Sender:
    client, _ = auth.installation_client(required_installation(organization.pk))
    return Sender(client, TokenKind.INSTALLATION)
