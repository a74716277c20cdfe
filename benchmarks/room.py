"""A database and a file store for one benchmark, gone when its process ends.

Call ``prepare`` before anything of Django is imported: it sets the environment that the
settings read.
"""

import atexit
import os
import platform
import sys
import tempfile
from contextlib import ExitStack
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import start  # noqa: E402  the checkout is on the path only now

# The server of the tests gains its speed by forgetting: a benchmark may not.
DURABLE = """
ALTER SYSTEM SET fsync = on;
ALTER SYSTEM SET synchronous_commit = on;
ALTER SYSTEM SET full_page_writes = on;
"""


def prepare():
    """Point the settings at a new SQLite file, at the database that ``DATABASE_URL`` names,
    or with ``--postgres`` on the command line at a private PostgreSQL server."""
    stack = ExitStack()
    state = stack.enter_context(tempfile.TemporaryDirectory(prefix="concord-benchmark-"))
    if "--postgres" in sys.argv:
        sys.argv.remove("--postgres")
        programs = start.find_postgres()
        if programs is None:
            sys.exit("No PostgreSQL server programs were found on this machine.")
        os.environ["DATABASE_URL"] = stack.enter_context(start.postgres_server(programs))
    # Now, because what is registered last runs first: temporary folders clear themselves then.
    atexit.register(stack.close)
    os.environ |= {
        "CONCORD_STATE": state,
        "DJANGO_SETTINGS_MODULE": "config.settings.dev",
        "TASK_BACKEND": "django_tasks.backends.immediate.ImmediateBackend",
        "LOG_LEVEL": "ERROR",
    }


def durable(connection):
    """Make a private PostgreSQL server write to the disk before it says that it has."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for statement in filter(None, map(str.strip, DURABLE.split(";"))):
                cursor.execute(statement)
            cursor.execute("SELECT pg_reload_conf()")


def machine(connection):
    """One line that says what the figures were measured on."""
    database = "SQLite"
    if connection.vendor == "postgresql":
        database = f"PostgreSQL {connection.pg_version // 10000}"
    cores = os.cpu_count()
    return (
        f"{date.today().isoformat()}, {database}, Python {platform.python_version()},"
        f" {cores} cores, {platform.system()} {platform.machine()}"
    )
