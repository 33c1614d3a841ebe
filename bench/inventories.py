"""A Patrol whose inventory is there already, to be looked at from inside its own process."""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.machinery import Patrol, Simulator, rested

ORGANIZATIONS = 20


class Inside:
    """Runs code in processes of Patrol's."""

    def __init__(self, patrol: Patrol) -> None:
        self._patrol = patrol

    def __call__(self, code: str) -> str:
        """What it printed."""
        return self._patrol.manage("shell", "--no-imports", "--command", code).output

    @contextmanager
    def asking(self, code: str) -> Iterator[Callable[[], Any]]:
        """Code that prints a line of JSON for each line it reads: what it gives sends one and returns its answer."""
        with self._patrol.talk("shell", "--no-imports", "--command", code) as (send, hear):

            def ask() -> Any:
                send("\n")
                return json.loads(hear())

            yield ask


@contextmanager
def inventory(grants: int, *, sqlite: bool, organizations: int = ORGANIZATIONS, beside: str = "") -> Iterator[Inside]:
    """`grants` over so many organizations. `beside`: the name of another than the first, which is there meanwhile."""
    with tempfile.TemporaryDirectory(prefix="patrol-bench-github-") as directory:
        # It only names the organizations; what they hold is loaded beside it.
        github = Simulator(
            Path(directory), seed=1, organizations=organizations, saml_organizations=0, grants=1, requests=1
        )
        patrol = Patrol(github, sqlite=sqlite, beside=beside)
        inside = Inside(patrol)
        try:
            patrol.new_database()
            patrol.manage("collectstatic", "--no-input", "--verbosity=0", "--skip-checks")
            inside(f"from bench import loading; loading.load({organizations}, {grants})")
            rested()
            yield inside
        finally:
            patrol.close()
            github.stop()
