"""The only door to the mail server: one mail at a time, made so that no text of a stranger's can become a header.

Without PATROL_EMAIL_HOST there is no server, and whoever has a mail to send keeps it where people can read it. An
error says whether the same mail may be sent again (`Deferred`) or will never be taken (`Refused`).
"""

import re
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import formatdate
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.smtp import EmailBackend

from apps.core import text
from apps.core.logs import scrub

LONGEST_SUBJECT = 150
LONGEST_ANSWER = 300
LEASE = timedelta(seconds=20 * settings.EMAIL_TIMEOUT)
"""For whoever holds a mail's row while it leaves: a server may take the time-out for each of its answers, and there
are a dozen at the most."""


class Refused(Exception):
    """The server will never take this mail: the address is none, or it refused it for good (5xx)."""


class Deferred(Exception):
    """Not now: the server is away, busy (4xx) or refuses Patrol itself. `for_all`: so with every other mail."""

    def __init__(self, sentence: str, *, for_all: bool = False) -> None:
        super().__init__(sentence)
        self.for_all = for_all


@dataclass(frozen=True)
class Mail:
    """One mail to one address. `message_id` is "<...@...>": the same one for each try, by which readers know a double.

    `written_at` are seconds since 1970, for its date; `headers` are names and values of our own.
    """

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    written_at: float
    headers: Mapping[str, str] = field(default_factory=dict)


class TrustingBackend(EmailBackend):
    """Django's, trusting the authorities of PATROL_CA_BUNDLE where it is set. The name of the server is checked."""

    @cached_property
    def ssl_context(self) -> Any:
        """For STARTTLS and TLS alike."""
        return ssl.create_default_context(cafile=settings.CA_BUNDLE or None)


def is_configured() -> bool:
    """Whether there is a server to send with."""
    return bool(settings.EMAIL_HOST)


def header(words: str, limit: int = LONGEST_SUBJECT) -> str:
    """`words` in one line of a header: every control character, of any of Unicode's line breaks, is made visible."""
    return " ".join(text.visible(words, limit=limit).split())


class Post:
    """A connection to the server, for one mail after the other."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def send(self, mail: Mail) -> None:
        """Hand it over. Raises Refused, Deferred. Not inside a transaction."""
        message = EmailMultiAlternatives(
            header(mail.subject), mail.text, settings.DEFAULT_FROM_EMAIL, [mail.to], connection=self._connection,
            headers={"Message-ID": mail.message_id, "Date": formatdate(mail.written_at), **mail.headers},
        )  # fmt: skip
        message.attach_alternative(mail.html, "text/html")
        try:
            message.send()
        except smtplib.SMTPRecipientsRefused as error:
            code, answer = next(iter(error.recipients.values()))
            raise _of_code(code, answer) from error
        except smtplib.SMTPDataError as error:
            raise _of_code(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPNotSupportedError, UnicodeError, ValueError) as error:
            raise Refused(f"The mail cannot be written to this address: {_shown(error)}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise _away(error) from error


@contextmanager
def post() -> Iterator[Post]:
    """Open a connection; closing it never fails. Raises Deferred (`for_all`): the server does not let Patrol in."""
    connection = get_connection()
    try:
        connection.open()
    except (smtplib.SMTPException, OSError) as error:
        raise _away(error) from error
    try:
        yield Post(connection)
    finally:
        with suppress(smtplib.SMTPException, OSError):
            connection.close()


def _of_code(code: int, answer: object) -> Refused | Deferred:
    """What the server said to this mail: RFC 5321, 4.2.1."""
    sentence = f"The mail server answered {code}: {_shown(answer)}"
    return Refused(sentence) if code >= 500 else Deferred(sentence)


def _away(error: Exception) -> Deferred:
    return Deferred(f"The mail server could not be used: {type(error).__name__}, {_shown(error)}", for_all=True)


def _shown(answer: object) -> str:
    """A server's words, without what it may quote: addresses, which are sealed where they are kept, and secrets."""
    words = answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer)
    return text.visible(_ADDRESS.sub("[address]", scrub(words)), limit=LONGEST_ANSWER)


_ADDRESS = re.compile(r"[^\s<>@:;,()]{1,64}@[^\s<>@:;,()]{1,255}")
