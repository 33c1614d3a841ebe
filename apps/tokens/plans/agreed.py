"""What a second owner agrees to: the access that was seen, and the day until which it is given."""

import hashlib
from typing import Any


def until_of(evidence: dict[str, Any]) -> str:
    """The day (ISO) of an approval's frozen evidence; empty: for as long as the member asked."""
    return str(evidence.get("until") or "")


def agreed(digest: str, until: str) -> str:
    """SHA-256 (hex) over both; the digest of the access itself where there is no day."""
    return hashlib.sha256(f"{digest}:{until}".encode()).hexdigest() if until else digest
