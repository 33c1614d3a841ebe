"""A wire that a test holds in its hands: TCP connections that are refused, hang, break or drip."""

import contextlib
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Self

_MOMENT = 0.02
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset, not with a goodbye


class Mode(Enum):
    """What becomes of a connection."""

    PASS = "everything passes"
    REFUSE = "nobody listens, and whoever is connected is cut"
    SILENT = "whoever is connected is cut, and nobody who connects hears anything: not even that it may not"
    HANG = "connections are taken and nothing passes, either way"
    HOLD_ANSWERS = "questions pass, answers do not"
    CUT_ANSWERS = "questions pass; instead of the answer the connection is reset"
    DRIP = "answers come byte by byte"


@dataclass(eq=False)
class _Connection:
    near: socket.socket
    far: socket.socket
    question: bytes = b""  # since the last answer
    answered: bool = False
    ways: int = 2  # in which something may still come

    @property
    def ends(self) -> tuple[socket.socket, socket.socket]:
        return self.near, self.far

    def hears(self, data: bytes) -> None:
        self.question = (b"" if self.answered else self.question) + data[:4096]
        self.answered = False

    def reset(self) -> None:
        for end in self.ends:
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def _full(port: int) -> list[socket.socket]:
    """A listener whose queue is full, and who fills it: the kernel drops whoever else knocks."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(0)
    waiting = socket.create_connection(("127.0.0.1", port), timeout=5)
    return [waiting, listener]


class Proxy:
    """Listens on `port` and passes on to the port it was made for; `being` says how well."""

    def __init__(self, target: int = 0, *, pause: float = 0.1) -> None:
        self.target, self.pause = target, pause
        self.mode, self.asked = Mode.PASS, b""
        self._open, self._full = True, list[socket.socket]()
        self._connections: set[_Connection] = set()
        self._lock = threading.Lock()
        self._listener: socket.socket | None = self._listen(0)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open = False
        self._close_listener()
        self._unfill()
        self.cut()

    @contextmanager
    def being(self, mode: Mode, *, asked: bytes = b"") -> Iterator[None]:
        """Inside the block it is so, afterwards everything passes.

        With `asked` the modes about answers are meant only for connections whose last question contains it,
        such as ``b"POST /orgs/"``.
        """
        self.be(mode, asked=asked)
        try:
            yield
        finally:
            self.be(Mode.PASS)

    def be(self, mode: Mode, *, asked: bytes = b"") -> None:
        """From now on it is so."""
        self.mode, self.asked = mode, asked
        self._unfill()
        if mode in (Mode.REFUSE, Mode.SILENT):
            self._close_listener()
            self.cut()
        elif self._listener is None:
            self._listener = self._listen(self.port)
        if mode is Mode.SILENT:
            self._full = _full(self.port)

    def _unfill(self) -> None:
        full, self._full = self._full, []
        for one in full:
            one.close()

    def cut(self) -> int:
        """Reset every connection there is; how many."""
        with self._lock:
            cut, self._connections = self._connections, set()
        for connection in cut:
            connection.reset()
        return len(cut)

    # --- the wire ---------------------------------------------------------------------------------------

    def _listen(self, port: int) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
        listener.settimeout(_MOMENT)
        return listener

    def _close_listener(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # whoever waits in accept would keep it listening
            listener.close()

    def _accept(self) -> None:
        while self._open:
            listener = self._listener
            try:
                near, _ = listener.accept() if listener else (None, None)
            except OSError:
                near = None
            if near is None:
                time.sleep(_MOMENT if listener is None else 0)
                continue
            self._join(near)

    def _join(self, near: socket.socket) -> None:
        near.settimeout(None)
        try:
            far = socket.create_connection(("127.0.0.1", self.target), timeout=5)
        except OSError:
            near.close()
            return
        far.settimeout(None)
        connection = _Connection(near, far)
        with self._lock:
            self._connections.add(connection)
        for pump in (self._pump_questions, self._pump_answers):
            threading.Thread(target=self._run, args=(pump, connection), name="proxy-pump", daemon=True).start()

    def _run(self, pump: Callable[[_Connection], None], connection: _Connection) -> None:
        """One direction until its end; where the other side is gone, so is the connection."""
        try:
            pump(connection)
        except (OSError, ValueError):
            self._drop(connection)
        else:
            self._end(connection)

    def _pump_questions(self, connection: _Connection) -> None:
        for data in self._read(connection, connection.near):
            connection.hears(data)
            connection.far.sendall(data)

    def _pump_answers(self, connection: _Connection) -> None:
        for data in self._read(connection, connection.far):
            connection.answered = True
            if self.mode is Mode.CUT_ANSWERS and self._meant(connection):
                connection.reset()
                return
            if self.mode is Mode.DRIP and self._meant(connection):
                self._drip(connection, data)
            else:
                connection.near.sendall(data)

    def _read(self, connection: _Connection, source: socket.socket) -> Iterator[bytes]:
        """What comes, while it may pass; at the end the other side hears the goodbye."""
        while self._open and connection in self._connections:
            if not self._may_pass(connection, source) or not select.select([source], [], [], _MOMENT)[0]:
                continue
            if not self._may_pass(connection, source):
                continue
            data = source.recv(65536)
            if not data:
                break
            yield data
        (connection.far if source is connection.near else connection.near).shutdown(socket.SHUT_WR)

    def _may_pass(self, connection: _Connection, source: socket.socket) -> bool:
        answer = source is connection.far
        held = self.mode is Mode.HANG or (self.mode is Mode.HOLD_ANSWERS and answer and self._meant(connection))
        if held:
            time.sleep(_MOMENT)
        return not held

    def _meant(self, connection: _Connection) -> bool:
        return self.asked in connection.question

    def _drip(self, connection: _Connection, data: bytes) -> None:
        for byte in data:
            if self.mode is Mode.DRIP:
                time.sleep(self.pause)
            connection.near.sendall(bytes([byte]))

    def _end(self, connection: _Connection) -> None:
        """Both sides said goodbye: nothing is kept, or a long run of short connections has no descriptors left."""
        with self._lock:
            connection.ways -= 1
            if connection.ways:
                return
            self._connections.discard(connection)
        for end in connection.ends:
            end.close()

    def _drop(self, connection: _Connection) -> None:
        with self._lock:
            self._connections.discard(connection)
        connection.reset()
