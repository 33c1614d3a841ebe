"""The simulator as a program: where it listens, how it stops, and that it goes on where it was."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from apps.simulator.__main__ import main
from apps.simulator.live import Life
from apps.simulator.server import SimulatorServer
from tests.simulator.client import GRANTS, ORGANIZATION, REQUESTS, TIMEOUT, Person, SimulatedGitHub, ids

SMALL = ["--members", "5", "--grants", "4", "--requests", "2", "--organizations", "1"]


@contextmanager
def program(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The running program and the line with which it said that it listens."""
    command = [sys.executable, "-m", "apps.simulator", "--port", "0", *SMALL, *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline()
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_stops_when_told(tmp_path: Path, stop: signal.Signals) -> None:
    with program("--live", "--data-dir", str(tmp_path)) as (process, line):
        assert re.fullmatch(r"simulator: .* listens on http://127\.0\.0\.1:\d+\n", line)
        process.send_signal(stop)
        assert process.wait(20) == 0
        assert process.communicate() == ("", "")
    assert (tmp_path / "simulator" / "world.json").exists()


def test_a_port_that_is_taken_is_said_in_one_line(simulator: SimulatedGitHub) -> None:
    taken = simulator.url.rpartition(":")[2]
    command = [sys.executable, "-m", "apps.simulator", *SMALL, "--port", taken]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("simulator: cannot listen on")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("wrong", [["--world", "x=A"], ["--world", "review_decided"], ["--members", "1"]])
def test_options_that_make_no_world_are_refused(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main([*SMALL, *wrong])
    assert refused.value.code == 2


def test_the_apps_credentials_are_written_for_this_user_only(tmp_path: Path) -> None:
    with SimulatorServer(members=4, data_dir=tmp_path) as server:
        path = tmp_path / "simulator" / "app.json"
        facts = json.loads(path.read_text())["governance"]
        app = server.governance_app
        assert facts["app_id"] == app.app_id
        assert facts["client_secret"] == app.client_secret
        key = Path(facts["private_key_file"])
        assert key.read_text() == app.private_key
        assert key.stat().st_mode & 0o777 == path.stat().st_mode & 0o777 == 0o600


def test_a_restart_goes_on_where_it_was(tmp_path: Path) -> None:
    options: dict[str, Any] = {"members": 5, "data_dir": tmp_path, "worlds": {"review_decided": "B"}}
    with SimulatorServer(**options) as server:
        simulator = SimulatedGitHub(server)
        owner = simulator.sign_in("owner")
        requests.get(f"{simulator.url}/orgs/sealed-harbor/sso?login=owner", timeout=TIMEOUT)
        asked = simulator.change("requests", name="kept", reason="lone \ud800")
        decided = simulator.contents()["requests"][0]["id"]
        owner.post(f"{REQUESTS}/{decided}", {"action": "deny"})
        before, ledger = simulator.contents(), simulator.ledger()
    with SimulatorServer(**options) as server:
        simulator = SimulatedGitHub(server)
        assert without_urls(simulator.contents()) == without_urls(before)
        assert simulator.ledger() == ledger
        again = Person(simulator.url, owner.token)
        assert asked["id"] in ids(again.listed(REQUESTS))
        assert again.get("/orgs/sealed-harbor/personal-access-tokens").status_code == 200
        assert again.post(f"{REQUESTS}/{decided}", {"action": "deny"}).status_code == 422, "decided before"
        assert simulator.as_app().get("/app").status_code == 200


def test_the_file_on_disk_opens_nothing(tmp_path: Path) -> None:
    with SimulatorServer(members=5, data_dir=tmp_path) as server:
        tokens = [
            SimulatedGitHub(server).sign_in("owner").token,
            SimulatedGitHub(server).installation(ORGANIZATION).token,
        ]
    text = (tmp_path / "simulator" / "world.json").read_text()
    assert not any(token in text for token in tokens)


@pytest.mark.parametrize("broken", ["", "{", '{"format": 1}', '{"format": 0, "world": []}'])
def test_a_broken_file_begins_a_new_world(tmp_path: Path, broken: str) -> None:
    (tmp_path / "simulator").mkdir()
    (tmp_path / "simulator" / "world.json").write_text(broken)
    with SimulatorServer(members=5, grants=3, data_dir=tmp_path) as server:
        assert SimulatedGitHub(server).overview()["organizations"][0]["grants"] == 3


def test_another_seed_begins_a_new_world_with_the_same_app(tmp_path: Path) -> None:
    with SimulatorServer(members=5, data_dir=tmp_path) as server:
        secret, key = server.governance_app.client_secret, server.governance_app.private_key
        SimulatedGitHub(server).change("requests")
    with SimulatorServer(members=5, seed=2, data_dir=tmp_path) as server:
        assert (server.governance_app.client_secret, server.governance_app.private_key) == (secret, key)
        assert SimulatedGitHub(server).overview()["organizations"][0]["requests"] == 6


def test_in_a_live_world_members_ask_and_use_and_the_queue_stays_readable() -> None:
    with SimulatorServer(organizations=1, saml_organizations=0, requests=4, live=True) as server:
        simulator, life, state = SimulatedGitHub(server), Life(), server.state
        reader = simulator.installation(ORGANIZATION)
        before, used = ids(reader.listed(REQUESTS)), uses(reader)
        with state.lock:
            life.happen(state)
        assert len(set(ids(reader.listed(REQUESTS))) - set(before)) == 1
        assert uses(reader) != used
        assert 20 <= life.pause() <= 40
        with state.lock:
            for _ in range(50):
                life.happen(state)
        assert len(reader.listed(REQUESTS)) <= 12
        assert simulator.ledger() == []


def uses(reader: Person) -> list[str]:
    return [item["token_last_used_at"] for item in reader.listed(GRANTS)]


def without_urls(contents: dict[str, object]) -> str:
    return re.sub(r"http://127\.0\.0\.1:\d+", "", json.dumps(contents))
