"""What Dockerfile and docker-compose.yml say, for tests that hold them to it. No engine is needed."""

import json
import re
import shlex
from dataclasses import dataclass, field
from typing import Any

import yaml

from tests.processes import ROOT

_CONTINUED = re.compile(r"\\\n")
_VARIABLE = re.compile(r"\$\{(\w+)(?::?[-?][^}]*)?\}")


@dataclass(frozen=True)
class Instruction:
    """One line of the Dockerfile, its continuations joined."""

    keyword: str
    argument: str

    @property
    def words(self) -> list[str]:
        """As a shell would split them."""
        return shlex.split(self.argument)


@dataclass
class Stage:
    """From one FROM to the next."""

    image: str
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, keyword: str) -> list[Instruction]:
        """Those of one kind."""
        return [one for one in self.instructions if one.keyword == keyword]

    def one(self, keyword: str) -> Instruction:
        """The only one of its kind."""
        (found,) = self.all(keyword)
        return found

    def environment(self) -> dict[str, str]:
        """What ENV sets."""
        return dict(word.split("=", 1) for line in self.all("ENV") for word in line.words)


def stages() -> list[Stage]:
    """The Dockerfile's, in order; the last one becomes the image."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    found: list[Stage] = []
    for line in _CONTINUED.sub(" ", "\n".join(lines)).splitlines():
        keyword, argument = line.split(maxsplit=1)
        if keyword == "FROM":
            found.append(Stage(argument.split(" AS ")[0]))
        else:
            found[-1].instructions.append(Instruction(keyword, argument))
    return found


def services() -> dict[str, dict[str, Any]]:
    """docker-compose.yml's, with what they share merged in."""
    document = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return dict(document["services"])


def of_patrol() -> dict[str, dict[str, Any]]:
    """The services that run Patrol's image."""
    return {name: service for name, service in services().items() if "build" in service}


def command(service: dict[str, Any]) -> list[str]:
    """What a service of Patrol's runs: its own, or the image's."""
    return list(service.get("command") or json.loads(stages()[-1].one("CMD").argument))


def health_check(service: dict[str, Any]) -> list[str]:
    """The command of its health check, its own or the image's; empty where it is switched off."""
    own = service.get("healthcheck", {})
    if own.get("disable"):
        return []
    if "test" in own:
        how, *words = own["test"]
        assert how == "CMD", own
        return list(words)
    return list(json.loads(stages()[-1].one("HEALTHCHECK").argument.split("CMD", 1)[1]))


def env_file() -> list[str]:
    """The settings that deploy/patrol.env.example asks for."""
    lines = (ROOT / "deploy" / "patrol.env.example").read_text(encoding="utf-8").splitlines()
    return [line.split("=", 1)[0] for line in lines if line and not line.startswith("#")]


def environment(service: dict[str, Any], **given: str) -> dict[str, str]:
    """What docker-compose.yml sets itself, with its own variables (`${NAME}`) as given."""
    return {
        name: _VARIABLE.sub(lambda found: given[found[1]], str(value))
        for name, value in service.get("environment", {}).items()
    }
