"""Who pays for a request, and the headers that say what is left."""

from __future__ import annotations

from apps.simulator.http import Refusal, Response
from apps.simulator.identity import Caller, Kind
from apps.simulator.quota import ANONYMOUS_LIMIT, USER_LIMIT, Quota, installation_limit
from apps.simulator.routing import Call


def quota_of(call: Call) -> Quota:
    """The window the caller is counted in: an installation, a user, the App, or an address."""
    key, limit = _counted(call.caller, call.request.address, call.state.options.rate_limit)
    return call.state.quotas.window(key, limit, call.state.now())


def charge(call: Call, quota: Quota) -> None:
    """Count one request; 403 when the hour's are used up."""
    if quota.remaining == 0:
        name, _ = _counted(call.caller, call.request.address, 0)
        raise Refusal(403, f"API rate limit exceeded for {name}.")
    quota.used += 1


def with_quota(response: Response, quota: Quota | None) -> Response:
    if quota is not None:
        response.headers += [
            ("X-RateLimit-Limit", str(quota.limit)),
            ("X-RateLimit-Remaining", str(quota.remaining)),
            ("X-RateLimit-Used", str(quota.used)),
            ("X-RateLimit-Reset", str(quota.reset)),
            ("X-RateLimit-Resource", "core"),
        ]
    return response


def _counted(caller: Caller, address: str, ceiling: int) -> tuple[str, int]:
    if caller.installation is not None:
        limit = installation_limit(caller.installation.organization, ceiling)
        return f"installation ID {caller.installation.id}", limit
    if caller.user is not None:
        return f"user ID {caller.user.id}", min(ceiling, USER_LIMIT)
    if caller.kind is Kind.APP:
        return f"App ID {caller.digest}", min(ceiling, USER_LIMIT)
    return address, min(ceiling, ANONYMOUS_LIMIT)
