"""Who can write to the broker gains nothing: a worker meets forged messages, and goes on working."""

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from celery import current_app
from celery.contrib.testing.worker import start_worker
from kombu import Connection

from apps.jobs import services
from apps.jobs.models import Slot
from tests.jobs.work import Work, later, opened
from tests.processes import eventually


@pytest.fixture
def worker(work: Work) -> Iterator[Connection]:
    """A worker in a thread, and a way to put anything at all into its queue."""
    current_app.loader.import_default_modules()
    with current_app.connection_for_write() as connection:
        connection.SimpleQueue("celery").clear()
        with start_worker(current_app, pool="solo", perform_ping_check=False, loglevel="CRITICAL"):
            yield connection


def put(broker: Connection, task: str, body: Any, **kind: Any) -> None:
    """One message as Celery's protocol 2 has it (docs.celeryq.dev, "Message Protocol")."""
    number = str(uuid4())
    headers = {"task": task, "id": number, "lang": "py"}
    with broker.Producer() as producer:
        producer.publish(body, routing_key="celery", correlation_id=number, headers=headers, **kind)


def ring(broker: Connection, task: str, *arguments: Any) -> None:
    """As Patrol itself rings."""
    put(broker, task, [arguments, {}, {}], serializer="json")


class Harm:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.path,)


def test_forged_messages_make_nothing_happen(worker: Connection, work: Work, tmp_path: Path) -> None:
    done = opened()
    services.run_slot(done.pk)
    harm = pickle.dumps([[Harm(tmp_path / "ran")], {}, {}])
    python = {"content_type": "application/x-python-serialize", "content_encoding": "binary"}

    ring(worker, "jobs.run_slot", done.pk)
    ring(worker, "jobs.run_slot", 999_999)
    ring(worker, "jobs.run_slot", "1; DROP TABLE jobs_slot")
    ring(worker, "jobs.run_slot", {"pk": done.pk}, 2, 3)
    ring(worker, "apps.jobs.services.forget_old_slots")
    put(worker, "jobs.run_slot", harm, **python)
    with later(hours=1):
        due = opened()
        ring(worker, "jobs.run_slot", due.pk)
        eventually(lambda: Slot.objects.get(pk=due.pk).finished_at, 30, "the worker ran what was really due")

    assert work.runs == 2
    assert not (tmp_path / "ran").exists()
    pickle.loads(harm)  # noqa: S301  beside the refusal: it would have run
    assert (tmp_path / "ran").exists()
