"""Life in the demo: members ask for tokens, use them, take requests back, and lose them by time."""

from __future__ import annotations

from random import Random

from apps.simulator.clock import DAY, MINUTE
from apps.simulator.decisions import ask, cancel, touch
from apps.simulator.generate_tokens import new_token, some_access
from apps.simulator.model import Organization
from apps.simulator.state import State

_MOST_WAITING = 3  # times the requests the world began with: a demo left alone overnight stays readable


class Life:
    """What happens every half minute or so. Randomness of its own: it may not disturb the seeded world."""

    def __init__(self) -> None:
        self._random = Random()

    def pause(self) -> float:
        """Seconds until something happens again."""
        return self._random.uniform(20, 40)

    def happen(self, state: State) -> None:
        """One new request somewhere, some tokens used, now and then one whose end comes near."""
        organization = self._random.choice(list(state.organizations.values()))
        self._ask(state, organization)
        for each in state.organizations.values():
            self._use(state, each)
        if self._random.random() < 0.15:
            self._bring_end_near(state, organization)
        state.changed()

    def _ask(self, state: State, organization: Organization) -> None:
        most = max(5, state.options.requests * _MOST_WAITING)
        if len(organization.requests) >= most:
            cancel(state, organization, next(iter(organization.requests.values())))
        askers = [state.users[n] for n, role in organization.members.items() if role == "member"]
        if not askers:
            return
        purpose, access = some_access(state, organization)
        now = int(state.now())
        expires = None if self._random.random() < 0.1 else now + self._random.choice((7, 30, 90, 365)) * DAY
        token = new_token(
            state,
            self._random.choice(askers),
            self._random.choice(purpose.names),
            created_at=now,
            expires_at=expires,
            last_used_at=None,
        )
        reason = self._random.choice(purpose.reasons) if self._random.random() < 0.9 else None
        ask(state, organization, token, access, reason)

    def _use(self, state: State, organization: Organization) -> None:
        now, granted = int(state.now()), list(organization.grants.values())
        for grant in self._random.sample(granted, min(len(granted), 3)):
            if not grant.token.expired(now):
                grant.token.last_used_at = now
                touch(grant.token)

    def _bring_end_near(self, state: State, organization: Organization) -> None:
        """A token of the demo expires within minutes, so that somebody watching sees it happen."""
        now = int(state.now())
        living = [g.token for g in organization.grants.values() if not g.token.expired(now)]
        if living:
            token = self._random.choice(living)
            token.expires_at = now + self._random.randrange(2 * MINUTE, 15 * MINUTE)
            touch(token)
