"""Many webhooks at once: 100 signed messages a second, and how long Patrol takes to answer each."""

import hashlib
import hmac
import json
import os
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import requests

from bench.alive import ORGANIZATIONS, Alive, alive
from bench.results import Result, percentile
from bench.sync import Stage
from tests.cast import MEMBER
from tests.github import TIMEOUT
from tests.webhook_receiver import Receiver

RATE = 100
SECONDS = int(os.environ.get("BENCH_WEBHOOK_SECONDS", "60"))
CONNECTIONS = 24
MESSAGES_PER_ORGANIZATION = 8
DRAIN_SECONDS = 60.0
RECEIVED = "SELECT count(*) FROM github_delivery"
PROCESSED = f"{RECEIVED} WHERE state = 'processed'"


@dataclass(frozen=True)
class Answer:
    """How Patrol answered one message; `late` is by how many seconds it was sent after its time."""

    status: int
    seconds: float
    late: float


class Sender:
    """Sends the captured messages as the simulator's App would, small variations of them, each under its own guid."""

    def __init__(self, patrol: Alive, messages: list[dict[str, Any]]) -> None:
        app = json.loads((patrol.running.data_dir / "simulator" / "app.json").read_text())["governance"]
        self._secret = str(app["webhook_secret"]).encode()
        self._url = f"http://127.0.0.1:{patrol.running.port}/webhooks/github"
        self._app_id, self._messages = str(app["app_id"]), messages

    def send_all(self) -> list[Answer]:
        """RATE a second for SECONDS, over CONNECTIONS connections that stay open."""
        begin = time.monotonic() + 0.5
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            parts = pool.map(lambda first: self._send_some(first, begin), range(CONNECTIONS))
            return [answer for part in parts for answer in part]

    def _send_some(self, first: int, begin: float) -> list[Answer]:
        with requests.Session() as session:
            return [self._send(session, number, begin) for number in range(first, RATE * SECONDS, CONNECTIONS)]

    def _send(self, session: requests.Session, number: int, begin: float) -> Answer:
        body, headers = self._message(number)
        due = begin + number / RATE
        time.sleep(max(0.0, due - time.monotonic()))
        sent = time.monotonic()
        try:
            status = session.post(self._url, data=body, headers=headers, timeout=TIMEOUT).status_code
        except requests.RequestException:
            status = 0  # no answer at all
        return Answer(status, time.monotonic() - sent, sent - due)

    def _message(self, number: int) -> tuple[bytes, dict[str, str]]:
        message = self._messages[number % len(self._messages)]
        token = message["personal_access_token_request"] | {"token_name": f"build results {number}"}
        body = json.dumps(message | {"personal_access_token_request": token}).encode()
        return body, {
            "Content-Type": "application/json",
            "X-GitHub-Event": "personal_access_token_request",
            "X-GitHub-Delivery": str(uuid.uuid4()),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
            "X-GitHub-Hook-Installation-Target-ID": self._app_id,
            "X-Hub-Signature-256": "sha256=" + hmac.new(self._secret, body, hashlib.sha256).hexdigest(),
        }


def webhook_p99(stage: Stage) -> Result:
    """The milliseconds that 99 of 100 answers take at most."""
    with alive(sqlite=stage.sqlite) as patrol:
        sender = Sender(patrol, _captured(patrol))
        before = patrol.count(PROCESSED)
        answers = sender.send_all()
        at_the_end = patrol.count(PROCESSED) - before
        drained = _drain(patrol)
        detail = patrol.surroundings | _told(answers) | {
            "processed_at_the_end": at_the_end,
            "processed_after_draining": patrol.count(PROCESSED) - before,
            "draining_s": round(drained, 1),
        }  # fmt: skip
    return Result("webhook_p99_ms", _milliseconds(answers, 99), "ms", 250, detail)


def _captured(patrol: Alive) -> list[dict[str, Any]]:
    """What the simulator says of requests that exist, taken aside: Patrol hears it first in the measurement."""
    github = patrol.running.github
    own_address = f"http://127.0.0.1:{patrol.running.port}/webhooks/github"
    with Receiver() as aside:
        github.change("webhook", url=aside.url)
        for number in range(MESSAGES_PER_ORGANIZATION):
            for organization in ORGANIZATIONS:
                github.ask(organization=organization, login=MEMBER, name=f"nightly build {number}")
        taken = aside.wait_for(MESSAGES_PER_ORGANIZATION * len(ORGANIZATIONS))
        github.change("webhook", url=own_address)
    return [message.body for message in taken]


def _drain(patrol: Alive) -> float:
    """Wait until every message was processed, not longer than DRAIN_SECONDS; the seconds it took."""
    began = time.monotonic()
    while patrol.count(PROCESSED) < patrol.count(RECEIVED) and time.monotonic() - began < DRAIN_SECONDS:
        time.sleep(0.5)
    return time.monotonic() - began


def _told(answers: list[Answer]) -> dict[str, Any]:
    return {
        "deliveries": len(answers),
        "p50_ms": _milliseconds(answers, 50),
        "max_ms": _milliseconds(answers, 100),
        "non_2xx": sum(not 200 <= answer.status < 300 for answer in answers),
        # A client that lags would ask for less than it says.
        "sent_late_p99_ms": round(percentile([answer.late for answer in answers], 99) * 1000, 1),
    }


def _milliseconds(answers: list[Answer], share: int) -> float:
    return round(percentile([answer.seconds for answer in answers], share) * 1000, 1)


BENCHMARKS: dict[str, Callable[[Stage], Result]] = {"webhook_p99_ms": webhook_p99}
