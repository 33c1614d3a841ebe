"""What has to be done once before processes start: tables, the App's row, static files. One process, for speed."""

import hashlib
import os
import sys
from pathlib import Path

HOLDS_NO_TABLES = 3


def prepare() -> None:
    """Migrate, register the App, and collect static files when they changed. Harmless to repeat."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    call_command("register_app")
    collect_static()


def collect_static() -> None:
    """Collect only when a file, or what compresses them, changed since the last time."""
    from django.conf import settings
    from django.core.management import call_command

    root = Path(settings.STATIC_ROOT)
    stamp, now = root / ".collected", _static_fingerprint()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == now:
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=root.exists())
    root.mkdir(parents=True, exist_ok=True)
    stamp.write_text(now, encoding="utf-8")


def _static_fingerprint() -> str:
    """The digest of the files' paths, sizes and times."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders

    seen = hashlib.sha256(f"{settings.VERSION} {settings.STORAGES['staticfiles']}".encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            modified = storage.get_modified_time(path).timestamp()
            seen.update(f"{path} {storage.size(path)} {modified}\n".encode())
    return seen.hexdigest()


def holds_tables() -> bool:
    """Whether the database has Patrol's tables; raises what the driver raises when it cannot be reached."""
    from django.db import connection

    return "django_migrations" in connection.introspection.table_names()


def main(arguments: list[str]) -> int:
    """`python -m config.prepare [--holds-tables]`: 0 done or yes, 3 no."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    if "--holds-tables" in arguments:
        return 0 if holds_tables() else HOLDS_NO_TABLES
    prepare()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
