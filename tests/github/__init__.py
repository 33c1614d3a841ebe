"""GitHub as tests speak to it: the simulator's control pages, over HTTP."""

from typing import Any

import requests

TIMEOUT = 20


class GitHub:
    """The simulator from outside: what it has, what it got, and what it should do wrong."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ledger(self) -> list[dict[str, Any]]:
        """Every accepted mutation, oldest first."""
        ledger: list[dict[str, Any]] = self._get("ledger")
        return ledger

    def state(self) -> dict[str, Any]:
        """Everything it holds."""
        state: dict[str, Any] = self._get("state")
        return state

    def contents(self, organization: str) -> dict[str, Any]:
        """Everything it holds of one organization: members, repositories, requests, grants."""
        contents: dict[str, Any] = self._get(f"state?organization={organization}")
        return contents

    def pending(self, organization: str) -> list[int]:
        """The ids of the requests that wait there."""
        return self._ids(organization, "requests")

    def granted(self, organization: str) -> list[int]:
        """The ids of the grants there."""
        return self._ids(organization, "grants")

    def ask(self, **fields: Any) -> dict[str, Any]:
        """A member asks for a token; the request as the list shows it."""
        asked: dict[str, Any] = self._post("requests", fields)
        return asked

    def grant(self, **fields: Any) -> dict[str, Any]:
        """A token that is already granted."""
        granted: dict[str, Any] = self._post("grants", fields)
        return granted

    def fail(self, kind: str, path: str, *, verb: str = "", times: int = 1, **fields: Any) -> None:
        """The next `times` requests of `verb` whose path matches fail: "500" or "hang"."""
        body = {"kind": kind, "path": path, "times": times, **fields}
        self._post("faults", body | ({"verb": verb} if verb else {}))

    def heal(self) -> None:
        """No more faults."""
        requests.delete(f"{self.url}/_simulator/faults", timeout=TIMEOUT).raise_for_status()

    def mend_webhooks(self) -> None:
        """None goes astray any more; what was kept back for the next one leaves."""
        requests.delete(f"{self.url}/_simulator/webhook-faults", timeout=TIMEOUT).raise_for_status()

    def change(self, what: str, **fields: Any) -> Any:
        """Any other control page, by its path below /_simulator/."""
        return self._post(what, fields)

    def delete_grant(self, pat_id: int) -> None:
        """The token's owner deletes it: it vanishes from the list."""
        requests.delete(f"{self.url}/_simulator/grants/{pat_id}", timeout=TIMEOUT).raise_for_status()

    def _ids(self, organization: str, what: str) -> list[int]:
        return sorted(int(one["id"]) for one in self.contents(organization)[what])

    def _get(self, what: str) -> Any:
        answer = requests.get(f"{self.url}/_simulator/{what}", timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.json()

    def _post(self, what: str, fields: dict[str, Any]) -> Any:
        answer = requests.post(f"{self.url}/_simulator/{what}", json=fields, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.json() if answer.content else None
