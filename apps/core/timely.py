"""Answers with an end: a read time-out bounds the wait for the next byte, and what drips never runs into it."""

import io
import time
from http.client import HTTPResponse
from socket import socket
from typing import Any


class TimelyResponse(HTTPResponse):
    """Read to its last byte within the time-out that the socket has when reading begins. Raises TimeoutError."""

    def __init__(self, sock: socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        seconds = sock.gettimeout()
        if seconds is not None:
            self.fp = io.BufferedReader(_Until(time.monotonic() + seconds, sock, self.fp.detach()))


class _Until(io.RawIOBase):
    """The bytes of a socket that come in time."""

    def __init__(self, end: float, sock: socket, source: io.RawIOBase) -> None:
        self._end, self._sock, self._source = end, sock, source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("The answer does not come to its end.")
        self._sock.settimeout(left)
        return self._source.readinto(buffer)

    def close(self) -> None:
        self._source.close()
        super().close()


def make_timely(pool: Any) -> Any:
    """The same urllib3 pool, whose connections read such answers."""
    if not issubclass(pool.ConnectionCls.response_class, TimelyResponse):
        kind = pool.ConnectionCls
        pool.ConnectionCls = type(f"Timely{kind.__name__}", (kind,), {"response_class": TimelyResponse})
    return pool
