"""A server that takes webhooks and keeps them: what an App is to GitHub."""

from __future__ import annotations

import hmac
import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

PATIENCE = 10


@dataclass(frozen=True)
class Taken:
    """One message as it came in."""

    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        return dict(json.loads(self.raw))

    def is_signed_with(self, secret: str) -> bool:
        mac = hmac.new(secret.encode(), self.raw, "sha256").hexdigest()
        return self.headers["X-Hub-Signature-256"] == f"sha256={mac}"

    @property
    def guid(self) -> str:
        return self.headers["X-GitHub-Delivery"]

    @property
    def event(self) -> str:
        """Event and action: ``installation suspend``; ``ping`` has none."""
        return f"{self.headers['X-GitHub-Event']} {self.body.get('action', '')}".strip()


class Receiver:
    """Answers each message with `status` after `delay` seconds; `taken` are the messages in the order they came."""

    def __init__(self, status: int = 202) -> None:
        self.status, self.delay = status, 0.0
        self.taken: list[Taken] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks?from=github"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_problem: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wait_for(self, number: int) -> list[Taken]:
        """The messages, once there are `number` of them."""
        until = time.monotonic() + PATIENCE
        while len(self.taken) < number and time.monotonic() < until:
            time.sleep(0.005)
        assert len(self.taken) == number, self.events
        return list(self.taken)

    @property
    def events(self) -> list[str]:
        return [message.event for message in self.taken]


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            headers = dict(self.headers.items()) | {"path": self.path}
            time.sleep(receiver.delay)
            receiver.taken.append(Taken(headers, raw))
            self.send_response(receiver.status)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"taken")

        def log_message(self, *_arguments: object) -> None:
            """Say nothing on the terminal."""

    return Handler
