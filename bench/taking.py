"""Inside a process of Patrol's: take the whole inventory as its owner, and note memory and time as it comes."""

import json
import time
from typing import Any

import psutil
from django.test import Client

from apps.accounts.middleware import note_start
from bench import loading

LOOKED_EVERY = 20
FORMATS = ("csv", "jsonl")


def report() -> None:
    """Print {format: {"peak_mb" above idle, "first_byte_ms", "seconds", "lines", "mb"}, "idle_mb"} as JSON."""
    browser = Client(SERVER_NAME="127.0.0.1")
    browser.force_login(loading.owner())
    session = browser.session
    note_start(session)
    session.save()
    # What a process has done once it has served somebody: modules, templates, the connection.
    browser.get("/tokens/")
    for form in FORMATS:
        _taken(browser, f"/tokens/export.{form}?q=zzqqy")
    idle = _megabytes()
    taken = {form: _taken(browser, f"/tokens/export.{form}") for form in FORMATS}
    for one in taken.values():
        one["peak_mb"] = round(one["peak_mb"] - idle, 1)
    print(json.dumps({**taken, "idle_mb": round(idle, 1)}))


def _taken(browser: Client, path: str) -> dict[str, Any]:
    began = time.perf_counter()
    answer = browser.post(path)
    first, size, lines, peak = 0.0, 0, 0, _megabytes()
    for number, block in enumerate(answer.streaming_content):  # type: ignore[attr-defined]
        first = first or time.perf_counter() - began
        size, lines = size + len(block), lines + block.count(b"\n")
        if number % LOOKED_EVERY == 0:
            peak = max(peak, _megabytes())
    return {
        "peak_mb": max(peak, _megabytes()),
        "first_byte_ms": round(first * 1000, 1),
        "seconds": round(time.perf_counter() - began, 1),
        "lines": lines,
        "mb": round(size / 2**20, 1),
    }


def _megabytes() -> float:
    return float(psutil.Process().memory_info().rss) / 2**20
