"""Leaving the demo: a second Patrol, empty and for the real GitHub, starts beside it and stops with it."""

import re
from pathlib import Path

import requests

from tests.cast import OWNER
from tests.processes import Person, RunningPatrol, eventually

PAGE = "/leave-demo/"


def test_a_click_starts_an_empty_patrol_whose_code_only_the_console_shows(tmp_path: Path) -> None:
    with RunningPatrol(tmp_path / "var") as demo:
        person = Person(demo.url, OWNER)
        person.press(PAGE, PAGE)
        there = eventually(
            lambda: re.search(r'href="(http://localhost:\d+/setup/)"', person.see(PAGE)), 90, "the second one is ready"
        )
        assert there
        address = there[1]
        said = eventually(lambda: re.search(rf"{re.escape(address)}\?code=(\S+)", demo.console()), 5, "its code")
        assert said
        assert said[1] not in person.see(PAGE)
        setup = requests.get(address, timeout=10).text
        assert 'name="code"' in setup
        assert PAGE not in setup, "it is no demo"
        assert (tmp_path / "var-github" / "github").read_text() == "real\n"
        assert person.pending(), "the demo goes on"
        below = demo.tree()
        demo.stop()
        assert [one for one in below if one.is_running() and one.status() != "zombie"] == []
