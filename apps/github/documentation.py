"""Files of GitHub's documentation, fetched for an operator who named their address; no token goes along."""

from urllib.parse import urlsplit

from apps.core import http
from apps.core.errors import RuleBroken

_ON_THIS_MACHINE = {"127.0.0.1", "localhost"}


class NotFetched(RuleBroken):
    """The address did not give the file."""


def fetch(url: str, *, most: int) -> bytes:
    """The file at `url`, at most `most` + 1 bytes of it. Raises NotFetched."""
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in _ON_THIS_MACHINE:
        raise NotFetched("The address has to begin with https://.")
    if "@" in parts.netloc:
        raise NotFetched("The address may not hold a name or a password.")
    try:
        with http.session() as session, session.get(url, stream=True) as answer:
            if answer.status_code != 200:
                raise NotFetched(f"{parts.hostname} answered {answer.status_code}.")
            return http.read(answer, most + 1)
    except OSError as error:  # what requests raises
        raise NotFetched(f"{parts.hostname} did not answer.") from error
