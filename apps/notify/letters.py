"""What one message says: its subject, its entries by organization with the urgent ones first, and what to do.

Made of what its notices' events say, and of nothing else. `written` gives both parts of the mail.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.template.loader import render_to_string

from apps.core.mail import header
from apps.github import addresses
from apps.notify.models import Notice
from apps.notify.words import Entry, entries, unlisted

LISTED = 200
"""Entries that a message names; the page has them all."""
Role = Notice.Role


@dataclass(frozen=True)
class Line:
    """An entry as its reader sees it: `mine` or somebody's, with where a click leads."""

    entry: Entry
    mine: bool
    url: str


@dataclass(frozen=True)
class Group:
    """What a message says of one organization; `more` is not named. `people_url`: who to ask, for who owns it not."""

    organization: str
    lines: list[Line]
    more: int
    people_url: str


@dataclass(frozen=True)
class Letter:
    """One message. `steps` are sentences on what to do, each with a link or none."""

    subject: str
    heading: str
    lead: str
    groups: list[Group]
    steps: list[tuple[str, str]]
    why: str
    notices_url: str


def letter(notices: Sequence[Notice], reader: int | None) -> Letter:
    """Of these notices (with their events), for a person at GitHub, or for a mailbox (None)."""
    told = [(one, entry) for one in notices for entry in _entries(one)]
    told.sort(key=lambda pair: pair[1].at)
    lines = [_line(entry, one, reader) for one, entry in told]
    groups = _groups(lines[:LISTED], lines[LISTED:], notices)
    subject = _subject([line.entry for line in lines], reader)
    return Letter(
        subject=subject,
        heading=subject,
        lead=_lead([line.entry for line in lines]),
        groups=groups,
        steps=_steps(lines),
        why=_why({Role(one.role) for one in notices}),
        notices_url=f"{settings.PUBLIC_URL}/notices/",
    )


def written(one: Letter) -> tuple[str, str]:
    """Text and HTML."""
    context = {"letter": one}
    text = render_to_string("notify/mail/message.txt", context)
    return _tidy(text), render_to_string("notify/mail/message.html", context)


def _tidy(text: str) -> str:
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return "\n".join(line for number, line in enumerate(lines) if line or (number and lines[number - 1])) + "\n"


def _entries(one: Notice) -> Iterable[Entry]:
    return entries(one.event.name, one.event.data, unreached=one.unreached)


def _line(entry: Entry, notice: Notice, reader: int | None) -> Line:
    mine = entry.holder_id == reader
    if notice.role in {Role.OWNER, Role.COPY} and entry.pat_id:
        return Line(entry, mine, f"{settings.PUBLIC_URL}/orgs/{quote(entry.organization)}/tokens/{entry.pat_id}/")
    return Line(entry, mine, f"{settings.PUBLIC_URL}/my/tokens/" if mine else "")


def tokens_page() -> str:
    """Where people see and regenerate their own fine-grained tokens."""
    return f"{addresses.web_url()}/settings/personal-access-tokens"


def _groups(shown: Sequence[Line], hidden: Sequence[Line], notices: Sequence[Notice]) -> list[Group]:
    """In the order of what is most urgent in each."""
    by_login: dict[str, list[Line]] = defaultdict(list)
    for line in shown:
        by_login[line.entry.organization].append(line)
    more: dict[str, int] = defaultdict(int)
    for line in hidden:
        more[line.entry.organization] += 1
    asks = set()
    for one in notices:
        login = header(str(one.event.data["organization"]))
        more[login] += unlisted(one.event.data)
        if one.role in {Role.HOLDER, Role.MAINTAINER}:
            asks.add(login)
    return [
        Group(login, by_login[login], more[login], _owners_page(login) if login in asks else "")
        for login in dict.fromkeys([*by_login, *(login for login, number in more.items() if number)])
    ]


def _owners_page(login: str) -> str:
    return f"{addresses.web_url()}/orgs/{quote(login)}/people?query=role%3Aowner"


# --- words ------------------------------------------------------------------------------------------------------


def _subject(told: Sequence[Entry], reader: int | None) -> str:
    first = told[0]
    if len(told) == 1:
        whose = f'Your token "{first.name}"' if first.holder_id == reader else f'{first.holder}\'s token "{first.name}"'
        return header(f"{whose} {first.short} ({first.organization})", 190)
    mine = sum(one.holder_id == reader for one in told)
    places = {one.organization for one in told}
    where = f"of {first.organization}" if len(places) == 1 else f"in {len(places)} organizations"
    number = f"{len(told)} of your tokens" if mine == len(told) else f"{len(told)} tokens {where}"
    rest = f", {mine} of them yours" if 0 < mine < len(told) else ""
    kinds = {one.kind for one in told}
    what = "end soon" if kinds == {"ends"} else "expired in use" if kinds == {"expired"} else "change"
    return header(f"{number} {what}{rest}: the first {first.short}", 190)


def _lead(told: Sequence[Entry]) -> str:
    kinds = {one.kind for one in told}
    if "expired" in kinds:
        return "It was in use within its last week. What uses it fails from now on."
    if "ends" in kinds:
        return "What uses a token fails when it ends."
    if "planned" in kinds:
        return "Patrol takes the access away on the day beside each token. The tokens themselves stay."
    if "revoked" in kinds:
        return "The access ends now. The tokens themselves stay, and what they reach elsewhere."
    return "Nothing has to be done."


def _steps(lines: Sequence[Line]) -> list[tuple[str, str]]:
    """For holders what to do; for owners what others do, and what is left for them."""
    mine = {line.entry.kind for line in lines if line.mine}
    others = {line.entry.kind for line in lines if not line.mine}
    steps: list[tuple[str, str]] = []
    if mine & {"ends", "expired"}:
        steps += [
            (_REGENERATE, tokens_page()),
            ("Not needed any more? Do nothing, or delete it on GitHub. You hear no more of it after that day.", ""),
        ]
    if "planned" in mine:
        steps.append(("Needed longer? Tell the owners of the organization before that day, and say what for.", ""))
    if "revoked" in mine:
        steps.append(
            ("Still needed? Ask for access again with the same token: its value stays as it is.", tokens_page())
        )
    if others & {"ends", "expired"}:
        steps.append((_HOLDERS, ""))
    if any(line.entry.unreached for line in lines):
        steps.append((_UNREACHED, ""))
    return steps


_REGENERATE = (
    "Still needed? Open it on GitHub and regenerate it. Name, permissions and repositories stay; its value changes: put"
    " the new one wherever the old one is used. Where owners have to approve it again, they see your request at once."
)
_HOLDERS = (
    "Only the holder of a token can regenerate it; who has an address was told as well. Reminders stop when Patrol sees"
    " a new end."
)
_UNREACHED = "Where it says so, Patrol has no address of the holder, and tells you in their place: please pass it on."


def _why(roles: set[Notice.Role]) -> str:
    reasons = {
        Role.HOLDER: "it concerns tokens of yours",
        Role.MAINTAINER: "you look after the machine users that hold them",
        Role.OWNER: "you own the organization",
        Role.COPY: "its owners entered this address",
    }
    return (
        "You get this because " + ", and because ".join(words for role, words in reasons.items() if role in roles) + "."
    )
