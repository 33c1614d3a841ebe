"""``python -m apps.simulator``: the simulator as a program of its own."""

from __future__ import annotations

import argparse
import ctypes
import signal
import sys
import threading
from types import FrameType

from apps.simulator.options import WORLD_SWITCHES, parse_worlds
from apps.simulator.server import SimulatorServer

_M_ARENA_MAX = -8  # malloc.h


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT. 2 for options that make no world, 1 when the port is taken."""
    _share_one_arena()
    parser = _parser()
    given = vars(parser.parse_args(arguments))
    try:
        given["worlds"] = parse_worlds(given.pop("world"))
        server = SimulatorServer(**given)
    except ValueError as problem:
        parser.error(str(problem))
    return _serve(server, given["host"], given["port"])


def _serve(server: SimulatorServer, host: str, port: int) -> int:
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    try:
        server.start()
    except OSError as problem:
        print(f"simulator: cannot listen on {host}:{port}: {problem.strerror}", file=sys.stderr)
        return 1
    print(f"simulator: a GitHub with {_size(server)} listens on {server.url}", flush=True)
    stop.wait()
    server.stop()
    return 0


def _share_one_arena() -> None:
    """Let all threads share one heap: with one each, glibc holds 6 MB more than the demo ever uses."""
    try:
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
    except (OSError, AttributeError):
        return  # another C library: nothing to save


def _size(server: SimulatorServer) -> str:
    organizations = server.state.organizations.values()
    grants = sum(len(organization.grants) for organization in organizations)
    requests = sum(len(organization.requests) for organization in organizations)
    return f"{len(organizations)} organizations, {grants} grants and {requests} pending requests"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m apps.simulator", description="A GitHub that runs on this machine.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--public-url", default="", help="how it calls itself; default: where it listens")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--organizations", type=int, default=2)
    parser.add_argument("--saml-organizations", type=int, default=1)
    parser.add_argument("--members", type=int, default=60, help="per organization")
    parser.add_argument("--grants", type=int, default=400, help="per organization")
    parser.add_argument("--requests", type=int, default=25, help="pending, per organization")
    parser.add_argument("--live", action="store_true", help="members keep asking, tokens get used and expire")
    parser.add_argument("--hostile", action="store_true", help="names and reasons that break careless programs")
    parser.add_argument("--rate-limit", type=int, default=12_500, help="ceiling of requests per hour")
    parser.add_argument("--bulk-delay", type=float, default=1.0, help="seconds until a bulk call takes effect")
    parser.add_argument(
        "--without-app", dest="ready_made_app", action="store_false", help="no App is registered: one has to be made"
    )
    parser.add_argument("--enterprise-server", action="store_true", help="be one: the API is below /api/v3")
    parser.add_argument("--data-dir", default=None, help="keep App credentials and world in DIR/simulator")
    switches = "; ".join(f"{key}: {meaning}" for key, meaning in WORLD_SWITCHES.items())
    parser.add_argument("--world", action="append", default=[], metavar="KEY=A|B", help=switches)
    parser.add_argument("--webhook-url", default="", help="an http:// address of this machine; default: no webhooks")
    return parser


if __name__ == "__main__":
    sys.exit(main())
