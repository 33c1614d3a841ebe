"""A Patrol whose inventory is there already, to be looked at from inside its own process."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.machinery import Patrol, Simulator, rested

ORGANIZATIONS = 20
Inside = Callable[[str], str]


@contextmanager
def inventory(grants: int, *, sqlite: bool, organizations: int = ORGANIZATIONS) -> Iterator[Inside]:
    """`grants` over so many organizations; what it gives runs code in a process of Patrol's and returns its words."""
    with tempfile.TemporaryDirectory(prefix="patrol-bench-github-") as directory:
        # It only names the organizations; what they hold is loaded beside it.
        github = Simulator(
            Path(directory), seed=1, organizations=organizations, saml_organizations=0, grants=1, requests=1
        )
        patrol = Patrol(github, sqlite=sqlite)

        def inside(code: str) -> str:
            return patrol.manage("shell", "--no-imports", "--command", code).output

        try:
            patrol.new_database()
            patrol.manage("collectstatic", "--no-input", "--verbosity=0", "--skip-checks")
            inside(f"from bench import loading; loading.load({organizations}, {grants})")
            rested()
            yield inside
        finally:
            patrol.close()
            github.stop()
