"""Teams as GitHub lists them; decoded by `wire`. Pure."""

import msgspec


class ParentTeam(msgspec.Struct):
    """A "team simple": what a team is below."""

    id: int


class Team(msgspec.Struct):
    """A "team"."""

    id: int
    name: str
    slug: str
    parent: ParentTeam | None = None
