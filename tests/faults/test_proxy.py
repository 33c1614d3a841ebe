"""The wire itself: it must not be what fails in a long run."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.proxy import Proxy
from tests.processes import eventually

pytestmark = pytest.mark.faults
MANY = 600
"""More than `select` can tell apart, were two sockets of each kept."""


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that says back what it hears, and goodbye after that."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        threading.Thread(target=_answer, args=(server,), daemon=True).start()
        yield int(server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)


def _answer(server: socket.socket) -> None:
    with suppress(OSError):
        while True:
            with server.accept()[0] as one:
                one.sendall(one.recv(100))


def test_a_wire_keeps_nothing_of_connections_that_ended(echo: int) -> None:
    before = _descriptors()
    with Proxy(echo) as wire:
        for _ in range(MANY):
            with socket.create_connection(("127.0.0.1", wire.port), timeout=20) as one:
                one.sendall(b"hello")
                assert one.recv(100) == b"hello"
                assert one.recv(100) == b""
        eventually(lambda: _descriptors() <= before + 4, 20, "its connections are closed")


def _descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())
