"""What GitHub answers while Patrol is set up; decoded by `wire`. Pure."""

import msgspec

from apps.github.wire import Account


class Meta(msgspec.Struct):
    """`GET /meta`: `installed_version` on Enterprise Server only."""

    verifiable_password_authentication: bool | None = None
    installed_version: str = ""


class Conversion(msgspec.Struct):
    """An App made from a manifest, with all its secrets. `webhook_secret` is null for a webhook that is off.

    https://docs.github.com/rest/apps/apps#create-a-github-app-from-a-manifest
    """

    id: int
    client_id: str
    client_secret: str
    pem: str
    slug: str = ""
    owner: Account | None = None
    webhook_secret: str | None = None
    permissions: dict[str, str] = {}
