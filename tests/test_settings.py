"""What each environment promises: a safe server, a patient SQLite, PostgreSQL on request."""

import os
import secrets
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection, transaction

from config.settings.base import database, env_key

ROOT = Path(__file__).resolve().parent.parent
on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite")


def manage(*arguments, **environment):
    """Run ``manage.py`` with nothing in its environment but what is given."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
    )


@pytest.fixture
def production(tmp_path):
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings.prod",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "concord.example.org",
        "CONCORD_STATE": str(tmp_path),
    }


def test_a_server_passes_the_deployment_check(production):
    result = manage("check", "--deploy", "--fail-level", "INFO", **production)
    assert not result.returncode, result.stderr
    assert "no issues (0 silenced)" in result.stdout


def test_the_deployment_check_is_not_blind(production):
    result = manage("check", "--deploy", "--fail-level", "INFO", **production | {"SECRET_KEY": "x"})
    assert "security.W009" in result.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS"])
def test_a_server_without_its_secrets_refuses_in_words(production, name):
    del production[name]
    result = manage("check", **production)
    assert result.returncode
    assert f"Set {name} to" in result.stderr.splitlines()[-1]


def test_a_server_can_collect_its_static_files(production, tmp_path):
    result = manage("collectstatic", "--noinput", "-v0", **production)
    assert not result.returncode, result.stderr
    assert (tmp_path / "static" / "staticfiles.json").exists()


def test_a_machine_with_a_key_of_its_own_still_gets_its_folder(tmp_path):
    state = tmp_path / "new" / "state"
    result = manage("showmigrations", CONCORD_STATE=str(state), SECRET_KEY="x" * 50)
    assert not result.returncode, result.stderr
    assert (state / "concord.sqlite3").exists()


def test_an_own_machine_keeps_its_secret_key_in_a_private_file(tmp_path, monkeypatch):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    place = tmp_path / "var" / "secret_key"
    key = env_key(place)
    assert len(key) >= 50
    assert env_key(place) == key
    assert os.name == "nt" or place.stat().st_mode & 0o077 == 0
    monkeypatch.setenv("SECRET_KEY", "from the environment")
    assert env_key(place) == "from the environment"


def test_the_database_comes_from_its_address():
    config = database("postgres://ana:pw@db.example.org:5433/concord")
    assert config["ENGINE"] == "django.db.backends.postgresql"
    names = [config[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "NAME")]
    assert names == ["ana", "pw", "db.example.org", 5433, "concord"]


def test_the_suite_runs_on_the_database_that_was_asked_for():
    asked = os.environ.get("DATABASE_URL") or "sqlite:"
    assert asked.startswith(connection.vendor[:6])


@on_sqlite
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 60000)],
)
def test_sqlite_is_opened_for_concurrent_use(pragma, value):
    with connection.cursor() as cursor:
        assert cursor.execute(f"PRAGMA {pragma}").fetchone()[0] == value


@on_sqlite
@pytest.mark.django_db(transaction=True)
def test_a_sqlite_transaction_takes_the_write_lock_at_its_start():
    other = sqlite3.connect(connection.settings_dict["NAME"], timeout=0)
    with transaction.atomic(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()
