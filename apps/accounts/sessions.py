"""Sessions as Django keeps them in the database; read at every request, so the statements are written once.

Sits outside the use cases: Django loads it by the names in the settings.
"""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from apps.accounts.models import User
from apps.core.statements import Statement

_LIVE = Statement(lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now))
_USER = Statement(lambda number: User.objects.filter(pk=number))


class SessionStore(db.SessionStore):
    """What a browser's cookie names."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """The table is Django's own."""
        return Session

    def load(self) -> dict[str, Any]:
        """What was kept; nothing, and no key any more, where the session has ended.

        Keys are letters and digits: of another word, which a stranger's cookie can hold, the database is not asked.
        """
        key = self.session_key or ""
        found = _LIVE.first(key, timezone.now()) if key.isascii() and key.isalnum() else None
        if found is None:
            self._session_key = None
            return {}
        return self.decode(found.session_data)


class SignedIn(ModelBackend):
    """Who a session is of."""

    def get_user(self, user_id: int) -> User | None:
        """None where there is no such person any more, or they may not sign in."""
        user = _USER.first(int(user_id))
        return user if user is not None and self.user_can_authenticate(user) else None
