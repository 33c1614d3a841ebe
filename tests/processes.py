"""Patrol as processes: `make run` in a directory of its own, and a person who uses it over HTTP."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any, Self, TypeVar

import psutil
import requests

from tests.cast import ORGANIZATION
from tests.github import TIMEOUT, GitHub

ROOT = Path(__file__).resolve().parent.parent
SMALL_WORLD = "--seed 1 --organizations 1 --members 8 --grants 12 --requests 6 --saml-organizations 0"
START_SECONDS = 240.0
PATIENCE = 60
T = TypeVar("T")
_DIGESTS = re.compile(r'name="digest-(\d+:(\d+))" value="([^"]*)"')


def free_port() -> int:
    """A port nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(look: Callable[[], T], within: float, what: str) -> T:
    """The first true value of `look`; fails with `what` when there is none in time."""
    end = time.monotonic() + within
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < end, f"not within {within:.0f} s: {what}"
        time.sleep(0.1)


def clean_environment() -> dict[str, str]:
    """The caller's environment without settings of Patrol, the tests' own included."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PATROL_") and name not in {"DJANGO_SETTINGS_MODULE", "PORT", "SIMULATOR_PORT"}
    }


class RunningPatrol:
    """The supervisor and its children. `settings` are environment variables on top of none."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self.data_dir = data_dir
        self.port, self.simulator_port = free_port(), free_port()
        self.url = f"http://localhost:{self.port}"
        self.github = GitHub(f"http://127.0.0.1:{self.simulator_port}")
        self._console = data_dir.with_name(f"{data_dir.name}-console.txt")
        self._environment = clean_environment() | {
            "PORT": str(self.port),
            "SIMULATOR_PORT": str(self.simulator_port),
            "SIMULATOR_OPTIONS": SMALL_WORLD,
            "PATROL_DATA_DIR": str(data_dir),
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def begin(self) -> Self:
        """Start the supervisor and do not wait."""
        with self._console.open("ab") as console:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.supervisor"],
                cwd=ROOT, env=self._environment, stdout=console, stderr=console, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        return self

    def start(self) -> Self:
        """Start it and wait until all of it runs."""
        said = len(self.console())
        self.begin()
        try:
            eventually(lambda: self._ended() or "Ready in" in self.console()[said:], START_SECONDS, "it is ready")
            assert not self._ended(), self.console()
            eventually(lambda: self.pid("beat"), START_SECONDS, "beat, the last one, was started")
        except BaseException:
            self.stop()  # a start that fails leaves no processes
            raise
        return self

    def stop(self) -> float:
        """Ctrl-C; the seconds until the supervisor was gone."""
        assert self.process is not None
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        return time.monotonic() - began

    def wait(self) -> int:
        """The exit code of a supervisor that ends by itself."""
        assert self.process is not None
        return self.process.wait(START_SECONDS)

    def console(self) -> str:
        """What the person who typed `make run` saw."""
        return self._console.read_text(encoding="utf-8") if self._console.exists() else ""

    def log(self, name: str) -> str:
        """The log of one child."""
        return (self.data_dir / "log" / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def tree(self) -> list[psutil.Process]:
        """The supervisor and everything below it."""
        assert self.process is not None
        try:
            root = psutil.Process(self.process.pid)
            return [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def pid(self, name: str) -> int:
        """The process id of a child of the supervisor, 0 when there is none: "web", "worker", "beat"..."""
        marks = {"web": "granian", "sweeper": "sweep", "simulator": "apps.simulator"}
        for process in self.tree()[1:]:
            try:
                if process.ppid() == self.tree()[0].pid and marks.get(name, name) in process.cmdline():
                    return process.pid
            except (psutil.NoSuchProcess, IndexError):
                continue
        return 0

    def kill(self, name: str) -> int:
        """kill -9 a child; its process id."""
        pid = eventually(lambda: self.pid(name), START_SECONDS, f"{name} runs")
        os.kill(pid, signal.SIGKILL)
        return pid

    def _ended(self) -> bool:
        return self.process is None or self.process.poll() is not None


class Person:
    """Somebody with a browser that does not run scripts."""

    def __init__(self, url: str, login: str) -> None:
        self.url = url
        self.session = requests.Session()
        answer = self.session.get(f"{url}/sign-in/", params={"login": login}, timeout=TIMEOUT)
        assert answer.status_code == 200, answer.text[:500]
        assert answer.url.startswith(url), answer.url

    def see(self, path: str) -> str:
        """A page."""
        answer = self.session.get(self.url + path, timeout=TIMEOUT)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer.text

    def pending(self, organization: str = ORGANIZATION) -> list[int]:
        """The ids of the requests that the queue lists."""
        page = self.see(f"/orgs/{organization}/requests/")
        return sorted({int(found) for found in re.findall(rf'/orgs/{organization}/requests/(\d+)/"', page)})

    def decide(self, request_id: int, action: str, *, reason: str = "", organization: str = ORGANIZATION) -> None:
        """Press the button on the request's own page: "approve" or "deny"."""
        answer = self.open(request_id, organization=organization, reason=reason)(action)
        assert answer.status_code == 200, f"{action} {request_id}: {answer.status_code} {answer.text[:500]}"

    def open(
        self, request_id: int, *, reason: str = "", organization: str = ORGANIZATION
    ) -> Callable[[str], requests.Response]:
        """Open the request's own page; what comes back presses a button on it, "approve" or "deny"."""
        path = f"/orgs/{organization}/requests/{request_id}/"
        submit = self.fill_in(path, f"{path}approve/", reason=reason)
        return lambda action: submit(f"{path}{action}/")

    def decide_many(self, request_ids: list[int], action: str, *, organization: str = ORGANIZATION) -> None:
        """Select them in the queue and press one button."""
        path = f"/orgs/{organization}/requests/"
        page = self.see(path)
        keys = {int(number): (key, digest) for key, number, digest in _DIGESTS.findall(page)}
        chosen = dict(keys[request_id] for request_id in request_ids)
        digests = {f"digest-{key}": digest for key, digest in chosen.items()}
        self.press(path, f"{path}decide/", action=action, chosen=list(chosen), **digests)

    def press(self, path: str, action: str, /, *, to: str = "", **fields: str | list[str]) -> None:
        """Submit the form of the page that posts to `action`; `to` is a button's own address."""
        answer = self.fill_in(path, action, **fields)(to or action)
        assert answer.status_code == 200, f"{to or action}: {answer.status_code} {answer.text[:500]}"

    def fill_in(self, path: str, action: str, /, **fields: str | list[str]) -> Callable[[str], requests.Response]:
        """Open the page and fill in the form that posts to `action`; what comes back submits it to an address.

        The answer is whatever it is, and may take as long as a database that is busy.
        """
        filled: dict[str, str | list[str]] = {**hidden_fields(self.see(path), action), **fields}
        return lambda to: self.session.post(
            self.url + to, data=filled, headers={"Referer": self.url + path}, timeout=PATIENCE
        )


def hidden_fields(page: str, action: str) -> dict[str, str]:
    """The hidden inputs of the form that posts to `action`."""
    form = next(part for part in page.split("<form")[1:] if f'action="{action}"' in part.split(">", 1)[0])
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form.split("</form>", 1)[0]):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attributes.get("type") == "hidden":
            found[attributes["name"]] = unescape(attributes.get("value", ""))
    return found


def reviews(ledger: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entries of a ledger that decide on requests."""
    return [entry for entry in ledger if "/personal-access-token-requests" in entry["path"]]
