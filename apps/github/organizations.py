"""What Patrol knows an organization by: GitHub's number, and the login it has now, which may change."""

from apps.audit import services as audit
from apps.core import clock
from apps.github import wire
from apps.github.models import FormerLogin, Organization


def learn(account: wire.Account) -> Organization:
    """The organization as GitHub shows it; its old login goes on leading to it. Inside the caller's transaction."""
    known = Organization.objects.select_for_update().filter(pk=account.id).first()
    if known is None:
        return Organization.objects.create(id=account.id, login=account.login, avatar_url=account.avatar_url)
    if known.login != account.login:
        _renamed(known, account.login)
    known.login, known.avatar_url = account.login, account.avatar_url
    known.save(update_fields=["login", "avatar_url"])
    return known


def formerly(login: str, organization_ids: list[int]) -> FormerLogin | None:
    """Of these organizations the one that was called so last."""
    called = FormerLogin.objects.filter(login__iexact=login, organization__in=organization_ids)
    return called.select_related("organization").order_by("-until").first()


def _renamed(known: Organization, login: str) -> None:
    FormerLogin.objects.update_or_create(organization=known, login=known.login, defaults={"until": clock.now()})
    FormerLogin.objects.filter(organization=known, login=login).delete()
    audit.record("organization.renamed", organization_id=known.pk, before=known.login, after=login)
