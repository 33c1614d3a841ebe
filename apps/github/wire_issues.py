"""A repository by itself, and its issues; decoded by `wire`. Pure."""

import msgspec

from apps.github.wire import Account


class FullRepository(msgspec.Struct):
    """A "full repository": whether issues can be written in it, and who can read them."""

    id: int
    name: str
    private: bool
    archived: bool = False
    has_issues: bool = True


class Issue(msgspec.Struct):
    """An "issue". An App writes as its bot, whose `user.type` is "Bot"."""

    number: int
    state: str
    body: str | None = None
    user: Account | None = None
