"""Answers that do not arrive whole: past the server, straight to the socket, which is then closed."""

from __future__ import annotations

import select
import socket
import struct
from collections.abc import Callable

from apps.simulator.http import Response

_AT_ONCE = struct.pack("ii", 1, 0)
_BYTE_SECONDS = 1.0
_PATIENCE = 5.0


def leave(connection: socket.socket, response: Response, pause: Callable[[float], bool]) -> None:
    """Answer as `response.ending` says. `pause` waits so many seconds, and is true when it is to be short.

    "reset": nothing, and the connection is reset when it is closed. "cut": up to the middle of the body, or of the
    head where there is none. "drip": all of it, a byte a second.
    """
    head = _head(response)
    try:
        if response.ending == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        elif response.ending == "cut":
            _send(connection, head + response.body[: len(response.body) // 2] if response.body else head[:10])
        else:
            _drip(connection, head + response.body, pause)
    except OSError:
        return  # the caller went away, as it should


def _head(response: Response) -> bytes:
    lines = [f"HTTP/1.1 {response.status_line}", *(f"{name}: {value}" for name, value in response.headers)]
    if response.body:
        lines.append(f"Content-Length: {len(response.body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _drip(connection: socket.socket, message: bytes, pause: Callable[[float], bool]) -> None:
    for sent in range(len(message)):
        _send(connection, message[sent : sent + 1])
        if pause(_BYTE_SECONDS):
            _send(connection, message[sent + 1 :])
            return


def _send(connection: socket.socket, data: bytes) -> None:
    while data:
        select.select([], [connection], [], _PATIENCE)
        data = data[connection.send(data) :]
