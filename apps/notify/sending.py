"""Messages leave: claimed, written, handed to the mail server outside any transaction, and written down.

A process that dies between the server's yes and our commit leaves a message that is sent once more, under the same
Message-ID; with no crash each leaves once.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from apps.core import clock, leases, mail
from apps.notify import addressing
from apps.notify.letters import letter, written
from apps.notify.models import Message, Notice

log = structlog.get_logger(__name__)
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360))
GIVEN_UP_AFTER = timedelta(days=3)
A_RUN = timedelta(seconds=50)
MOST = 1_000
State = Message.State


def send_due() -> int:
    """Send what is due, over one connection; returns how many left. Where the server is away the rest waits."""
    due = list(_due().order_by("due_at", "pk").values_list("pk", flat=True)[:MOST])
    if not due:
        return 0
    if not mail.is_configured():
        return sum(_send(number, None) for number in due)
    try:
        return _send_all(due)
    except mail.Deferred as away:
        log.warning("notify.server_away", error=str(away), waiting=len(due))
        Message.objects.filter(pk__in=due, state=State.WAITING).update(error=str(away)[:500])
        return 0


def _send_all(due: Sequence[int]) -> int:
    """Raises Deferred where no connection can be opened."""
    left, until = 0, clock.now() + A_RUN
    with ExitStack() as stack:
        post = stack.enter_context(mail.post())
        for number in due:
            if clock.now() > until:
                break
            try:
                left += _send(number, post)
            except mail.Deferred:
                stack.close()
                post = stack.enter_context(mail.post())
    return left


def _due() -> QuerySet[Message]:
    """Those whose time has come, or that a process left which died; and those timed by a clock that was set back."""
    now = clock.now()
    timely = Q(due_at__lte=now) | Q(timed_at__gt=now + clock.SKEW)
    waiting = Q(state=State.WAITING) & timely
    left = Q(state=State.SENDING) & leases.over(now, mail.LEASE)
    return Message.objects.filter(waiting | left)


def _send(number: int, post: mail.Post | None) -> bool:
    """One message; whether it left. Raises Deferred where the connection is of no use any more."""
    message = _claim(number)
    if message is None:
        return False
    try:
        outgoing = _write(message)
    except Exception as error:
        log.exception("notify.not_written", message=number)
        _record(message, **_later(message, f"Patrol met an error of its own: {type(error).__name__}."))
        return False
    if outgoing is None:
        _record(message, state=State.DROPPED, error="")
    elif post is None:
        _record(message, state=State.KEPT, error="")
    else:
        return _hand_over(message, outgoing, post)
    return False


def _hand_over(message: Message, outgoing: mail.Mail, post: mail.Post) -> bool:
    try:
        post.send(outgoing)
    except mail.Refused as error:
        _record(message, state=State.FAILED, error=str(error))
        return False
    except mail.Deferred as error:
        _record(message, **_later(message, str(error)))
        if error.for_all:
            raise
        return False
    return _record(message, state=State.SENT, sent_at=clock.now(), error="")


def _claim(number: int) -> Message | None:
    message = _due().filter(pk=number).first()
    if message is None:
        return None
    mine = _due().filter(pk=number, fence=message.fence)
    claimed = mine.update(
        state=State.SENDING, fence=F("fence") + 1, attempts=F("attempts") + 1, lease_until=clock.now() + mail.LEASE
    )
    if claimed != 1:
        return None
    message.refresh_from_db()
    return message


@transaction.atomic
def _write(message: Message) -> mail.Mail | None:
    """What it says now, to whom; None: it concerns its reader no more. Raises crypto.Sealed."""
    locked = Notice.objects.select_for_update(of=("self",) if connection.features.has_select_for_update_of else ())
    notices = _still(message, list(locked.select_related("event").filter(message=message).order_by("pk")))
    if not notices:
        return None
    said = letter(notices, message.person_id)
    text, html = written(said)
    columns = {"subject": said.subject, "text": text, "html": html, "written_at": message.written_at or clock.now()}
    Message.objects.filter(pk=message.pk, fence=message.fence).update(**columns)
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    return mail.Mail(
        to=message.to, subject=said.subject, text=text, html=html, message_id=f"<{message.key}@{host}>",
        written_at=columns["written_at"].timestamp(),  # type: ignore[attr-defined]
        headers={
            "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All", "List-Id": f"Patrol <patrol.{host}>",
        },
    )  # fmt: skip


def _still(message: Message, notices: Sequence[Notice]) -> list[Notice]:
    """Those that concern this reader at this address still; the others are let go."""
    places, stays = addressing.where(notices), []
    for one in notices:
        place = places[one.pk]
        if place == message.to:
            stays.append(one)
        elif place is None:
            Notice.objects.filter(pk=one.pk).update(state=Notice.State.DROPPED)
        elif place:
            Notice.objects.filter(pk=one.pk).update(state=Notice.State.OPEN, message=None)
        else:
            Notice.objects.filter(pk=one.pk).update(state=Notice.State.NO_ADDRESS)
    return stays


def _later(message: Message, why: str) -> dict[str, Any]:
    """After the next wait, or never where it waited for days."""
    now = clock.now()
    if abs(now - message.made_at) > GIVEN_UP_AFTER:
        return {"state": State.FAILED, "error": why}
    return {"state": State.WAITING, "error": why, "due_at": now + BACK_OFF[min(message.attempts, len(BACK_OFF)) - 1]}


def _record(message: Message, **columns: Any) -> bool:
    """Where the fence is still ours."""
    error = str(columns.pop("error", ""))[:500]
    mine = Message.objects.filter(pk=message.pk, fence=message.fence, state=State.SENDING)
    if mine.update(lease_until=None, timed_at=clock.now(), error=error, **columns) == 1:
        return True
    log.warning("notify.late_result", message=message.pk)
    return False
