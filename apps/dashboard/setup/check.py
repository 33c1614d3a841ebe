"""One line of the setup's checks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """`name` is what was looked at, `said` what is so, or what to do where it is not `ok`.

    `organization` is the login of the one it is about; empty for what is of this Patrol.
    """

    name: str
    ok: bool
    said: str
    organization: str = ""
