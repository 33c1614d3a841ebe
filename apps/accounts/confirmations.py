"""A person's own address: asked for, proven by a link in a mail, used by every organization, taken back.

The link carries no authority of its own: the page behind it wants the person signed in, and a click. What a mail
program or a scanner opens changes nothing.
"""

import uuid
from datetime import timedelta

from django.core import signing
from django.db import transaction
from django.db.models import F, QuerySet

from apps.accounts import contacts
from apps.accounts.emails import NoAddress, email_of, same
from apps.accounts.models import Contact, ContactConfirmation, User
from apps.audit import services as audit
from apps.core import clock, mail
from apps.core.errors import RuleBroken
from apps.jobs import services as jobs

TASK = "accounts.send_confirmation"
GOOD_FOR = timedelta(hours=24)
A_DAY = timedelta(days=1)
MAILS_A_DAY = 5
PAUSE = timedelta(minutes=1)
KEPT = timedelta(days=30)
_SALT = "accounts.confirmation"
State = ContactConfirmation.State


class NotAsked(RuleBroken):
    """No mail is sent; the sentence says why."""


class LinkDead(RuleBroken):
    """The link confirms nothing (any more)."""


class SomebodyElses(RuleBroken):
    """The link was made for another account."""


def ask(user: User, text: str) -> ContactConfirmation:
    """A mail with a link is on its way to the address; what waited before counts no more. Raises NotAsked."""
    if not mail.is_configured():
        raise NotAsked("This Patrol has no mail server, so that nothing can be confirmed. Ask who runs it.")
    try:
        email = email_of(text)
    except NoAddress as error:
        raise NotAsked("This is no e-mail address that Patrol can write to.") from error
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        _refuse_too_many(user)
        if same(email, own_address(user)):
            raise NotAsked("Patrol writes to this address already.")
        _overtake(user)
        now = clock.now()
        row = ContactConfirmation(
            user=user, key=uuid.uuid4(), due_at=now, asked_at=now, expires_at=now + GOOD_FOR
        )  # fmt: skip
        row.seal_email(email)
        row.save()
        jobs.ring(TASK, row.pk)
    return row


def link_key(row: ContactConfirmation) -> str:
    """What stands in the link's address."""
    return signing.Signer(salt=_SALT).sign(row.key.hex)


def asked_by(key: str, user: User) -> ContactConfirmation:
    """What the link is about, for whom it was made for. Changes nothing. Raises LinkDead, SomebodyElses."""
    try:
        number = uuid.UUID(hex=signing.Signer(salt=_SALT).unsign(key))
    except (signing.BadSignature, ValueError) as error:
        raise LinkDead("This link is not whole. Copy all of it from the mail.") from error
    row = ContactConfirmation.objects.filter(key=number).first()
    if row is None:
        raise LinkDead("This link is too old.")
    if row.user_id != user.pk:
        raise SomebodyElses("This link was made for another GitHub account. Sign in with that one, then open it again.")
    if row.state == State.CONFIRMED:
        raise LinkDead("This link was used already: the address is confirmed.")
    if row.state not in ContactConfirmation.WAITING:
        raise LinkDead("This link counts no more: another address was asked for, or the address was taken back.")
    if row.expires_at <= clock.now():
        raise LinkDead("This link is more than 24 hours old. Ask for another one.")
    return row


def confirm(key: str, user: User) -> None:
    """The address is the person's; the one before is told. Raises LinkDead, SomebodyElses."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        row = asked_by(key, user)
        email, former, now = row.email, own_address(user), clock.now()
        contacts.keep(user.pk, email, source=Contact.Source.CONFIRMED, organization_id=None, at=now)
        row.state, row.sealed_email, row.due_at, row.lease_until = State.CONFIRMED, "", None, None
        _tell(row, former if former and not same(former, email) else "")
        audit.record("contact.confirmed", actor=user.actor, subject=f"user:{user.pk}", had_another=bool(former))


def take_back(user: User) -> bool:
    """Patrol forgets the person's own address, and one that waits; the address is told. Whether there was any."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        _overtake(user)
        former, now = own_address(user), clock.now()
        held = Contact.objects.filter(person_id=user.pk, organization__isnull=True)
        if not held.delete()[0]:
            return False
        if former:
            row = ContactConfirmation(
                user=user, key=uuid.uuid4(), state=State.OVERTAKEN, asked_at=now, expires_at=now
            )  # fmt: skip
            _tell(row, former)
        audit.record("contact.taken_back", actor=user.actor, subject=f"user:{user.pk}")
    return True


def own_contact(user: User) -> Contact | None:
    """What the person confirmed."""
    return Contact.objects.filter(person_id=user.pk, organization__isnull=True).first()


def own_address(user: User) -> str:
    """The same, opened; empty without one, or where it does not open."""
    row = own_contact(user)
    return contacts.opened(row) if row else ""


def newest(user: User) -> ContactConfirmation | None:
    """What the person asked for last, if that is not done with."""
    row = ContactConfirmation.objects.filter(user=user).order_by("-asked_at", "-pk").first()
    return row if row and row.state in (*ContactConfirmation.WAITING, State.FAILED) else None


def forget_old(older_than: timedelta = KEPT) -> int:
    """What waited for nothing any more. Returns how many were deleted."""
    done, _ = ContactConfirmation.objects.filter(asked_at__lt=clock.now() - older_than, due_at__isnull=True).delete()
    return done


def _refuse_too_many(user: User) -> None:
    """Mails go to whatever address was typed in: nobody's mailbox is to be filled by that."""
    now = clock.now()
    recent = _mailed(user).filter(asked_at__gt=now - A_DAY)
    if recent.filter(asked_at__gt=now - PAUSE).exists():
        raise NotAsked("A mail was sent a moment ago. Wait a minute before you ask for another one.")
    if recent.count() >= MAILS_A_DAY:
        raise NotAsked(f"Patrol sends {MAILS_A_DAY} of these mails a day. Try again tomorrow.")


def _mailed(user: User) -> QuerySet[ContactConfirmation]:
    """Those that were asked for. A row that only tells of an address taken back had no link, and no time to live."""
    return ContactConfirmation.objects.filter(user=user, expires_at__gt=F("asked_at"))


def _overtake(user: User) -> None:
    waiting = ContactConfirmation.objects.filter(user=user, state__in=ContactConfirmation.WAITING)
    waiting.update(state=State.OVERTAKEN, due_at=None, lease_until=None)


def _tell(row: ContactConfirmation, former: str) -> None:
    """Save the row; where an address was written to until now, a mail to it is due."""
    if former:
        row.seal_former(former)
        row.attempts, row.due_at = 0, clock.now()
    row.save()
    if former:
        jobs.ring(TASK, row.pk)
