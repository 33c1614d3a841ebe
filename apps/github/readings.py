"""Which of two readings of GitHub is the later one.

GitHub is read outside transactions, so of two readings at once the one that read first may write last. Each takes a
number before it reads, and what one with a higher number wrote is left alone: whatever was so at GitHub before that
one began, it saw as well.
"""

from django.db import transaction
from django.db.models import F

from apps.github.models import App, Installation, Organization


def begin(app: App) -> int:
    """The number of a reading that begins now: before GitHub is asked."""
    with transaction.atomic():
        App.objects.filter(pk=app.pk).update(readings=F("readings") + 1)
        return App.objects.values_list("readings", flat=True).get(pk=app.pk)


def is_overtaken(app: App, reading: int) -> bool:
    """Whether a later reading of all installations was written down. Inside a transaction, which others wait for."""
    latest: int = App.objects.select_for_update().values_list("reading", flat=True).get(pk=app.pk)
    return latest > reading


def is_newest(rows: list[Installation], reading: int) -> bool:
    """Whether nobody who read later wrote to any of these, which were read for update."""
    return all(row.reading <= reading for row in rows)


def takes_members(organization: Organization, reading: int) -> bool:
    """Whether this walk may write members; walks that began before it may not from now on. Inside a transaction."""
    mine = Organization.objects.filter(pk=organization.pk, members_reading__lte=reading)
    return mine.update(members_reading=reading) == 1


def takes_teams(organization: Organization, reading: int) -> bool:
    """The same of teams."""
    mine = Organization.objects.filter(pk=organization.pk, teams_reading__lte=reading)
    return mine.update(teams_reading=reading) == 1
