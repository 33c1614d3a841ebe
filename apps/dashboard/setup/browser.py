"""What the browser's session holds of the setup: that its code was right, what was chosen, and what went to GitHub."""

import secrets
from dataclasses import asdict, dataclass

from django.contrib.sessions.backends.base import SessionBase

from apps.accounts.setup_codes import SESSION_KEY
from apps.core import clock

ONE, SEVERAL = "one", "several"
STATE_SECONDS = 60 * 60
"""GitHub wants all of the manifest flow done within an hour."""
_MOST_OPEN = 5


@dataclass(frozen=True)
class Plan:
    """For how many organizations, and the one that the App shall belong to."""

    how: str = ONE
    organization: str = ""

    @property
    def public(self) -> bool:
        """Whether others than its owner can install the App."""
        return self.how == SEVERAL


def grant(session: SessionBase) -> None:
    """The code was right: a new session key, so that one known before does not open the setup."""
    session.cycle_key()
    session[SESSION_KEY] = {"granted": True}


def is_granted(session: SessionBase) -> bool:
    """Whether this browser brought the code."""
    return bool(session.get(SESSION_KEY, {}).get("granted"))


def forget(session: SessionBase) -> None:
    """The setup is done."""
    session.pop(SESSION_KEY, None)


def keep(session: SessionBase, plan: Plan) -> None:
    """Remember the plan."""
    session[SESSION_KEY] = {**session.get(SESSION_KEY, {}), "plan": asdict(plan)}


def plan(session: SessionBase) -> Plan:
    """What was planned."""
    return Plan(**session.get(SESSION_KEY, {}).get("plan", {}))


def new_state(session: SessionBase) -> str:
    """For one trip to GitHub: ties what comes back to this browser, once and within the hour."""
    state = secrets.token_urlsafe(32)
    kept = [*_open(session), [state, int(clock.now().timestamp())]]
    session[SESSION_KEY] = {**session.get(SESSION_KEY, {}), "states": kept[-_MOST_OPEN:]}
    return state


def take_state(session: SessionBase, state: str) -> bool:
    """Whether the state is one this browser waits for. It is gone from the saved session before this returns."""
    kept = _open(session)
    left = [one for one in kept if not secrets.compare_digest(one[0].encode(), state.encode("utf-8", "replace"))]
    session[SESSION_KEY] = {**session.get(SESSION_KEY, {}), "states": left}
    session.save()
    return len(left) < len(kept)


def _open(session: SessionBase) -> list[list[str]]:
    oldest = int(clock.now().timestamp()) - STATE_SECONDS
    return [one for one in session.get(SESSION_KEY, {}).get("states", []) if int(one[1]) >= oldest]
