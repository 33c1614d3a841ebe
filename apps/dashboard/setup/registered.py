"""The App as it is registered here, and where it works; read once for all that look at it."""

from dataclasses import dataclass

from apps.github.models import App, Installation


@dataclass(frozen=True)
class Registered:
    """`app` None: none is. `installations` are live, each with its organization and how that is read."""

    app: App | None
    installations: list[Installation]


def registered() -> Registered:
    """Two queries."""
    live = Installation.objects.live().governing().select_related("organization__sync")
    return Registered(App.objects.filter(role=App.Role.GOVERNANCE).first(), list(live.order_by("pk")))
