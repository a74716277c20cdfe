"""Concord's one command: ``python3 start.py`` serves it, ``python3 start.py test`` tests it.

Needs only Python's standard library and does all of its own set-up, on Linux, macOS and
Windows. Its syntax stays readable to old Pythons, so that they too can say what is missing.
"""

import contextlib
import glob
import hashlib
import http.client
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
# Matrices here are small: a second thread for one of them waits longer than it works.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
WINDOWS = os.name == "nt"
OLDEST_PYTHON = (3, 11)
HOST = "127.0.0.1"
PATIENCE = 10  # seconds

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")
CHROMIUM_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
POSTGRES_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "C:/Program Files/PostgreSQL/*/bin",
)
# One process for all three: each would spend seconds on the same imports.
PREPARE = """
import sys
import django
from django.core.management import call_command
from django.db import connections
django.setup()
call_command("migrate", verbosity=0)
call_command("demo")
connections.close_all()  # the server's worker must open its own
"""
SERVE_POSIX = PREPARE + "from gunicorn.app.wsgiapp import run; run()"
SERVE_WINDOWS = PREPARE + 'call_command("runserver", sys.argv[1], use_reloader=False)'
# The cluster lives for one test run, so a crash that loses it costs nothing.
POSTGRES_SETTINGS = """
listen_addresses = '{host}'
port = {port}
unix_socket_directories = ''
fsync = off
synchronous_commit = off
full_page_writes = off
"""
PYTEST_PASSED, PYTEST_HAD_NO_TESTS = 0, 5


class Stop(Exception):
    """Set-up cannot go on; the message says what to do about it."""


def say(text):
    print(text, flush=True)


def run(command, **options):
    """Run a command in the project's folder; raise ``Stop`` with its words when it fails."""
    command = [str(part) for part in command]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    result = subprocess.run(command, **{"cwd": ROOT, **pipes, **options})
    if result.returncode:
        raise Stop(f"This command failed:\n  {' '.join(command)}\n{result.stdout.strip()}")


def works(*command):
    """Whether the command runs: a name on the PATH may be a shim with nothing behind it."""
    try:
        return not subprocess.run(command, capture_output=True).returncode
    except OSError:
        return False


def is_root():
    return hasattr(os, "geteuid") and os.geteuid() == 0


@contextlib.contextmanager
def running(command, environment, ask=signal.SIGTERM):
    """The started process; however the block is left, it has ended afterwards.

    It and its children form a group that Ctrl+C does not reach, so that it is asked to end once
    and in the way it takes well (gunicorn can lock up on a second signal). On Windows there is no
    such group: Ctrl+C reaches it by itself.
    """
    command = [str(part) for part in command]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=not WINDOWS)
    try:
        yield process
    finally:
        if process.poll() is None and not WINDOWS:
            process.send_signal(ask)
        try:
            process.wait(timeout=PATIENCE)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            process.kill() if WINDOWS else os.killpg(process.pid, signal.SIGKILL)
            process.wait()


# The Python environment


def check_python(version):
    if tuple(version[:2]) < OLDEST_PYTHON:
        raise Stop(
            f"Concord needs Python 3.11 or newer, and this is Python {version[0]}.{version[1]}. "
            "Install a newer one from https://www.python.org/downloads/ and start again with it."
        )


def venv_program(name):
    return VENV / "Scripts" / f"{name}.exe" if WINDOWS else VENV / "bin" / name


def find_uv():
    """A working uv, which installs in a fraction of pip's time; None when there is none."""
    places = (shutil.which("uv"), str(venv_program("uv")))
    return next((place for place in places if place and works(place, "--version")), None)


def make_venv():
    """Make ``.venv``, and again if the Python that it was made with has gone."""
    python = venv_program("python")
    if python.exists():
        return
    say("Making the Python environment in .venv ...")
    uv = find_uv()
    if uv:
        run([uv, "venv", "--quiet", "--seed", "--clear", "--python", sys.executable, VENV])
        return
    if not works(sys.executable, "-m", "ensurepip", "--version"):
        raise Stop(
            "This Python cannot make virtual environments. On Debian and Ubuntu the missing part "
            "comes with: sudo apt-get install python3-venv"
        )
    run([sys.executable, "-m", "venv", "--clear", VENV])


def installer():
    """The start of an install command: uv where it can be had, pip otherwise."""
    python = str(venv_program("python"))
    uv = find_uv()
    if not uv and works(python, "-m", "pip", "install", "uv"):
        uv = find_uv()
    if uv:
        return [uv, "pip", "install", "--quiet", "--python", python]
    return [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]


def digest(requirements):
    """Changes when the environment must be brought up to date."""
    return hashlib.sha256(sys.version.encode() + requirements.read_bytes()).hexdigest()


def install(name):
    """Install a file of pinned requirements, unless it has been and nothing has changed."""
    requirements = ROOT / name
    stamp = VENV / ("installed-" + name.replace("/", "-"))
    if stamp.exists() and stamp.read_text() == digest(requirements):
        return
    say(f"Installing the libraries in {name} (about a minute the first time) ...")
    run([*installer(), "-r", requirements])
    stamp.write_text(digest(requirements))


# python3 start.py


def chosen_port(text):
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Stop(f"PORT must be a number from 1 to 65535, and it is {text!r}.")
    return int(text)


def check_port_is_free(port):
    with socket.socket() as probe:
        if not WINDOWS:  # there it would take a port that is in use
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as problem:
            raise Stop(
                f"Port {port} cannot be had ({problem.strerror}). Another Concord may be running "
                "there: stop it, or choose another port, for instance PORT=8001."
            ) from problem


def server_command(port):
    python, address = venv_program("python"), f"{HOST}:{port}"
    if WINDOWS:  # gunicorn needs fork()
        return [python, "-c", SERVE_WINDOWS, address]
    # One worker: the embedded task backend works in threads of the process that serves.
    command = [python, "-c", SERVE_POSIX, "config.wsgi", "--workers", "1", "--threads", "8"]
    command += ["--bind", address, "--timeout", "120", "--graceful-timeout", "5"]
    command += ["--log-level", "warning"]
    return [*command, "--no-control-socket"]  # it would lie in the person's home


def wait_until_up(port, server):
    """Return once a page is answered; raise ``Stop`` if the server ends before that."""
    while server.poll() is None:
        connection = http.client.HTTPConnection(HOST, port, timeout=60)
        try:
            connection.request("GET", "/")
            connection.getresponse()
            return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise Stop("Concord ended before it answered a page; the reason stands above.")


def serve():
    port = chosen_port(os.environ.get("PORT") or "8000")
    check_port_is_free(port)
    make_venv()
    install("requirements.txt")
    defaults = {"DJANGO_SETTINGS_MODULE": "config.settings.dev", "LOG_LEVEL": "WARNING"}
    environment = {**ONE_THREAD, **defaults, **os.environ}
    say("Preparing the database ...")
    with running(server_command(port), environment) as server:
        wait_until_up(port, server)
        say(f"\nConcord is at http://{HOST}:{port}/   (Ctrl+C stops it)")
        return server.wait()


# python3 start.py test


def apt_install(packages):
    say(f"Installing {' and '.join(packages)} with apt-get ...")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-q"], env=environment)
    run(["apt-get", "install", "-qy", "--no-install-recommends", *packages], env=environment)


def found(what, find, *packages):
    """What ``find`` finds, after installing the Debian packages if that is needed and possible.

    None means that the tests will do without, which in CI they must not.
    """
    place = find()
    if not place and is_root() and shutil.which("apt-get"):
        apt_install(packages)
        place = find()
    if not place:
        missing = f"{what} was not found, so its tests cannot run. Install it first"
        missing += f" (on Debian and Ubuntu: sudo apt-get install {' '.join(packages)})."
        if os.environ.get("CI") == "true":
            raise Stop(missing)
        say(f"NOTE: {missing}")
    return place


def find_chromium():
    """Path of a Chromium, Chrome or Edge; None when there is none."""
    on_path = (shutil.which(name) for name in CHROMIUM_NAMES)
    return next(filter(None, (*on_path, *filter(os.path.exists, CHROMIUM_PLACES))), None)


def version_in(path):
    return [int(number) for number in re.findall(r"\d+", path)]


def find_postgres():
    """Folder of the newest PostgreSQL server's programs; None when there is none."""
    folders = sorted((f for place in POSTGRES_PLACES for f in glob.glob(place)), key=version_in)
    folders.insert(0, os.path.dirname(shutil.which("initdb") or ""))
    programs = ("initdb", "pg_ctl", "postgres")
    complete = (
        f for f in reversed(folders) if f and all(shutil.which(p, path=f) for p in programs)
    )
    return next(complete, None)


def free_port():
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def unprivileged(folder):
    """Options that make ``run`` leave root's rights behind; the folder then belongs to them."""
    if not is_root():
        return {}
    try:
        shutil.chown(folder, "postgres")
    except LookupError:
        shutil.chown(folder, "nobody")
    return {"user": os.stat(folder).st_uid, "extra_groups": []}


@contextlib.contextmanager
def postgres_server(programs):
    """A private server for as long as the block lasts; gives its ``DATABASE_URL``."""
    with tempfile.TemporaryDirectory(prefix="concord-postgres-") as folder:
        data, password, port = Path(folder, "data"), secrets.token_hex(16), free_port()
        Path(folder, "password").write_text(password)
        os.chmod(Path(folder, "password"), 0o644)  # inside a folder that is private itself
        options = {"cwd": folder, **unprivileged(folder)}
        options["env"] = {"LANG": "C.UTF-8", **os.environ}
        pg_ctl = [Path(programs, "pg_ctl"), "-D", data, "-w"]
        initdb = [Path(programs, "initdb"), "-D", data, "-U", "concord", "-A", "scram-sha-256"]
        run([*initdb, "-E", "UTF8", "--pwfile", Path(folder, "password")], **options)
        with open(data / "postgresql.conf", "a") as settings:
            settings.write(POSTGRES_SETTINGS.format(host=HOST, port=port))
        run([*pg_ctl, "-l", Path(folder, "log"), "start"], **options)
        try:
            yield f"postgres://concord:{password}@{HOST}:{port}/postgres"
        finally:
            run([*pg_ctl, "-m", "immediate", "stop"], **options)


def counts(report):
    """(passed, failed, skipped) of a JUnit report."""
    suite = ET.parse(report).getroot().find("testsuite")
    tests, failures, errors, skipped = (
        int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped")
    )
    return tests - failures - errors - skipped, failures + errors, skipped


def run_suite(database, url, arguments):
    """Run the tests on one database; a run that broke off counts as a failure."""
    say(f"\nTests on {database}")
    # One seed for both workers: tests named after a set must be collected in the same order.
    environment = {**ONE_THREAD, **os.environ, "DATABASE_URL": url, "PYTHONHASHSEED": "0"}
    with tempfile.TemporaryDirectory(prefix="concord-report-") as folder:
        report = Path(folder, "report.xml")
        workers = ["-n", "2"]
        pytest = [venv_program("python"), "-m", "pytest", *workers, f"--junitxml={report}"]
        with running([*pytest, *arguments], environment, ask=signal.SIGINT) as process:
            code = process.wait()
        passed, failed, skipped = counts(report) if report.exists() else (0, 0, 0)
    broke_off = code not in (PYTEST_PASSED, PYTEST_HAD_NO_TESTS) and not failed
    return passed, failed + broke_off, skipped


def test(arguments):
    make_venv()
    install("requirements.txt")
    install("tests/requirements.txt")
    found("Chromium", find_chromium, "chromium", "fonts-liberation")
    programs = found("A PostgreSQL server", find_postgres, "postgresql")
    results = [run_suite("SQLite", "", arguments)]
    if programs:
        with postgres_server(programs) as url:
            results.append(run_suite("PostgreSQL", url, arguments))
    passed, failed, skipped = map(sum, zip(*results, strict=True))
    say(f"\n{passed} passed, {failed} failed, {skipped} skipped")
    return 0 if passed and not failed else 1


def main(arguments):
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    try:
        check_python(sys.version_info)
        if arguments in ([], ["run"]):
            return serve()
        if arguments[0] == "test":
            return test(arguments[1:])
        raise Stop("Say: python3 start.py [run]   or   python3 start.py test [pytest options]")
    except Stop as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("\nStopped.")
        return 0 if arguments in ([], ["run"]) else 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
