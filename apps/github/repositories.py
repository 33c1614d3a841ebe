"""What Patrol knows a repository by: GitHub's number, and the name it has now, which may change.

GitHub names repositories only where a token's access is to chosen ones; others Patrol has not met.
"""

from collections.abc import Iterable

from apps.core import bulk, clock
from apps.github.models import FormerRepositoryName, Repository


def called(organization_id: int, name: str) -> list[Repository]:
    """Those that bear the name by what was last read of each, the youngest first.

    More than one where a repository was renamed, another took its name, and no token told of it since.
    """
    return list(Repository.objects.filter(organization=organization_id, name__iexact=name).order_by("-pk"))


def formerly(organization_id: int, name: str) -> Repository | None:
    """The repository that was called so last."""
    was = FormerRepositoryName.objects.filter(repository__organization=organization_id, name__iexact=name)
    last = was.select_related("repository").order_by("-until", "-pk").first()
    return last.repository if last else None


def were_called(former: Iterable[tuple[int, str]]) -> None:
    """Repositories, by GitHub's number, that have another name from now on. Inside the caller's transaction."""
    now = clock.now()
    rows = [{"repository_id": number, "name": name, "until": now} for number, name in sorted(former)]
    bulk.write(FormerRepositoryName, rows, unique=["repository_id", "name"], update=["until"])
