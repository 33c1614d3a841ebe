"""Instance administrators: who finished the setup, and whom they name. They see no organization they do not own."""

from django.db import transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.core.errors import RuleBroken


class NotKnown(RuleBroken):
    """Nobody of that login signed in to this Patrol."""


class LastOne(RuleBroken):
    """Without an administrator the setup would open again."""


def administrators() -> list[User]:
    """By login."""
    return list(User.objects.filter(is_administrator=True).order_by("login"))


def person(login: str) -> User:
    """Who signed in last with that login. Raises NotKnown."""
    found = User.objects.filter(login__iexact=login).order_by("-organizations_checked_at").first()
    if found is None:
        raise NotKnown(f"{login} has not signed in to this Patrol yet: let them sign in once, then name them.")
    return found


def name(user: User, *, by: audit.Actor) -> None:
    """From now on `user` is an administrator; who is one stays one."""
    with transaction.atomic():
        if User.objects.filter(pk=user.pk, is_administrator=False).update(is_administrator=True):
            audit.record("administrator.named", actor=by, subject=f"user:{user.pk}", login=user.login)
    user.is_administrator = True


def dismiss(user: User, *, by: audit.Actor) -> None:
    """`user` is no administrator any more. Raises LastOne."""
    with transaction.atomic():
        everybody = list(User.objects.select_for_update().filter(is_administrator=True))
        if [one.pk for one in everybody] == [user.pk]:
            raise LastOne(f"{user.login} is the only administrator. Name somebody else first.")
        if User.objects.filter(pk=user.pk, is_administrator=True).update(is_administrator=False):
            audit.record("administrator.dismissed", actor=by, subject=f"user:{user.pk}", login=user.login)
    user.is_administrator = False
