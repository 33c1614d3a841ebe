"""The demo's side of its exit: a file by which `make run` is asked for a second Patrol, and tells its address."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings


@dataclass(frozen=True)
class Way:
    """`can_start`: by a click, as `make run` looks at the file; `address` is the second Patrol's, once it is there."""

    can_start: bool = False
    starting: bool = False
    address: str = ""


def ask() -> None:
    """Have it started; nothing where it was, or where nobody looks."""
    if settings.DEMO_EXIT:
        Path(settings.DEMO_EXIT).touch()


def way_out() -> Way:
    """How far it is."""
    if not settings.DEMO_EXIT:
        return Way()
    try:
        address = Path(settings.DEMO_EXIT).read_text(encoding="utf-8")
    except FileNotFoundError:
        return Way(can_start=True)
    return Way(starting=not address, address=address)
