"""What Patrol takes for an address of a person. Pure but for Django's validator, which opens nothing."""

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

LONGEST = 254
"""RFC 5321, 4.5.3.1.3, without the brackets of the path."""
_check = EmailValidator(allowlist=[])


class NoAddress(ValueError):
    """The text is no address that mail can be sent to."""


def email_of(text: str) -> str:
    """The address as it is written to. Raises NoAddress.

    Quoted local parts and what is not ASCII are left out: they are a way into headers, and hardly a person has one.
    """
    email = text.strip()
    if len(email) > LONGEST or not email.isascii() or not email.isprintable() or set(email) & set(' "\\<>(),;:'):
        raise NoAddress(text)
    try:
        _check(email)
    except ValidationError as error:
        raise NoAddress(text) from error
    return email


def same(one: str, other: str) -> bool:
    """Whether mail for both comes to the same place as far as can be told: domains have no case (RFC 1035, 2.3.3)."""
    return _folded(one) == _folded(other)


def _folded(email: str) -> tuple[str, str]:
    name, _, domain = email.rpartition("@")
    return name, domain.lower()
