"""Whether this Patrol is set up: each check is a line, green or the exact thing to do. No line holds a secret."""

from collections.abc import Iterator

from apps.dashboard.setup import here, reading, there
from apps.dashboard.setup.check import Check
from apps.dashboard.setup.registered import Registered, registered


def checks(known: Registered | None = None) -> Iterator[Check]:
    """Every check, in the order in which things have to work; what needs a broken one is left out.

    Errors of drivers are never quoted: they may hold passwords. `known`: the App, where it was read already.
    """
    yield here.settings_present()
    yield here.encryption_key()
    tables = here.database()
    yield from tables
    if tables[0].ok:
        yield here.broker()
    if not all(one.ok for one in tables):
        return
    known = known or registered()
    yield from there.github(known.app)
    yield from reading.reading(known)


__all__ = ["Check", "Registered", "checks", "registered"]
