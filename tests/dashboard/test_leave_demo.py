"""The demo says on each page that it is one, and how to leave it."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

PAGE = "/leave-demo/"


@pytest.mark.django_db
def test_the_demo_carries_a_mark_and_tells_how_to_leave_it(settings: Any) -> None:
    settings.DEMO = True
    assert f'href="{PAGE}"' in Client().get("/sign-in/").content.decode()
    told = Client().get(PAGE)
    assert told.status_code == 200
    assert "make run MODE=github" in told.content.decode()


@pytest.mark.django_db
def test_a_click_asks_for_a_patrol_beside_the_demo_and_shows_where_it_is(settings: Any, tmp_path: Path) -> None:
    """The other side of the file is `make run`; tests/config/test_leaving.py has it."""
    way = tmp_path / "exit"
    settings.DEMO, settings.DEMO_EXIT = True, str(way)
    assert "Start my Patrol" in Client().get(PAGE).content.decode()
    assert not way.exists(), "looking starts nothing"
    assert Client().post(PAGE).status_code == 302
    assert way.read_text() == ""
    part = {"HTTP_HX_REQUEST": "true"}
    assert Client().get(PAGE, **part).status_code == 200  # type: ignore[arg-type]
    way.write_text("http://localhost:8010/setup/")
    ready = Client().get(PAGE, **part)  # type: ignore[arg-type]
    assert (ready.status_code, 'href="http://localhost:8010/setup/"' in ready.content.decode()) == (286, True)


@pytest.mark.django_db
def test_patrol_of_a_real_github_carries_none(settings: Any) -> None:
    settings.DEMO = False
    assert PAGE not in Client().get("/sign-in/").content.decode()
    assert Client().get(PAGE).status_code == 404
