"""What the image would hold is built, and the command of every service started; no container engine is needed.

The Dockerfile's own COPY and RUN lines are followed below a folder that stands for `/`. Not shown here: that an engine
takes both files, the images of others, and what only a kernel enforces (users, read-only file systems).
"""

import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from config import embedded
from tests import containers
from tests.cast import OWNER
from tests.faults.services import Postgresql, Redis, Service, SimulatedGitHub
from tests.processes import ROOT, Person, clean_environment, eventually, free_port, reviews

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]
BUILD_SECONDS = 300


class Image:
    """What the Dockerfile makes, below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.last = containers.stages()[-1]
        for stage in containers.stages()[:-1]:
            self._follow(stage)
        self._keep_only_what_the_last_stage_takes()
        for volume in self.last.all("VOLUME"):
            self.at(volume.argument).mkdir(parents=True, mode=0o700)

    def at(self, path: str) -> Path:
        """Where an absolute path of the image is here."""
        return self.root / path.lstrip("/")

    def moved(self, text: str) -> str:
        """A command or a setting with the image's own absolute paths as they are here."""
        return re.sub(r"(?<![\w.}/:])/(opt|srv|var|requirements)\b", rf"{self.root}/\1", text)

    @property
    def directory(self) -> Path:
        """The last WORKDIR."""
        return self.at(self.last.one("WORKDIR").argument)

    def environment(self) -> dict[str, str]:
        """What ENV sets, on top of a system without Patrol."""
        plain = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        return plain | {
            name: self.moved(value).replace("$PATH", plain["PATH"]) for name, value in self.last.environment().items()
        }

    def files(self) -> set[str]:
        """Every file but those of the volumes."""
        below = [self.at(path) for path in ("/srv", "/opt")]
        return {str(file.relative_to(self.root)) for folder in below for file in folder.rglob("*") if file.is_file()}

    def _follow(self, stage: containers.Stage) -> None:
        directory = self.root
        for line in stage.instructions:
            if line.keyword == "WORKDIR":
                directory = self.at(line.argument)
                directory.mkdir(parents=True)
            elif line.keyword == "COPY":
                self._copy(*line.words, directory=directory)
            elif line.keyword == "RUN":
                environment = clean_environment() | stage.environment()
                environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
                shell = ["sh", "-ec", self.moved(line.argument)]
                done = subprocess.run(
                    shell, cwd=directory, env=environment, capture_output=True, text=True, check=False,
                    timeout=BUILD_SECONDS,
                )  # fmt: skip
                assert done.returncode == 0, done.stdout + done.stderr

    def _copy(self, source: str, to: str, *, directory: Path) -> None:
        """From the project, as far as .dockerignore lets it."""
        let_in = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        assert let_in[0] == "*"
        assert f"!{source}" in let_in
        target = directory / source if to == "./" else self.at(to) if to.startswith("/") else directory / to
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(ROOT / source, target)

    def _keep_only_what_the_last_stage_takes(self) -> None:
        taken = [line.words[1:] for line in self.last.all("COPY")]
        assert all(source == to for source, to in taken), "another place would break the environment's own paths"
        assert all(line.words[0].startswith("--from=") for line in self.last.all("COPY"))
        tops = {Path(source).parts[1] for source, _ in taken}
        for file in [one for one in self.root.iterdir() if one.name not in tops]:
            file.unlink()


class Container(Service):
    """One service of the compose file, started from the image below the image's root. `names` are the others' names
    and ports there, and what stands for them here."""

    def __init__(self, name: str, image: Image, settings: dict[str, str], names: dict[str, str]) -> None:
        super().__init__(Path(tempfile.mkdtemp(prefix=f"patrol-{name}-")))
        self.name, self.image, self._settings = name, image, settings
        self._service = containers.services()[name]
        self._names = names | {"/tmp/pulse": str(self.folder / "pulse")}
        self.directory = image.directory

    def command(self) -> list[str]:
        """That of the compose file."""
        return self.translated(containers.command(self._service))

    def environment(self) -> dict[str, str]:
        """The image's, the env file's, the compose file's."""
        own = containers.environment(self._service, POSTGRES_PASSWORD="unused")
        return (
            self.image.environment() | self._settings | dict(zip(own, self.translated(list(own.values())), strict=True))
        )

    def answers(self) -> bool:
        """Its health check says so."""
        return self.check(self.translated(containers.health_check(self._service)))

    def check(self, command: list[str]) -> bool:
        """Whether a command in its container ends well."""
        return (
            subprocess.run(
                command, cwd=self.directory, env=self.environment(), capture_output=True, check=False, timeout=30
            ).returncode
            == 0
        )

    def stop(self) -> None:
        """As an engine asks at first. Killed, what it started would outlive it: no engine is here to end that."""
        self.end(signal.SIGTERM)
        super().stop()

    def runs_once(self) -> None:
        """For a service that ends: it ended well."""
        done = subprocess.run(
            self.command(), cwd=self.directory, env=self.environment(), capture_output=True, text=True, check=False,
            timeout=BUILD_SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]

    def translated(self, words: list[str]) -> list[str]:
        """What is meant inside the container, as it is here."""
        return [self._translated(self.image.moved(word)) for word in words]

    def _translated(self, word: str) -> str:
        for name, here in self._names.items():
            word = word.replace(name, here)
        return word


class Composed:
    """The services of the compose file on a PostgreSQL, a Redis and a GitHub of the test's own."""

    def __init__(self, stack: ExitStack, image: Image) -> None:
        self.image, self.files_before = image, image.files()
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.simulator = stack.enter_context(SimulatedGitHub())
        self.github = self.simulator.control
        postgresql, redis = stack.enter_context(Postgresql()), stack.enter_context(Redis())
        names = {
            "postgres:5432": f"127.0.0.1:{postgresql.port}", "redis:6379": f"127.0.0.1:{redis.port}",
            "8000": str(self.port), "0.0.0.0": "127.0.0.1",  # noqa: S104  it is what is replaced
        }  # fmt: skip
        settings = self._settings()
        made = {name: Container(name, image, settings, names) for name in containers.of_patrol()}
        made.pop("prepare").runs_once()
        self.services = {name: stack.enter_context(service) for name, service in made.items()}

    def _settings(self) -> dict[str, str]:
        """patrol.env, filled in as its example asks; beside it only what leads to the simulated GitHub."""
        simulated = self.simulator.settings() | {
            "PATROL_PUBLIC_URL": self.url,
            "PATROL_SECRET_KEY": embedded.new_secret_key(),
            "PATROL_ENCRYPTION_KEYS": embedded.new_key_ring(),
        }
        elsewhere = {"PATROL_GITHUB_API_URL", "PATROL_GITHUB_WEB_URL", "PATROL_OUTBOUND_PRIVATE_HOSTS"}
        assert set(simulated) - elsewhere == set(containers.env_file())
        return simulated


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    """Built once."""
    with tempfile.TemporaryDirectory(prefix="patrol-image-") as root:
        yield Image(Path(root))


@pytest.fixture(scope="module")
def composed(image: Image) -> Iterator[Composed]:
    """Everything runs, and is healthy by its own health check."""
    with ExitStack() as stack:
        yield Composed(stack, image)


def test_the_image_holds_patrol_and_nothing_of_the_demo(image: Image) -> None:
    here = sorted(one.name for one in image.directory.iterdir())
    assert here == ["apps", "config", "manage.py", "static", "templates"]
    assert not (image.directory / "apps" / "simulator").exists()
    assert sorted(one.name for one in image.root.iterdir()) == ["opt", "srv", "var"]
    assert (image.directory / "apps" / "core" / "__pycache__").exists(), "it cannot be compiled later"


def test_every_service_is_healthy_and_pages_come_with_their_style(composed: Composed) -> None:
    assert set(composed.services) == {"web", "worker", "beat", "sweeper"}
    assert [name for name, service in composed.services.items() if not service.answers()] == []
    person = Person(composed.url, OWNER)
    sheets = re.findall(r'href="(/static/[^"]+\.css)"', person.see("/"))
    assert sheets
    for sheet in sheets:
        assert person.see(sheet)


def test_a_decision_goes_through(composed: Composed) -> None:
    owner = Person(composed.url, OWNER)
    request_id = eventually(owner.pending, 90, "the queue shows requests")[0]
    owner.decide(request_id, "approve")
    path = f"/{request_id}"

    def told() -> list[str]:
        return [entry["body"]["action"] for entry in reviews(composed.github.ledger()) if entry["path"].endswith(path)]

    eventually(told, 90, "GitHub was told")
    assert told() == ["approve"]
    eventually(lambda: request_id not in owner.pending(), 60, "the queue is shorter")


@pytest.mark.parametrize("name", ["worker", "sweeper"])
def test_a_process_that_stands_still_is_not_healthy(composed: Composed, name: str) -> None:
    service = composed.services[name]
    words = containers.health_check(containers.services()[name])
    soon = [*service.translated(words[:-1]), "30"]
    eventually(lambda: service.check(soon), 60, f"{name} is well")
    service.send(signal.SIGSTOP)
    try:
        eventually(lambda: not service.check(soon), 90, f"{name} is found out")
    finally:
        service.send(signal.SIGCONT)
    eventually(lambda: service.check(soon), 60, f"{name} is well again")


def test_every_service_ends_when_it_is_asked_to(composed: Composed) -> None:
    for service in composed.services.values():
        service.end(signal.SIGTERM)


def test_nothing_was_written_but_to_the_volume_and_the_temporary_folder(composed: Composed) -> None:
    assert composed.image.files() == composed.files_before, "the file systems are read-only"
