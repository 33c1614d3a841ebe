"""A job of the tests': it counts its runs, and fails or lasts as it is told."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from apps.core import clock
from apps.jobs import services
from apps.jobs.models import Slot

HOUR = timedelta(hours=1)


class Work:
    """Registered as "tests.work", due every hour."""

    def __init__(self) -> None:
        self.runs = 0
        self.fault: BaseException | None = None
        self.meanwhile: Callable[[], object] = lambda: None
        services.schedule("tests.work", every=HOUR, run=self.run)

    def run(self) -> None:
        """What the schedule calls."""
        self.runs += 1
        self.meanwhile()
        if self.fault:
            raise self.fault


def opened() -> Slot:
    """The slot that is due now, just opened."""
    (slot_id,) = services.open_due_slots()
    return Slot.objects.get(pk=slot_id)


def run_due() -> int:
    """Run every slot that is due, as the sweeper does; how many were done."""
    return sum(services.run_slot(slot_id) for slot_id in services.unfinished_slots())


def later(**delta: float) -> AbstractContextManager[None]:
    """Inside the block it is so much later."""
    return clock.moved(timedelta(**delta))
