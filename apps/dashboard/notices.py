"""What waits for an answer of the reader, on top of every page of the organization it is about."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from apps.github.models import Organization
from apps.tokens.queries.alarms import AlarmCount, alarm_counts


@dataclass(frozen=True)
class Notice:
    """One sentence with a link; `level` as flash has it."""

    level: str
    text: str
    url: str
    action: str


def notices(organizations: Iterable[Organization]) -> list[Notice]:
    """Of these organizations, in their order; one query."""
    chosen = list(organizations)
    alarms = alarm_counts(one.pk for one in chosen)
    return [_wider(one.login, alarms[one.pk]) for one in chosen if one.pk in alarms]


def _wider(login: str, count: AlarmCount) -> Notice:
    if count.grants == 1:
        url = reverse("tokens:token-detail", args=[login, count.pat_id])
        return Notice("error", f"{login}: a token reaches further than what was approved.", url, "See it")
    url = f"{reverse('tokens:token-list', args=[login])}?state=wider"
    return Notice("error", f"{login}: {count.grants} tokens reach further than what was approved.", url, "See them")
