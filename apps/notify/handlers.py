"""An event was recorded: wake a worker for what cannot wait for the next minute."""

from typing import Any

from apps.jobs import services as jobs
from apps.notify.services import TASK
from apps.notify.table import PROMPT


def heard(sender: Any, *, name: str, **kwargs: Any) -> None:
    """After the commit of what it records. Whoever misses it, the minute's job does not: it reads the record itself."""
    if name in PROMPT:
        jobs.ring(TASK)
