"""What every test stands on: a simulated GitHub over real HTTP, Patrol registered there, people who browse."""

import gc
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import hypothesis
import pytest
import requests
from django.contrib.contenttypes.management import create_contenttypes
from django.db import connection
from django.db.models.signals import post_migrate
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

import config.celery  # noqa: F401
from apps.simulator.server import SimulatorServer
from tests.github import TIMEOUT, GitHub
from tests.keeping import Keeping, beginning, lift_triggers, put_triggers, registered

# Their last words also come when several processes run the tests.
pytest_plugins = ["tests.contract.reporting", "tests.faults.reporting", "tests.browser.reporting"]

# How fast a test runs says how busy the machine is; speed is for the benchmarks.
hypothesis.settings.register_profile("patrol", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("patrol")
SMALL_WORLD: dict[str, Any] = {
    "seed": 1, "organizations": 2, "members": 8, "grants": 12, "requests": 6, "live": False, "bulk_delay": 0,
}  # fmt: skip


def pytest_collection_finish() -> None:
    """What was imported stays: to look through it again and again is a twelfth of a run's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """After each test Django would write content types and permissions anew, fifteen times the work of clearing.

    Nothing of Patrol reads them. And what Django asks of a database once is asked before anybody counts queries.
    """
    with django_db_blocker.unblock():
        assert connection.features.supports_json_field
    post_migrate.disconnect(create_contenttypes)
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")


@pytest.fixture(scope="session")
def simulator_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorServer]:
    """One simulator for the run; each test gets a new world in it."""
    with SimulatorServer(**SMALL_WORLD, port=0, data_dir=tmp_path_factory.mktemp("simulator")) as server:
        yield server


@pytest.fixture
def github(simulator_server: SimulatorServer, settings: Any) -> GitHub:
    """A fresh small GitHub with the cast in it; Patrol's settings point there."""
    from apps.github import auth

    simulator_server.reset(**SMALL_WORLD)
    auth.forget_githubs_clock()
    app = simulator_server.governance_app
    settings.GITHUB_API_URL = settings.GITHUB_WEB_URL = simulator_server.url
    settings.GITHUB_APP = {
        "app_id": app.app_id,
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "private_key": app.private_key,
        "webhook_secret": app.webhook_secret,
        "slug": app.slug,
    }
    return GitHub(simulator_server.url)


@pytest.fixture
def database(transactional_db: None) -> Iterator[None]:
    """A database whose transactions are real: what runs on commit runs, and no test is inside a transaction.

    Audit events refuse to be deleted, so their triggers are lifted while the test's rows are cleared.
    """
    lift_triggers()
    put_triggers()
    yield
    lift_triggers()


@pytest.fixture
def keeping(database: None, github: GitHub, simulator_server: SimulatorServer) -> Keeping:
    """What the test begins with, put back instead of made anew."""
    return Keeping(github, simulator_server)


@pytest.fixture
def patrol(keeping: Keeping) -> GitHub:
    """Patrol, registered as an App at the simulated GitHub, with its installations read; nothing synced yet."""
    return keeping(registered)


@beginning
def desk(patrol: GitHub) -> Any:
    """An owner's desk: signed in, the organization read."""
    from tests.tokens.desk import Desk  # which signs in by what stands here

    return Desk(patrol)


@pytest.fixture
def browse(patrol: GitHub) -> Callable[[str], Client]:
    """`browse("owner")` is a browser in which that person signed in with GitHub."""
    return lambda login: sign_in(Client(), login)


def sign_in(client: Client, login: str) -> Client:
    """Through Patrol's sign-in page, GitHub's page, and back."""
    to_github = client.get("/sign-in/", {"login": login})
    assert to_github.status_code == 302, to_github.content
    back = requests.get(to_github["Location"], allow_redirects=False, timeout=TIMEOUT)
    assert back.status_code == 302, back.text
    arrived = client.get(back.headers["Location"])
    assert arrived.status_code == 302, arrived.content
    return client


def settle(*, seconds: int = 60) -> None:
    """Do all work that is due, or falls due within a minute, as the sweeper would without any worker.

    The sweeper leaves what is due now to the workers, who are rung first; so time passes between its rounds.
    """
    from apps.core import clock
    from apps.jobs.sweeper import sweep_once

    for later in range(0, seconds + 1, 20):
        with clock.moved(timedelta(seconds=later)):
            while sweep_once():
                pass
