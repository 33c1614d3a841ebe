"""What GitHub shows of a person to everybody who is signed in. Pure."""

import msgspec


class Profile(msgspec.Struct):
    """`GET /users/{username}`; `email` where the person shows one."""

    id: int
    login: str
    email: str | None = None
