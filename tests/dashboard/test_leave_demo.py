"""The demo says on each page that it is one, and how to leave it."""

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
def test_patrol_of_a_real_github_carries_none(settings: Any) -> None:
    settings.DEMO = False
    assert PAGE not in Client().get("/sign-in/").content.decode()
    assert Client().get(PAGE).status_code == 404
