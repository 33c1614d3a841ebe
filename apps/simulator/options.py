"""What a world is made from: its size, its seed, and which side it takes where GitHub's documents are unsure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from apps.simulator.hook_sending import checked_address

WORLD_SWITCHES: Mapping[str, str] = {
    "review_decided": "a review of a request that is already decided answers A: 404, B: 422",
    "expired_grants": "grants of expired tokens A: stay in the list, B: leave it",
    "approved_without_created": "a token that is approved at once sends A: created and approved, B: approved alone",
    "edited_request_id": "a pending request that its member edits A: keeps its id, B: is cancelled for a new one",
    "regenerate_token_id": "a regenerated token A: keeps its id, and its end moves, B: gets another one; the old stays",
    "sso_session": "a new SSO session is seen A: by the user's tokens at once, B: only by tokens issued after it",
}

SERVER_VERSION = "3.19.0"
"""Which Enterprise Server it is, when it is one: the latest of the descriptions that ours is taken from."""


@dataclass(frozen=True, slots=True)
class Options:
    """Sizes are per organization. A SAML organization gets a tenth of the grants and a fifth of the requests.

    An `enterprise_server` has its API below ``/api/v3`` and nowhere else, and does not limit rates.
    `callback_urls` and `webhook_url` are those of the ready-made App.
    """

    seed: int = 1
    organizations: int = 2
    members: int = 10
    grants: int = 20
    requests: int = 6
    saml_organizations: int = 1
    live: bool = False
    hostile: bool = False
    rate_limit: int = 12_500
    bulk_delay: float = 1.0
    ready_made_app: bool = True
    enterprise_server: bool = False
    callback_urls: tuple[str, ...] = ()
    webhook_url: str = ""
    worlds: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.organizations < 1 or self.members < 3:
            raise ValueError("a world has at least 1 organization of 3 members: the cast")
        if self.webhook_url:
            checked_address(self.webhook_url)
        for key, side in self.worlds.items():
            if key not in WORLD_SWITCHES or side not in ("A", "B"):
                raise ValueError(f"unknown world {key}={side}; known are {', '.join(WORLD_SWITCHES)} with A or B")

    def plays(self, switch: str, side: str) -> bool:
        """Whether this world takes this side (``A`` unless told otherwise) of an unsure fact."""
        return self.worlds.get(switch, "A") == side

    def changed(self, overrides: Mapping[str, Any]) -> Options:
        """The same options with some replaced. Raises ValueError for a name that is no option."""
        unknown = set(overrides) - {option.name for option in fields(self)}
        if unknown:
            raise ValueError(f"unknown option {', '.join(sorted(unknown))}")
        values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in overrides.items()}
        return replace(self, **values)

    def world_key(self) -> list[Any]:
        """What two worlds must share for one to be the continuation of the other."""
        return [
            self.seed, self.organizations, self.members, self.grants, self.requests,
            self.saml_organizations, self.hostile, self.ready_made_app,
        ]  # fmt: skip


def parse_worlds(pairs: list[str]) -> dict[str, str]:
    """``["review_decided=B"]`` as a mapping. Raises ValueError for anything but KEY=A or KEY=B."""
    worlds = {}
    for pair in pairs:
        key, separator, side = pair.partition("=")
        if not separator or side not in ("A", "B"):
            raise ValueError(f"{pair!r} is not KEY=A or KEY=B")
        worlds[key] = side
    return worlds
