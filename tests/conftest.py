"""What every test may rely on, whichever database it runs on."""

import gc
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from unittest import mock

import hypothesis
import pytest
from django.core.management.base import CommandError
from django.db import connection
from django.test import SimpleTestCase, TransactionTestCase
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parent.parent
DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "django_db_setup"}

# A busy machine is slow at times, which is no fault of the code under test; and the same code
# gives the same verdict twice. To look further: --hypothesis-profile=default.
hypothesis.settings.register_profile("concord", deadline=None, derandomize=True)
hypothesis.settings.load_profile("concord")


def touches_database(item):
    if item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(item.fixturenames):
        return True
    return isinstance(getattr(item, "cls", None), type) and issubclass(item.cls, SimpleTestCase)


def _repeats(item):
    """Whether the run on PostgreSQL repeats a test: it uses the database, and is not ``once``."""
    return touches_database(item) and not item.get_closest_marker("once")


class OneWorldOneWorker(LoadScopeScheduling):
    """What a module makes once for all its tests is made by one worker only; other tests go to
    whichever is free. (``--dist loadgroup`` marks tests in a way that pytest 9 does not see.)"""

    def _split_scope(self, nodeid):
        path = nodeid.partition("::")[0]
        return path if _makes_a_world(path) else nodeid


@cache
def _makes_a_world(path):
    return 'scope="module"' in (ROOT / path).read_text(encoding="utf-8")


def pytest_xdist_make_scheduler(config, log):
    return OneWorldOneWorker(config, log)


def pytest_collection_modifyitems(config, items):
    """The run on PostgreSQL repeats what the database can change, and no more."""
    on_postgres = connection.vendor == "postgresql"
    keep, leave = [], []
    for item in items:
        meant = _repeats(item) if on_postgres else not item.get_closest_marker("postgres")
        (keep if meant else leave).append(item)
    config.hook.pytest_deselected(items=leave)
    items[:] = keep


def pytest_collection_finish():
    """Modules and tests stay until the end: nobody need look again whether they are garbage."""
    gc.collect()
    gc.freeze()


@contextmanager
def append_only_lifted():
    """Take the database's triggers away for a while, as only emptying it needs."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
            )
            tables = [row[0] for row in cursor.fetchall()]
            # Checks put off to the commit would keep the tables from being altered.
            check = "SET CONSTRAINTS ALL IMMEDIATE"
            lift = [check, *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in tables)]
            restore = [check, *(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in tables)]
        else:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            lift = [f"DROP TRIGGER {name}" for name, _ in triggers]
            restore = [sql for _, sql in triggers]
        for statement in lift:
            cursor.execute(statement)
        yield
        for statement in restore:
            cursor.execute(statement)


@pytest.fixture(scope="session", autouse=True)
def _emptied_after_transactions():
    """A test with real transactions ends by emptying every table, the ledger included."""
    empty = TransactionTestCase._fixture_teardown

    def emptied(case):
        """Once more when a request that the browser sent last still holds a table."""
        with append_only_lifted():
            for _ in range(3):
                with suppress(CommandError):
                    empty(case)
                    break
            else:
                empty(case)

    with mock.patch.object(TransactionTestCase, "_fixture_teardown", emptied):
        yield


@pytest.fixture(scope="session")
def shared():
    """The folder of reference data beside the checkout; without it the test is skipped."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"the reference data in {folder} is not on this machine")
    return folder
