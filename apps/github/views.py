"""Where GitHub posts its webhooks: no page, no session; the signature is the sign-in."""

import re

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from apps.github import deliveries, hook_secrets, wire

BIGGEST_BODY = 25 * 1024 * 1024
"""GitHub sends no more (docs.github.com, "Webhook events and payloads")."""
_PIECE = 64 * 1024
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_EVENT = re.compile(r"[a-z][a-z_]{0,63}")


class _Refused(Exception):
    """What the message lacks, with the status that says so."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@csrf_exempt
@require_POST
def github_webhook(request: HttpRequest) -> HttpResponse:
    """Check, write down, 202. Nothing is read from the database before the signature was found right.

    404 no such App here; 411 and 413 the body's length; 415 no JSON; 401 the signature; 400 anything else.
    """
    try:
        body = _signed_body(request)
        guid, event = _named(request)
        deliveries.receive(app_id=_app_id(request), guid=guid, event=event, body=body)
    except _Refused as refused:
        return JsonResponse({"message": str(refused)}, status=refused.status)
    except wire.Malformed:
        return JsonResponse({"message": "The body is not the JSON that GitHub sends."}, status=400)
    except DatabaseError:
        return JsonResponse({"message": "Patrol cannot write it down now."}, status=503)
    return JsonResponse({"message": "Received."}, status=202)


def _app_id(request: HttpRequest) -> int:
    told = request.headers.get("X-GitHub-Hook-Installation-Target-ID", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 19 else 0


def _signed_body(request: HttpRequest) -> bytes:
    """The bytes GitHub signed. Raises _Refused."""
    secrets = hook_secrets.secrets_of(_app_id(request))
    if secrets is None:
        raise _Refused(404, "No such App is registered here.")
    length = _length(request)
    if request.content_type != "application/json":
        raise _Refused(415, "Choose the content type application/json in the App's webhook settings.")
    signature, body = hook_secrets.Signature(secrets), bytearray()
    while len(body) < length and (piece := request.read(min(_PIECE, length - len(body)))):
        signature.update(piece)
        body += piece
    if not signature.is_told_by(request.headers.get("X-Hub-Signature-256", "")):
        raise _Refused(401, "The signature is missing or wrong.")
    return bytes(body)


def _length(request: HttpRequest) -> int:
    """How long the body says it is. Raises _Refused.

    A chunked body reaches Django empty behind the server; saying so is better than a signature that cannot be right.
    """
    told = request.headers.get("Content-Length", "")
    if not told or request.headers.get("Transfer-Encoding"):
        raise _Refused(411, "Send the body whole, with a Content-Length: chunked bodies are not taken.")
    if not (told.isascii() and told.isdecimal()):
        raise _Refused(400, "Content-Length is no number.")
    if len(told) > 12 or int(told) > BIGGEST_BODY:
        raise _Refused(413, "The body is larger than GitHub sends.")
    return int(told)


def _named(request: HttpRequest) -> tuple[str, str]:
    """The message's guid and event. Raises _Refused."""
    guid, event = request.headers.get("X-GitHub-Delivery", "").lower(), request.headers.get("X-GitHub-Event", "")
    if not _GUID.fullmatch(guid) or not _EVENT.fullmatch(event):
        raise _Refused(400, "X-GitHub-Delivery or X-GitHub-Event is missing or no such thing.")
    return guid, event
