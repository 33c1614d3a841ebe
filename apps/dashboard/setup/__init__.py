"""Whether this Patrol is set up: each check is a line, green or the exact thing to do. No line holds a secret."""

from collections.abc import Iterator

from apps.dashboard.setup import here, reading, there
from apps.dashboard.setup.check import Check


def checks() -> Iterator[Check]:
    """Every check, in the order in which things have to work; what needs a broken one is left out.

    Errors of drivers are never quoted: they may hold passwords.
    """
    yield here.settings_present()
    yield here.encryption_key()
    database = here.database()
    yield database
    if not database.ok:
        return
    migrations = here.migrations()
    yield migrations
    yield here.broker()
    if not migrations.ok:
        return
    yield from there.github()
    yield from reading.reading()


__all__ = ["Check", "checks"]
