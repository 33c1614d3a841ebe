"""A mail server for a running Patrol: it takes every mail and keeps it."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from tests.processes import eventually, free_port


class Mailbox:
    """Mails as they came, by SMTP on a port of this machine."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())

    def settings(self) -> dict[str, str]:
        """What tells Patrol of it."""
        port = str(self._controller.port)
        return {"PATROL_EMAIL_HOST": "127.0.0.1", "PATROL_EMAIL_PORT": port, "PATROL_EMAIL_SECURITY": "none"}

    def start(self) -> None:
        """From now on it answers."""
        self._controller.start()

    def stop(self) -> None:
        """And not any more."""
        self._controller.stop()

    def to(self, address: str) -> EmailMessage:
        """The newest mail to the address, once there is one."""
        return eventually(lambda: self._newest(address), 60, f"a mail to {address}")

    def _newest(self, address: str) -> Any:
        found = [mail for mail in self.mails if mail["To"] == address]
        return found[-1] if found else None

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        """Take it."""
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"
