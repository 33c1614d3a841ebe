"""One line of the setup's checks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """`name` is what was looked at, `said` what is so, or what to do where it is not `ok`."""

    name: str
    ok: bool
    said: str
