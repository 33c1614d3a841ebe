"""What pages show of notices and messages."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import Count, Q, QuerySet

from apps.accounts.models import User
from apps.core import clock, mail, paging
from apps.github.models import Member, Organization
from apps.notify.letters import letter, written
from apps.notify.models import Message, Notice
from apps.notify.words import Entry, entries

PAGE = 30
SHOWN = 20
"""Entries of one message in the list; the message has them all."""
SHOWN_ALONE = 100
"""Where no mail has the rest."""
LATE = timedelta(minutes=10)
LOOKED_BACK = timedelta(days=30)
TROUBLES = 50
Role, State = Notice.Role, Message.State


@dataclass(frozen=True)
class Told:
    """What was told together of one organization, and how far it got. `as_owner`: its entries lead to their pages."""

    notice: Notice
    entries: list[Entry]
    more: int
    delivery: str
    tone: str

    @property
    def as_owner(self) -> bool:
        """Whether the reader was told as an owner."""
        return self.notice.role == Role.OWNER

    @property
    def no_address(self) -> bool:
        """Whether no mail told of it, because the reader has no address."""
        return self.notice.state == Notice.State.NO_ADDRESS

    @property
    def message_id(self) -> int | None:
        """The message that can be read."""
        message = self.notice.message
        return message.pk if message and message.text else None


@dataclass(frozen=True)
class Read:
    """One mail to its reader. `partly`: what it said of organizations that they do not see now is left out."""

    message: Message
    text: str
    partly: bool


@dataclass(frozen=True)
class Trouble:
    """A message that did not leave; `reader` is a login, or what the mailbox is."""

    reader: str
    state: str
    error: str
    made_at: datetime
    attempts: int


@dataclass(frozen=True)
class Standing:
    """How mail leaves, and what came of the messages of the last thirty days."""

    configured: bool
    sent: int
    kept: int
    waiting: int
    failed: int


def own(reader: int, owned: Collection[int]) -> QuerySet[Notice]:
    """What a person was told: of their own tokens, and as an owner of what they own now."""
    stays = ~Q(role=Role.OWNER) | Q(organization__in=list(owned))
    return Notice.objects.filter(stays, person_id=reader)


def told_page(reader: int, owned: Collection[int], cursor: str) -> tuple[paging.Page[Notice], list[Told]]:
    """Newest first, with what each says; one query. What one message said of one organization, or would have said on
    one day, stands together.
    """
    found = own(reader, owned).select_related("organization", "message", "event")
    page = paging.page(
        found.defer("event__canonical", "message__html"), paging.Order("id", descending=True), cursor, PAGE
    )
    return page, [_told(list(some)) for _, some in groupby(page.rows, key=_together)]


def _together(one: Notice) -> tuple[object, ...]:
    if one.message_id is not None or one.pace == Notice.Pace.OWN:
        return one.organization_id, one.message_id or -one.pk
    return one.organization_id, one.state, one.made_at.date()


def message_of(reader: int, owned: Collection[int], number: int) -> Read | None:
    """A message to a person, as far as it concerns what they see now; None: nothing of it does."""
    message = Message.objects.filter(pk=number, person_id=reader).exclude(text="").defer("html").first()
    if message is None:
        return None
    every = Notice.objects.filter(message=message)
    seen = list(own(reader, owned).filter(message=message).select_related("event").order_by("pk"))
    if not seen:
        return None
    partly = len(seen) < every.count()
    return Read(message, written(letter(seen, reader))[0] if partly else message.text, partly)


def troubles(organization: Organization | None) -> list[Trouble]:
    """Messages about one organization (None: of the instance) that failed, or have waited for more than ten minutes."""
    now = clock.now()
    late = Q(state__in=Message.OPEN, made_at__lt=now - LATE)
    found = Message.objects.filter(late | Q(state=State.FAILED, made_at__gt=now - LOOKED_BACK))
    if organization is not None:
        about = Notice.objects.filter(organization=organization).values("message")
        found = found.filter(pk__in=about)
    rows = list(
        found.only("person_id", "recipient", "state", "error", "made_at", "attempts").order_by("-pk")[:TROUBLES]
    )
    logins = _logins({one.person_id for one in rows if one.person_id})
    return [
        Trouble(
            logins.get(one.person_id or 0, "a mailbox" if one.person_id is None else f"person {one.person_id}"),
            one.get_state_display(), one.error, one.made_at, one.attempts,
        )
        for one in rows
    ]  # fmt: skip


def standing() -> Standing:
    """Of the instance; one query."""
    recent = Message.objects.filter(Q(made_at__gt=clock.now() - LOOKED_BACK) | Q(state__in=Message.OPEN))
    counts = recent.aggregate(
        sent=Count("pk", filter=Q(state=State.SENT)),
        kept=Count("pk", filter=Q(state=State.KEPT)),
        waiting=Count("pk", filter=Q(state__in=Message.OPEN)),
        failed=Count("pk", filter=Q(state=State.FAILED)),
    )
    return Standing(configured=mail.is_configured(), **counts)


def _logins(people: Collection[int]) -> dict[int, str]:
    members = Member.objects.filter(user_id__in=people).values_list("user_id", "login")
    return dict(members) | dict(User.objects.filter(pk__in=people).values_list("pk", "login"))


def _told(notices: list[Notice]) -> Told:
    said = [
        one for notice in notices for one in entries(notice.event.name, notice.event.data, unreached=notice.unreached)
    ]
    said.sort(key=lambda one: one.at)
    delivery, tone = _delivery(notices[0])
    most = SHOWN if notices[0].message_id else SHOWN_ALONE
    return Told(notices[0], said[:most], max(0, len(said) - most), delivery, tone)


def _delivery(notice: Notice) -> tuple[str, str]:
    """In words, with the tone of its label."""
    if notice.message is not None:
        return notice.message.get_state_display(), _TONES.get(State(notice.message.state), "secondary")
    return {
        Notice.State.OPEN: ("Not written yet", "secondary"),
        Notice.State.NO_ADDRESS: ("Not sent: no address of yours is known", "attention"),
    }.get(Notice.State(notice.state), ("Not sent", "secondary"))


_TONES = {State.SENT: "success", State.FAILED: "danger"}
