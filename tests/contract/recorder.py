"""A proxy on loopback that writes down what passes (room: contract tests).

Between Patrol and the simulator it sees the bytes Patrol really sends; nothing of Patrol is replaced.
"""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

from tests.contract.messages import Answer, Request

TIMEOUT = 20
OF_ONE_HOP = ("connection", "keep-alive", "transfer-encoding", "content-length", "date", "server")
"""Headers that a proxy does not pass on (RFC 9110 section 7.6.1), or that it writes itself."""


class Recorder:
    """Forwards every request to `upstream`; `exchanges` are requests and answers, oldest first."""

    def __init__(self, upstream: str) -> None:
        self.upstream = urlsplit(upstream).netloc
        self.exchanges: list[tuple[Request, Answer]] = []
        recorder = self

        class Handler(Forward):
            owner = recorder

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """The address to send to instead of `upstream`."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def requests(self) -> list[Request]:
        """The requests, oldest first."""
        return [request for request, _ in self.exchanges]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def forward(self, request: Request) -> Answer:
        """Send `request` on, with the host its sender meant, and write both down."""
        connection = http.client.HTTPConnection(self.upstream, timeout=TIMEOUT)
        try:
            headers = {name: value for name, value in request.headers.items() if name.lower() not in OF_ONE_HOP}
            connection.request(request.verb, request.target, request.body, headers)
            received = connection.getresponse()
            answer = Answer(received.status, dict(received.getheaders()), received.read())
        finally:
            connection.close()
        self.exchanges.append((request, answer))
        return answer


class Forward(BaseHTTPRequestHandler):
    """One connection from Patrol."""

    owner: Recorder
    protocol_version = "HTTP/1.1"

    def pass_on(self) -> None:
        """Read one request, forward it, write the answer."""
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(self.command, self.path, dict(self.headers.items()), self.rfile.read(length))
        answer = self.owner.forward(request)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in OF_ONE_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = pass_on  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: tests read `exchanges`."""
