"""The calls about Patrol's App itself: as the App, and, before there is one, as nobody. A part of `client.Client`."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from apps.github import wire, wire_setup

T = TypeVar("T", bound=msgspec.Struct)


class AppCalls(ABC):
    """What `client.Client` inherits; how a call is made is its own."""

    @abstractmethod
    def _one(self, path: str, kind: type[T], verb: str = "GET") -> T: ...

    @abstractmethod
    def _all(self, path: str, kind: type[T], *, key: str = "", query: dict[str, Any] | None = None) -> Iterator[T]: ...

    @abstractmethod
    def _write(self, path: str, body: dict[str, Any] | None, *, promised: int, verb: str = "POST") -> int: ...

    # --- the App and its installations (JWT) ------------------------------------------------------------

    def app(self) -> wire.App:
        """https://docs.github.com/rest/apps/apps#get-the-authenticated-app"""
        return self._one("/app", wire.App)

    def installations(self) -> Iterator[wire.Installation]:
        """https://docs.github.com/rest/apps/apps#list-installations-for-the-authenticated-app"""
        return self._all("/app/installations", wire.Installation)

    def installation(self, installation_id: int) -> wire.Installation:
        """https://docs.github.com/rest/apps/apps#get-an-installation-for-the-authenticated-app"""
        return self._one(f"/app/installations/{installation_id}", wire.Installation)

    def delete_installation(self, installation_id: int) -> int:
        """The status, 204. https://docs.github.com/rest/apps/apps#delete-an-installation-for-the-authenticated-app"""
        return self._write(f"/app/installations/{installation_id}", None, promised=204, verb="DELETE")

    def create_installation_token(self, installation_id: int) -> wire.AccessToken:
        """https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app"""
        return self._one(f"/app/installations/{installation_id}/access_tokens", wire.AccessToken, "POST")

    def webhook_url(self) -> str:
        """Where GitHub sends the App's messages. https://docs.github.com/rest/apps/webhooks#get-a-webhook-configuration-for-an-app"""
        return self._one("/app/hook/config", wire.HookConfiguration).url

    def set_webhook_url(self, url: str) -> int:
        """The status, 200. https://docs.github.com/rest/apps/webhooks#update-a-webhook-configuration-for-an-app"""
        return self._write("/app/hook/config", {"url": url}, promised=200, verb="PATCH")

    def failed_deliveries(self) -> Iterator[wire.HookDelivery]:
        """Tries to deliver the App's messages that failed, newest first.

        https://docs.github.com/rest/apps/webhooks#list-deliveries-for-an-app-webhook
        """
        return self._all("/app/hook/deliveries", wire.HookDelivery, query={"status": "failure"})

    def redeliver(self, delivery_id: int) -> int:
        """The status, 202. https://docs.github.com/rest/apps/webhooks#redeliver-a-delivery-for-an-app-webhook"""
        return self._write(f"/app/hook/deliveries/{delivery_id}/attempts", None, promised=202)

    # --- anybody -------------------------------------------------------------------------------------------

    def meta(self) -> wire_setup.Meta:
        """https://docs.github.com/rest/meta/meta#get-github-meta-information"""
        return self._one("/meta", wire_setup.Meta)

    def convert_manifest(self, code: str) -> wire_setup.Conversion:
        """The App behind the code, once and within an hour. Raises errors.NotFound for any other code.

        https://docs.github.com/rest/apps/apps#create-a-github-app-from-a-manifest
        """
        return self._one(f"/app-manifests/{quote(code, safe='')}/conversions", wire_setup.Conversion, "POST")
