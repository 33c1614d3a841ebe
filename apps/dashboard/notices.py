"""What waits for an answer of the reader, on top of every page of the organization it is about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.urls import reverse

from apps.github.models import Organization
from apps.tokens.queries.alarms import AlarmCount, alarm_counts
from apps.tokens.queries.seconding import Waiting


@dataclass(frozen=True)
class Notice:
    """One sentence with a link; `level` as flash has it."""

    level: str
    text: str
    url: str
    action: str


def notices(organizations: Iterable[Organization], waiting: Mapping[int, Waiting]) -> list[Notice]:
    """Of these organizations, in their order; `waiting` for the reader is known. One query."""
    chosen = list(organizations)
    alarms = alarm_counts(one.pk for one in chosen)
    wider = [_wider(one.login, alarms[one.pk]) for one in chosen if one.pk in alarms]
    return wider + [_waits(one.login, waiting[one.pk]) for one in chosen if one.pk in waiting]


def _waits(login: str, waiting: Waiting) -> Notice:
    if waiting.count == 1:
        url = reverse("tokens:request-detail", args=[login, waiting.pat_request_id])
        return Notice("warning", f"{login}: 1 approval waits for you.", url, "Confirm or reject it")
    url = f"{reverse('tokens:request-list', args=[login])}?state=to_confirm"
    return Notice("warning", f"{login}: {waiting.count} approvals wait for you.", url, "Confirm or reject them")


def _wider(login: str, count: AlarmCount) -> Notice:
    if count.grants == 1:
        url = reverse("tokens:token-detail", args=[login, count.pat_id])
        return Notice("error", f"{login}: a token reaches further than what was approved.", url, "See it")
    url = f"{reverse('tokens:token-list', args=[login])}?state=wider"
    return Notice("error", f"{login}: {count.grants} tokens reach further than what was approved.", url, "See them")
