"""`python -m bench [NAME]`: run all benchmarks or one."""

import argparse
import sys

from bench import exports, fleet, hooks, journeys, pages, reminders, sync

BENCHMARKS = {
    **sync.BENCHMARKS, **journeys.BENCHMARKS, **hooks.BENCHMARKS, **fleet.BENCHMARKS, **pages.BENCHMARKS,
    **exports.BENCHMARKS, **reminders.BENCHMARKS,
}  # fmt: skip


def main() -> int:
    """Run, print, and say with status 2 when there is no such benchmark."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure Patrol; one JSON object per line.")
    parser.add_argument("name", nargs="?", help=f"one of {', '.join(BENCHMARKS)}")
    parser.add_argument("--only", dest="name_too", metavar="NAME", help="the same as NAME")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite instead of PostgreSQL")
    given = parser.parse_args()
    only = given.name or given.name_too
    if only and only not in BENCHMARKS:
        parser.error(f"there is no benchmark {only}; known are {', '.join(BENCHMARKS)}")
    with sync.Stage(sqlite=given.sqlite) as stage:
        for name, run in BENCHMARKS.items():
            if only in {None, name}:
                print(run(stage).line(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
