"""The Redis cache's wire format."""

import json
from typing import Any


class JSONSerializer:
    """JSON in place of Django's pickle: who can write to Redis must not be able to run code here."""

    def __init__(self, protocol: int | None = None) -> None:
        self.protocol = protocol

    def dumps(self, obj: Any) -> bytes:
        """JSON bytes."""
        return json.dumps(obj).encode()

    def loads(self, data: bytes) -> Any:
        """The value of JSON bytes."""
        return json.loads(data)
