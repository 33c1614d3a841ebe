"""The names of this room's audit events."""

from enum import StrEnum


class Name(StrEnum):
    """What happens to a write on its way; what it meant is told by the app whose write it is."""

    ATTEMPTED = "effect.attempted"
    REFUSED = "effect.refused"
    SUPERSEDED = "effect.superseded"
    UNKNOWN = "effect.unknown"
    NEEDS_SIGN_IN = "effect.needs_sign_in"
