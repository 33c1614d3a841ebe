"""What waits for an answer of the reader, on top of every page of the organization it is about."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from apps.accounts.access import Visible
from apps.core import moments
from apps.dashboard.queries import Waits
from apps.github.standing import Standing, State


@dataclass(frozen=True)
class Notice:
    """One sentence with a link; `level` as flash has it."""

    level: str
    text: str
    url: str
    action: str


def notices(waits: Iterable[tuple[str, Waits]]) -> list[Notice]:
    """Of organizations by login, in their order: alarms first."""
    known = list(waits)
    wider = [_wider(login, one) for login, one in known if one.wider]
    return wider + [_proposed(login, one) for login, one in known if one.proposals]


def closed_notices(visible: Iterable[Visible]) -> list[Notice]:
    """Of those where Patrol's App does not work any more."""
    return [_closed(one.organization.login, one.closed) for one in visible if one.closed and one.state == "closed"]


def _closed(login: str, standing: Standing) -> Notice:
    what = "was suspended" if standing.state == State.SUSPENDED else "was uninstalled"
    since = f" on {moments.day(standing.since)}" if standing.since else ""
    text = f"{login}: Patrol's App {what}{since}. What you see is what Patrol knew then."
    return Notice("warning", text, reverse("dashboard:coverage"), "What to do")


def _proposed(login: str, waits: Waits) -> Notice:
    if waits.proposals == 1:
        url = reverse("tokens:request-detail", args=[login, waits.pat_request_id])
        return Notice("warning", f"{login}: 1 approval waits for you.", url, "Confirm or reject it")
    url = f"{reverse('tokens:request-list', args=[login])}?state=to_confirm"
    return Notice("warning", f"{login}: {waits.proposals} approvals wait for you.", url, "Confirm or reject them")


def _wider(login: str, waits: Waits) -> Notice:
    if waits.wider == 1:
        url = reverse("tokens:token-detail", args=[login, waits.pat_id])
        return Notice("error", f"{login}: a token reaches further than what was approved.", url, "See it")
    url = f"{reverse('tokens:token-list', args=[login])}?state=wider"
    return Notice("error", f"{login}: {waits.wider} tokens reach further than what was approved.", url, "See them")
