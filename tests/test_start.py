"""``start.py`` without a network: what it refuses, finds, counts and cleans up."""

import ast
import os
import signal
import socket
import subprocess
import sys
import textwrap
import urllib.request

import pytest

import start

SOURCE = (start.ROOT / "start.py").read_text()


def test_an_old_python_can_still_read_it_and_is_told_what_to_do():
    ast.parse(SOURCE, feature_version=(3, 6))
    with pytest.raises(start.Stop, match=r"3\.11 or newer, and this is Python 3\.10"):
        start.check_python((3, 10, 4))
    start.check_python((3, 11, 0))


def test_it_needs_nothing_but_the_standard_library():
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(SOURCE))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [node.names[0].name])
    }
    assert imported <= sys.stdlib_module_names


@pytest.mark.parametrize("text", ["", "abc", "0", "65536", "-1", "80.5"])
def test_a_port_that_is_none_is_refused(text):
    with pytest.raises(start.Stop, match="PORT must be a number"):
        start.chosen_port(text)


def test_a_port_in_use_is_refused_with_a_way_out():
    with socket.socket() as other:
        other.bind((start.HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(start.Stop, match=rf"Port {port} cannot be had .* PORT="):
            start.check_port_is_free(port)
    start.check_port_is_free(port)


def test_changed_requirements_change_the_stamp(tmp_path):
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("django==5.2.18\n")
    before = start.digest(requirements)
    assert start.digest(requirements) == before
    requirements.write_text("django==5.2.19\n")
    assert start.digest(requirements) != before


def test_installing_is_skipped_until_the_requirements_change(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(start, "ROOT", tmp_path)
    monkeypatch.setattr(start, "VENV", tmp_path)
    monkeypatch.setattr(start, "installer", lambda: ["install"])
    monkeypatch.setattr(start, "run", calls.append)
    requirements = tmp_path / "requirements.txt"
    for text, installs in [("a==1", 1), ("a==1", 1), ("a==2", 2)]:
        requirements.write_text(text)
        start.install("requirements.txt")
        assert calls == [["install", "-r", requirements]] * installs


def test_a_failed_command_stops_with_its_own_words():
    with pytest.raises(start.Stop, match=r"(?s)This command failed:.*out of paper"):
        start.run([sys.executable, "-c", "import sys; sys.exit('out of paper')"])


def test_a_name_that_does_not_run_is_not_taken_for_a_program(tmp_path):
    assert start.works(sys.executable, "--version")
    assert not start.works(sys.executable, "-c", "raise SystemExit(127)")
    assert not start.works(str(tmp_path / "absent"))


def test_the_newest_complete_postgres_is_chosen(tmp_path, monkeypatch):
    for version, programs in [("9", 3), ("15", 3), ("17", 1)]:
        folder = tmp_path / version / "bin"
        folder.mkdir(parents=True)
        for name in ("initdb", "pg_ctl", "postgres")[:programs]:
            (folder / name).touch(mode=0o755)
    monkeypatch.setattr(start, "POSTGRES_PLACES", (f"{tmp_path}/*/bin",))
    monkeypatch.setenv("PATH", "")
    assert start.find_postgres() == str(tmp_path / "15" / "bin")


def test_what_is_missing_is_named_and_stops_ci_only(monkeypatch, capsys):
    monkeypatch.setattr(start, "is_root", lambda: False)
    monkeypatch.delenv("CI", raising=False)
    assert start.found("Chromium", lambda: None, "chromium") is None
    assert "sudo apt-get install chromium" in capsys.readouterr().out
    monkeypatch.setenv("CI", "true")
    with pytest.raises(start.Stop, match="Chromium was not found"):
        start.found("Chromium", lambda: None, "chromium")


def test_root_installs_what_is_missing(monkeypatch):
    installed = []
    monkeypatch.setattr(start, "is_root", lambda: True)
    monkeypatch.setattr(start.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(start, "apt_install", installed.extend)
    place = start.found("Chromium", lambda: "/usr/bin/chromium" if installed else None, "chromium")
    assert (place, installed) == ("/usr/bin/chromium", ["chromium"])


SUITE = """
import pytest
def test_passes(): pass
def test_fails(): assert False
@pytest.fixture
def broken(): raise OSError
def test_errs(broken): pass
def test_skips(): pytest.skip("no")
"""


@pytest.mark.parametrize(
    ("suite", "expected"),
    [(SUITE, (1, 2, 1)), ("def test_passes(): pass", (1, 0, 0)), ("1 +", (0, 1, 0))],
    ids=["every outcome", "all pass", "not Python"],
)
def test_outcomes_are_counted(tmp_path, suite, expected):
    report = tmp_path / "report.xml"
    (tmp_path / "test_one.py").write_text(suite)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:django", "-c", os.devnull]
    subprocess.run([*command, f"--junitxml={report}", tmp_path], cwd=tmp_path, capture_output=True)
    assert start.counts(report) == expected


def test_a_run_that_breaks_off_counts_as_a_failure(monkeypatch):
    monkeypatch.setattr(start, "venv_program", lambda name: sys.executable)
    assert start.run_suite("SQLite", "", ["--no-such-option"]) == (0, 1, 0)


def test_a_server_that_ends_at_once_is_reported():
    with (
        pytest.raises(start.Stop, match="ended before it answered"),
        start.running([sys.executable, "-c", "raise SystemExit(3)"], dict(os.environ)) as server,
    ):
        start.wait_until_up(start.free_port(), server)


@pytest.mark.skipif(os.name == "nt", reason="signals as on POSIX")
def test_a_child_that_ignores_being_asked_is_ended_all_the_same(monkeypatch):
    monkeypatch.setattr(start, "PATIENCE", 0.3)
    deaf = textwrap.dedent("""
        import signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)
    """)
    with start.running([sys.executable, "-c", deaf], dict(os.environ)) as child:
        pass
    assert child.poll() is not None


# Started in the background of a script, Python would be deaf to Ctrl+C.
SERVE = """
import signal, sys, start
signal.signal(signal.SIGINT, signal.default_int_handler)
start.make_venv = start.install = lambda *names: None
start.venv_program = lambda name: sys.executable
start.SERVE_POSIX = start.SERVE_POSIX.replace('call_command("demo")', "")
sys.exit(start.main([]))
"""


@pytest.mark.skipif(os.name == "nt", reason="signals as on POSIX")
def test_it_serves_a_page_and_ends_cleanly_on_ctrl_c(tmp_path):
    port = start.free_port()
    environment = {**os.environ, "PORT": str(port), "CONCORD_STATE": str(tmp_path)}
    environment |= {"DJANGO_SETTINGS_MODULE": "config.settings.dev", "DATABASE_URL": ""}
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE], cwd=start.ROOT, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    address = next(line for line in process.stdout if "Concord is at" in line).split()[3]
    with urllib.request.urlopen(f"{address}accounts/login/", timeout=20) as page:
        assert page.status == 200
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[0].split() == ["Stopped."]
    assert process.returncode == 0
    start.check_port_is_free(port)


@pytest.mark.skipif(not start.find_postgres(), reason="no PostgreSQL server on this machine")
def test_the_private_postgres_is_gone_afterwards():
    with start.postgres_server(start.find_postgres()) as url:
        port = int(url.rsplit(":", 1)[1].split("/")[0])
        socket.create_connection((start.HOST, port), timeout=5).close()
    with pytest.raises(OSError):
        socket.create_connection((start.HOST, port), timeout=5)
