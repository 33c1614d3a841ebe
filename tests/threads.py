"""Many at once: the same moment for several threads, each with a connection of its own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from tests.github import GitHub
from tests.processes import eventually


def together(jobs: list[Callable[[], Any]]) -> list[Any]:
    """Start all at the same moment; what each gave or raised, in the order of `jobs`."""
    barrier = threading.Barrier(len(jobs))
    results: list[Any] = [None] * len(jobs)

    def run(place: int, job: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            results[place] = job()
        except Exception as error:  # the test looks at it
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return results


@contextmanager
def held_up(patrol: GitHub, path: str, read: Callable[[], Any], *, skip: int = 0) -> Iterator[None]:
    """Inside the block `read` has got GitHub's answer at `path`, as it was then; it goes on afterwards."""
    trouble: list[Exception] = []

    def run() -> None:
        try:
            read()
        except Exception as error:
            trouble.append(error)
        finally:
            connection.close()

    patrol.fail("hang", path, verb="GET", seconds=60, after=True, skip=skip)
    reader = threading.Thread(target=run)
    reader.start()
    eventually(lambda: not patrol.state()["faults"], 20, "the reading is at GitHub")
    yield
    patrol.heal()
    reader.join(20)
    assert not reader.is_alive()
    assert trouble == []
