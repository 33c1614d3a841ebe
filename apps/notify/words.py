"""What events say to their readers, from their data alone. Pure over event data; text from strangers is in it.

Each event becomes entries, one for each token it is about. An entry says what happens when, in a line.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from apps.core.mail import header
from apps.core.spans import zone_of

Data = Mapping[str, Any]
LONGEST_NAME = 120


@dataclass(frozen=True)
class Entry:
    """One token in a message. `kind` says what to do about it (letters.py); `at` sorts, the urgent first. `short` is
    what happens as a subject says it, `what` with day and hour.

    `tone` is danger, attention or empty; `pat_id` 0: it has no page.
    """

    kind: str
    organization: str
    name: str
    holder_id: int
    holder: str
    short: str
    what: str
    at: str
    tone: str = ""
    note: str = ""
    pat_id: int = 0
    unreached: bool = False


def entries(name: str, data: Data, *, unreached: bool = False) -> Iterator[Entry]:
    """Of one event; none of an event that has no words."""
    for one in _tokens(data):
        kind, short, what, tone, note = _WORDS[name](one)
        yield Entry(
            kind=kind,
            organization=header(str(data["organization"])),
            name=header(str(one["token_name"]), LONGEST_NAME),
            holder_id=int(data["owner_id"]),
            holder=header(str(data["owner_login"])),
            short=short,
            what=what,
            at=str(one["ends_at"]),
            tone=tone,
            note=header(note, 600),
            pat_id=int(one.get("pat_id", 0)),
            unreached=unreached,
        )


def unlisted(data: Data) -> int:
    """How many tokens an event counts and does not name."""
    return max(0, int(data.get("count", 0)) - len(data.get("tokens", ()))) if "tokens" in data else 0


def in_days(days: int) -> str:
    """today, tomorrow, in 7 days."""
    return {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")


def _tokens(data: Data) -> Iterator[Data]:
    """Of an event about many, each with what the event says of all."""
    for one in data.get("tokens", [{}]):
        yield {**data, **one}


Words = tuple[str, str, str, str, str]
"""Kind, what happens in short and with its time, tone, note."""


def _reminded(one: Data) -> Words:
    days = int(one["days"])
    tone = "danger" if days <= 1 else "attention" if days <= 7 else ""
    return "ends", f"ends {in_days(days)}", f"ends {in_days(days)}, {_moment(one)}", tone, _used(one)


def _at_once(one: Data) -> Words:
    short = "ends in less than a day"
    return "ends", short, f"{short}, {_moment(one)}", "danger", _used(one)


def _expired(one: Data) -> Words:
    return "expired", "expired while it was in use", f"expired {_moment(one)}", "danger", _used(one)


def _planned(one: Data) -> Words:
    short = f"loses its access on {_day(one['ends_on'])}"
    return "planned", short, short, "attention", _because(one)


def _near(one: Data) -> Words:
    days = int(one.get("days", 1))
    short = f"loses its access {in_days(days)}"
    return (
        "planned",
        short,
        f"{short}, on {_day(one['ends_on'])}",
        "danger" if days <= 1 else "attention",
        _because(one),
    )


def _extended(one: Data) -> Words:
    before = f", not only until {_day(one['before'])}" if one.get("before") else ""
    short = f"keeps its access until {_day(one['ends_on'])}"
    return "kept", short, f"{short}{before}", "", _because(one)


def _kept(one: Data) -> Words:
    short = f"keeps its access until {_day(one['kept_until'])}" if one.get("kept_until") else "keeps its access"
    if one.get("by_use"):
        return "kept", short, f"{short}: it was used", "", ""
    return "kept", short, f"{short}: {one.get('by') or 'somebody'} said so", "", _reason(one)


def _cancelled(one: Data) -> Words:
    short = "keeps its access"
    return "kept", short, f"{short}: {one.get('by') or 'an owner'} called the revocation off", "", ""


def _sent(one: Data) -> Words:
    short = "loses its access now"
    return "revoked", short, f"{short}: the revocation is on its way to GitHub", "danger", _because(one)


_WORDS: Mapping[str, Callable[[Data], Words]] = {
    "holder.reminded": _reminded,
    "token.reminded": _at_once,
    "token.expired_in_use": _expired,
    "planned_revocation.planned": _planned,
    "planned_revocation.near": _near,
    "planned_revocation.extended": _extended,
    "planned_revocation.kept": _kept,
    "planned_revocation.cancelled": _cancelled,
    "planned_revocation.sent": _sent,
}
_CAUSES = {
    "offboarding": "Its holder leaves on that day.",
    "quarantine": "It is in quarantine: revoked on that day unless somebody keeps it.",
    "approved_until": "It was approved until then.",
    "sleeping": "It is not used.",
}


def _because(one: Data) -> str:
    planner = f"Planned by {one['planned_by']}." if one.get("planned_by") else ""
    return " ".join(filter(None, [_CAUSES.get(str(one.get("cause")), ""), planner, _reason(one)]))


def _reason(one: Data) -> str:
    return f"Reason: {one['reason']}" if one.get("reason") else ""


def _used(one: Data) -> str:
    used = one.get("last_used_at")
    return f"Last seen used on {_day(used)}." if used else "Never seen used."


def _moment(one: Data) -> str:
    """ "on 4 December 2026 at 14:05 (Europe/Berlin)"."""
    zone = zone_of(str(one.get("zone", "UTC")))
    at = datetime.fromisoformat(str(one["ends_at"])).astimezone(zone)
    return f"on {at.day} {at:%B %Y} at {at:%H:%M} ({zone.key})"


def _day(value: str) -> str:
    """A day as it is, an instant's day in UTC."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = datetime.fromisoformat(value).astimezone(UTC).date()
    return f"{day.day} {day:%B %Y}"
