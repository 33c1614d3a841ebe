"""What Patrol's App has to be allowed on an organization, and what it lacks; pure.

https://docs.github.com/rest/authentication/permissions-required-for-github-apps
"""

from collections.abc import Mapping

REQUESTS = "organization_personal_access_token_requests"
TOKENS = "organization_personal_access_tokens"
WANTED = {REQUESTS: "write", TOKENS: "write", "members": "read", "metadata": "read"}
TITLES = {
    REQUESTS: "Personal access token requests",
    TOKENS: "Personal access tokens",
    "members": "Members",
    "metadata": "Metadata",
}
"""As GitHub's page for an App's permissions calls them."""
_WORDS = {"read": "read-only", "write": "read and write"}
_LEVELS = {"read": 1, "write": 2, "admin": 3}


def lacking(held: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """What of `wanted` is not in `held`, or there at a lower level."""
    return {name: level for name, level in wanted.items() if _level(held.get(name)) < _level(level)}


def in_words(permissions: Mapping[str, str]) -> str:
    """As GitHub's page says them: "Members: read-only, Personal access tokens: read and write"."""
    return ", ".join(f"{TITLES.get(name, name)}: {_WORDS.get(level, level)}" for name, level in permissions.items())


def _level(name: str | None) -> int:
    return _LEVELS.get(name or "", 0)
