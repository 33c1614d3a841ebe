"""Why an organization is not covered, or not wholly: each reason with its sentence, and who does what about it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from apps.core import clock, moments
from apps.github import permissions, web
from apps.github.models import App
from apps.github.standing import Standing, State
from apps.tokens.models import SyncState
from apps.tokens.queries import liveness
from apps.tokens.sync import BARRED

PROCESSES = "Whoever runs Patrol sees that worker, beat and sweeper run."


@dataclass(frozen=True)
class Seen:
    """What Patrol knows of one organization. `sso_url` where the reader owns it and has no single sign-on session."""

    app: App | None
    standing: Standing
    sync: SyncState | None
    sso_url: str = ""
    owned: bool = False

    @property
    def live(self) -> bool:
        """Whether the App works there."""
        return self.standing.state == State.LIVE


@dataclass(frozen=True)
class Gap:
    """One reason. `since` None: not known; `url` leads to where it is mended, with what is done there as `act`."""

    title: str
    todo: str
    since: datetime | None = None
    url: str = ""
    act: str = ""

    @property
    def said(self) -> str:
        """The title without its full stop: `since` stands before that."""
        return self.title.rstrip(".")


Rule = Callable[[Seen, str], Gap | None]


def gaps(seen: Seen, login: str = "") -> list[Gap]:
    """What keeps Patrol from reading it as it should."""
    return [found for rule in _GAPS if (found := rule(seen, login))]


def notes(seen: Seen, login: str = "") -> list[Gap]:
    """What keeps Patrol from doing more there."""
    return [found for rule in _NOTES if (found := rule(seen, login))]


# --- gaps -----------------------------------------------------------------------------------------------------------


def _standing(seen: Seen, login: str) -> Gap | None:
    since = seen.standing.since
    match seen.standing.state:
        case State.NEVER:
            return Gap("The App is not installed.", "You own it: install the App there.", None, *_install(seen))
        case State.REMOVED:
            return Gap(
                "The App was uninstalled.",
                "An owner of it installs the App again; Patrol goes on with the record it has.",
                since, *_install(seen),
            )  # fmt: skip
        case State.SUSPENDED:
            return Gap(
                "The App is suspended.", "An owner of it lets the App work again, and Patrol goes on by itself.",
                since, *_at_github(seen, login),
            )  # fmt: skip
        case State.OUTSIDE:
            return Gap(
                "It is not on the list of organizations that may use this Patrol.",
                "An administrator of this Patrol allows it, or takes the App off.",
            )
    return None


def _permissions(seen: Seen, login: str) -> Gap | None:
    missing = permissions.lacking(seen.standing.permissions, permissions.LOOK_ONLY) if seen.live else {}
    if not missing:
        return None
    lacks = f"The App lacks {permissions.in_words(missing)}."
    if seen.app and permissions.lacking(seen.app.asks, missing):
        return _asks_too_little(seen.app, lacks)
    todo = "The App asks for it: an owner of it accepts."
    return Gap(lacks, todo, None, *_at_github(seen, login, "Accept on GitHub"))


def _asks_too_little(app: App, lacks: str) -> Gap:
    owner = app.owner_login or "the App's owner"
    return Gap(
        lacks, f"{owner} sets it on the App's page; then an owner of the organization accepts.", None,
        app.permissions_page, "Open the App's page" if app.permissions_page else "",
    )  # fmt: skip


def _reading(seen: Seen, login: str) -> Gap | None:
    state = seen.sync
    if not seen.live:
        return None
    if state is not None and state.error == BARRED:
        todo = "An owner of it puts this server's address on the list, or lets the list follow installed Apps."
        return Gap(BARRED, todo, None, _allow_list(login) if seen.owned else "", "Open the list" if seen.owned else "")
    if state is not None and state.error:
        again = f"Patrol tries again {moments.relative(max(state.due_at, clock.now()), clock.now())}."
        return Gap(f"The last reading failed: {state.error}", again)
    if state is None or state.completed_at is None:
        return Gap("It was never read.", f"Patrol begins within a minute. If it does not: {PROCESSES}")
    polled = liveness.is_polled(state)
    if polled and (state.requests_read_at is None or state.requests_read_at < clock.now() - liveness.LATE):
        read = moments.lag(state.requests_read_at, clock.now()) if state.requests_read_at else "never"
        return Gap(f"It is polled late: last {read}, which should be a minute at most.", PROCESSES)
    return None


_GAPS: list[Rule] = [_standing, _permissions, _reading]


# --- notes ----------------------------------------------------------------------------------------------------------


def _sso(seen: Seen, login: str) -> Gap | None:
    if not seen.sso_url or not seen.live:
        return None
    todo = "Open a session there, then sign in here again."
    return Gap("You have no single sign-on session there.", todo, None, seen.sso_url, "Sign in with SSO")


def _waiting(seen: Seen, login: str) -> Gap | None:
    """What the App asks for beyond what it has, but for what is a gap."""
    if not seen.live or seen.app is None:
        return None
    held = seen.standing.permissions
    waiting = permissions.lacking(held, seen.app.asks)
    if not waiting or permissions.lacking(held, permissions.LOOK_ONLY):
        return None
    said = f"Waiting for acceptance: {permissions.in_words(waiting)}."
    return Gap(said, "An owner of it accepts on GitHub.", None, *_at_github(seen, login, "Accept on GitHub"))


def _look_only(seen: Seen, login: str) -> Gap | None:
    if not seen.live or not permissions.lacking(seen.standing.permissions, permissions.DECISIONS.permissions):
        return None
    url = reverse("dashboard:settings-switch", args=[login, "decisions"]) if seen.owned and login else ""
    return Gap(
        "Look only: owners decide on GitHub.", "An owner of it turns on decisions.", None, url, "Turn on decisions"
    )


_NOTES: list[Rule] = [_sso, _waiting, _look_only]


# --- where it is mended -----------------------------------------------------------------------------------------------


def _install(seen: Seen) -> tuple[str, str]:
    """Only owners can: an administrator who is none gets no link into the organization."""
    if not seen.owned or seen.app is None:
        return "", ""
    return seen.app.installation_page or web.new_installation(seen.app.slug), "Install the App"


def _at_github(seen: Seen, login: str, act: str = "Open the App there") -> tuple[str, str]:
    return (web.installation(login, seen.standing.installation_id), act) if seen.owned and login else ("", "")


def _allow_list(login: str) -> str:
    return web.security(login)
