"""The simulator as a server: waitress in a thread, and a housekeeper for what happens by itself.

with SimulatorServer(seed=1, organizations=2, members=10, grants=20, requests=6) as simulator:
    requests.get(simulator.url + "/app", ...)
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import WSGITask

from apps.simulator.app import Simulator
from apps.simulator.credentials import AppCredentials, load_credentials
from apps.simulator.host import Host
from apps.simulator.housekeeping import Housekeeper
from apps.simulator.options import Options
from apps.simulator.state import State
from apps.simulator.store import load_state

_THREADS = 12
_LOOP_SECONDS = 1.0


class _KeepAliveTask(WSGITask):
    """Answers without a body (204, 304) leave the connection open, as GitHub does; waitress would close it."""

    def get_environment(self) -> dict[str, Any]:
        """With the socket, for answers that break off."""
        environment: dict[str, Any] = super().get_environment()
        return environment | {"simulator.socket": self.channel.socket}

    def set_close_on_finish(self) -> None:
        request: Any = self.request
        asked = request.headers.get("CONNECTION", "").lower() == "close"
        if self.has_body or asked or self.version != "1.1":
            super().set_close_on_finish()


class _KeepAliveChannel(HTTPChannel):
    task_class = _KeepAliveTask


class SimulatorServer:
    """A running simulator. Keyword options are those of `Options`; `port=0` takes a free port.

    With `data_dir` the App's credentials and the world are kept under ``<data_dir>/simulator/`` and a later
    server of the same seed and size goes on where this one was. `public_url` is how it calls itself where it is
    reached through something else.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        data_dir: str | Path | None = None,
        public_url: str = "",
        **options: Any,
    ) -> None:
        wanted = Options().changed(options)
        self._directory = Path(data_dir) / "simulator" if data_dir is not None else None
        credentials = self._credentials(wanted)
        self._host = Host(wanted, credentials, self._earlier_state(wanted, credentials))
        self._bind = (host, port)
        self._public_url = public_url.rstrip("/")
        self._sockets: dict[int, Any] = {}
        self._stopping = threading.Event()
        self._server: Any = None
        self._loop: threading.Thread | None = None
        self._housekeeper = Housekeeper(self._host, self._directory)

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return self._host.address

    @property
    def governance_app(self) -> AppCredentials:
        """The ready-made App, registered unless the world was made without it."""
        return self._host.credentials

    @property
    def state(self) -> State:
        return self._host.state

    def reset(self, **options: Any) -> State:
        """A new world at the same address with the same App; options replace those the server was made with."""
        return self._host.reset(options)

    def start(self) -> Self:
        """Listen. Raises OSError when the port is taken."""
        logging.getLogger("waitress").setLevel(logging.ERROR)
        name, port = self._bind
        self._server = create_server(
            Simulator(self._host),
            map=self._sockets,
            host=name,
            port=port,
            threads=_THREADS,
            ident="GitHub simulator",
            asyncore_use_poll=True,
            channel_timeout=600,
            connection_limit=1000,
        )
        self._server.channel_class = _KeepAliveChannel
        self._host.address = self._public_url or f"http://{name}:{self._server.effective_port}"
        self._loop = threading.Thread(target=self._serve, name="simulator", daemon=True)
        self._loop.start()
        self._housekeeper.start()
        return self

    def stop(self) -> None:
        """Stop listening, let go of hanging requests, write the last snapshot."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self.state.faults.clear()
        if self._server is not None and self._loop is not None:
            self._server.pull_trigger()
            self._loop.join(5)
            self._server.task_dispatcher.shutdown(timeout=1)
            wasyncore.close_all(self._sockets)
        self.state.outbox.stop()
        self._housekeeper.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, _kind: type[BaseException] | None, _problem: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            wasyncore.loop(timeout=_LOOP_SECONDS, use_poll=True, map=self._sockets, count=1)

    def _credentials(self, options: Options) -> AppCredentials:
        if self._directory is None:
            return AppCredentials()
        self._directory.mkdir(parents=True, exist_ok=True)
        app = load_credentials(self._directory)
        if options.ready_made_app:
            app.write(self._directory)
        return app

    def _earlier_state(self, options: Options, credentials: AppCredentials) -> State | None:
        return load_state(self._directory, options, credentials) if self._directory is not None else None
