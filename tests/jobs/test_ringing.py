"""Ringing: a message is a doorbell. It comes after commit, carries ids, and may be lost, doubled or forged."""

import inspect
import pickle
import typing
from collections.abc import Iterator
from importlib import import_module

import pytest
from celery import current_app
from django.conf import settings
from django.contrib.sessions.backends import db as database_sessions
from django.db import transaction

from apps.jobs import services, tasks
from apps.jobs.models import Slot
from tests.architecture import source
from tests.jobs.work import Work, later, opened

Message = tuple[str, list[object], str]


@pytest.fixture
def bell(database: None) -> Iterator["Bell"]:
    """The broker of the tests, empty at first."""
    with current_app.connection_for_read() as connection:
        queue = connection.SimpleQueue("celery")
        queue.clear()
        yield Bell(queue)
        queue.clear()
        queue.close()


class Bell:
    """What a worker would hear."""

    def __init__(self, queue: typing.Any) -> None:
        self._queue = queue

    def heard(self) -> list[Message]:
        """(task, arguments, content type) of each message since the last time."""
        messages: list[Message] = []
        while True:
            try:
                message = self._queue.get_nowait()
            except self._queue.Empty:
                return messages
            message.ack()
            messages.append((message.headers["task"], message.payload[0], message.content_type))


def test_a_ring_is_heard_after_the_commit(bell: Bell) -> None:
    with transaction.atomic():
        services.ring("jobs.run_slot", 5)
        assert bell.heard() == []
    assert bell.heard() == [("jobs.run_slot", [5], "application/json")]


def test_a_ring_of_what_was_rolled_back_is_not_heard(bell: Bell) -> None:
    def fail() -> None:
        with transaction.atomic():
            services.ring("jobs.run_slot", 5)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert bell.heard() == []


def test_the_tick_opens_what_is_due_and_rings_for_it_once(bell: Bell, work: Work) -> None:
    tasks.tick()
    tasks.tick()
    slot = Slot.objects.get()
    assert bell.heard() == [("jobs.run_slot", [slot.pk], "application/json")]
    assert work.runs == 0


@pytest.mark.usefixtures("bell")
def test_a_forged_message_makes_nothing_happen(work: Work) -> None:
    """Of a slot that is done, that another process holds, or that never was."""
    slot = opened()
    tasks.run_slot(slot.pk)
    with later(hours=1):
        held = opened()
        Slot.objects.filter(pk=held.pk).update(lease_until=held.rung_at + services.LEASE)
        for slot_id in (slot.pk, held.pk, held.pk + 1_000, -1):
            tasks.run_slot(slot_id)
    assert work.runs == 1
    assert Slot.objects.count() == 2


def ours() -> dict[str, typing.Any]:
    """The registered tasks of the rooms."""
    current_app.loader.import_default_modules()
    return {name: task for name, task in current_app.tasks.items() if not name.startswith("celery.")}


def test_tasks_take_ids_and_nothing_else() -> None:
    found = ours()
    assert {"jobs.tick", "jobs.run_slot", "effects.run", "tokens.sync_organization"} <= set(found)
    for name, task in found.items():
        hints = typing.get_type_hints(task.run)
        for parameter in inspect.signature(task.run).parameters.values():
            assert parameter.name.endswith("_id"), f"{name} takes {parameter.name}"
            assert hints[parameter.name] is int, f"{name} takes {parameter.name} as {hints[parameter.name]}"


def test_messages_are_sent_by_ringing_and_by_beat_alone() -> None:
    """`ring` waits for the commit and survives a broker that is away; Celery's own calls do neither.

    Beat has no transaction to wait for: its only message says that a minute has passed.
    """
    senders = {
        source.shown(path)
        for path in source.modules("apps", "config")
        if any(True for _ in source.calls(path, "delay", "apply_async", "send_task"))
    }
    assert senders == {"apps/jobs/services.py", "config/beat.py"}


def test_only_json_is_sent_and_accepted() -> None:
    """docs.celeryq.dev, "Security": who can write to a broker of pickles runs code. See test_forged_messages."""
    conf = current_app.conf
    assert conf.accept_content == ["json"]
    assert {conf.task_serializer, conf.result_serializer, conf.event_serializer} == {"json"}
    assert conf.result_backend is None


def test_nothing_that_is_kept_for_later_is_pickled() -> None:
    assert settings.SESSION_SERIALIZER == "django.contrib.sessions.serializers.JSONSerializer"
    assert issubclass(import_module(settings.SESSION_ENGINE).SessionStore, database_sessions.SessionStore)
    pickling = {
        source.shown(path)
        for path in source.modules("apps", "config", "scripts")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip().startswith(("import ", "from "))
        and any(word in line.split() for word in ("pickle", "marshal", "shelve", "dill", "cloudpickle"))
    }
    assert pickling == set()


def test_a_redis_cache_holds_json() -> None:
    """The serializer that the settings name, with what Django's own would have pickled."""
    from apps.core.caching import JSONSerializer

    text = (source.ROOT / "config" / "settings.py").read_text(encoding="utf-8")
    assert f'"serializer": "{JSONSerializer.__module__}.JSONSerializer"' in text
    serializer = JSONSerializer()
    assert serializer.dumps({"a": [1, None]}) == b'{"a": [1, null]}'
    assert serializer.loads(b'{"a": [1, null]}') == {"a": [1, None]}
    with pytest.raises(ValueError, match=r"decode|Expecting"):
        serializer.loads(pickle.dumps({"a": 1}))
