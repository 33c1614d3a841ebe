"""The two mails about a person's own address: the link, and what the address before is told.

A row says what is due and holds a lease while it is sent. Who dies between the mail server's yes and ours sends the
mail once more: the link in it is the same, and counts once.
"""

from datetime import timedelta
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db.models import F, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse

from apps.accounts import confirmations
from apps.accounts.models import ContactConfirmation
from apps.core import clock, crypto, leases, mail

log = structlog.get_logger(__name__)
State = ContactConfirmation.State
WAITS = [timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2)]
"""Before the next try; after the last one it is given up."""
SUBJECTS = {True: "Confirm your address for Patrol", False: "Patrol does not write to this address any more"}
AT_ONCE = 50


def send(confirmation_id: int) -> bool:
    """Send what is due of one row, unless somebody else does or did. Whether a mail left."""
    row = _claim(confirmation_id)
    if row is None:
        return False
    try:
        with mail.post() as post:
            post.send(written(row))
    except (crypto.Sealed, mail.Refused) as error:
        _note(row, error)
        _settle(row, failed=True)
    except mail.Deferred as error:
        _note(row, error)
        _settle(row, failed=row.attempts > len(WAITS), again=True)
    else:
        _settle(row)
        return True
    return False


def _note(row: ContactConfirmation, error: Exception) -> None:
    """Neither the address nor the server's words, which may quote it."""
    log.warning("accounts.mail_not_sent", confirmation=row.pk, attempt=row.attempts, error=type(error).__name__)


def sweep() -> int:
    """What no message told of. Returns how many mails left."""
    return sum(send(pk) for pk in list(_due().order_by("due_at").values_list("pk", flat=True)[:AT_ONCE]))


def _due() -> QuerySet[ContactConfirmation]:
    now = clock.now()
    return ContactConfirmation.objects.filter(leases.over(now, mail.LEASE), due_at__lte=now)


def _claim(confirmation_id: int) -> ContactConfirmation | None:
    """The row, leased to us; the fence is ours until somebody claims it after the lease."""
    row = _due().filter(pk=confirmation_id).select_related("user").first()
    if row is None:
        return None
    lease = clock.now() + mail.LEASE
    claimed = _due().filter(pk=row.pk, fence=row.fence)
    if claimed.update(fence=F("fence") + 1, attempts=F("attempts") + 1, lease_until=lease) != 1:
        return None
    row.fence, row.attempts = row.fence + 1, row.attempts + 1
    return row


def written(row: ContactConfirmation) -> mail.Mail:
    """What is due of it, the same for each try. Raises crypto.Sealed."""
    asks = row.state == State.DUE
    context = {
        "login": row.user.login,
        "patrol": settings.PUBLIC_URL,
        "page": settings.PUBLIC_URL + reverse("accounts:my-address"),
        "link": settings.PUBLIC_URL + reverse("accounts:my-address-confirm", args=[confirmations.link_key(row)]),
    }
    name = "confirm" if asks else "former"
    return mail.Mail(
        to=row.email if asks else row.former,
        subject=SUBJECTS[asks],
        text=render_to_string(f"accounts/mail/{name}.txt", context),
        html=render_to_string(f"accounts/mail/{name}.html", context),
        message_id=f"<{name}-{row.key.hex}@{urlsplit(settings.PUBLIC_URL).hostname}>",
        written_at=row.asked_at.timestamp(),
    )


def _settle(row: ContactConfirmation, *, failed: bool = False, again: bool = False) -> None:
    """Write down what became of it, while the fence is ours and the row is what it was."""
    mine = ContactConfirmation.objects.filter(pk=row.pk, fence=row.fence, state=row.state)
    if again and not failed:
        mine.update(lease_until=None, due_at=clock.now() + WAITS[row.attempts - 1])
        return
    done = {"lease_until": None, "due_at": None}
    if row.state == State.DUE:
        mine.update(state=State.FAILED if failed else State.SENT, **done)
    else:
        mine.update(sealed_former="", **done)
