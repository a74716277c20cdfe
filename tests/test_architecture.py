"""The rules of the house that a machine can check; docs/decisions says why they stand."""

import ast
import io
import re
import shutil
import statistics
import subprocess
import sys
import tokenize
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("review", "extraction", "analysis")
MAY_NOT_IMPORT = {
    "review": {"extraction", "analysis", "config"},
    "extraction": {"analysis", "config"},
    "analysis": {"config"},
}
PURE = (
    "review/consensus.py",
    "review/agreement.py",
    "review/highlighting.py",
    "review/matching.py",
    "review/likeness.py",
    "review/traits.py",
    "review/parsers/**/*.py",
    "review/writers.py",
    "review/prisma.py",
    "extraction/schema/**/*.py",
    "extraction/evidence/**/*.py",
    "extraction/comparing/**/*.py",
    "extraction/checks/**/*.py",
    "extraction/derive/**/*.py",
    "extraction/instruments/**/*.py",
    "analysis/stats/**/*.py",
    "analysis/figures/**/*.py",
)
TOP_LEVEL = {
    *(".ci", ".gitattributes", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE"),
    *("Makefile", "README.md", "analysis", "benchmarks", "config", "docs", "extraction"),
    *("manage.py", "pyproject.toml", "requirements.txt", "review", "start.py", "static"),
    *("templates", "tests"),
}
FILE_LINES, FUNCTION_LINES, TEMPLATE_LINES, MEDIAN_LINES = 400, 40, 120, 100


@cache
def tracked(pattern):
    """Project files that match a glob and are, or could be, committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", pattern]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.splitlines() if (path := ROOT / name).exists()]


def python_files(*folders):
    """Written Python: migrations are generated."""
    files = [path for path in tracked("*.py") if "migrations" not in path.parts]
    wanted = [ROOT / folder for folder in folders]
    return [p for p in files if not wanted or any(p.is_relative_to(w) for w in wanted)]


@cache
def tree(path):
    return ast.parse(path.read_text())


def where(path, node):
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def imports(path):
    """Each import of a file as (node, dotted names)."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield node, [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = f"{node.module}." if node.module else ""
            yield node, [f"{module}{alias.name}" for alias in node.names]


def functions(path):
    return (
        n for n in ast.walk(tree(path)) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))
    )


def docstring_lines(node):
    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        return first.end_lineno - first.lineno + 1
    return 0


def length(function):
    """Lines from ``def`` to the end, the docstring apart."""
    return function.end_lineno - function.lineno + 1 - docstring_lines(function)


def file_length(path):
    """Lines of a file, the docstrings apart."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = (node for node in ast.walk(tree(path)) if isinstance(node, documented))
    return len(path.read_text().splitlines()) - sum(map(docstring_lines, nodes))


@pytest.mark.parametrize("app", APPS)
def test_imports_point_one_way(app):
    upward = [
        f"{where(path, node)} imports {names}"
        for path in python_files(app)
        for node, names in imports(path)
        if not getattr(node, "level", 0)
        and MAY_NOT_IMPORT[app] & {name.split(".")[0] for name in names}
    ]
    assert not upward, "\n".join(upward)


def pure_modules():
    """Those that must be pure, and those whose docstring says that they are."""
    for pattern in PURE:
        paths = list(ROOT.glob(pattern))
        assert paths, f"{pattern} matches nothing"
        yield from paths
    for path in python_files(*APPS):
        if re.search(r"\bPure[.:]", ast.get_docstring(tree(path)) or ""):
            yield path


def module_name(path):
    name = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    return name.removesuffix(".__init__")


def test_pure_modules_run_without_django():
    """They are imported where Django cannot be, so that no module on the way may need it."""
    names = sorted(set(map(module_name, pure_modules())))
    program = "import sys, importlib\nsys.modules['django'] = None\n"
    program += f"for name in {names}: importlib.import_module(name)"
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert not result.returncode, result.stderr


def test_no_module_goes_around_the_import_rules():
    """No late imports, no lookup of models by name, no signals that call from afar."""
    around = []
    for path in python_files(*APPS, "config", "tests", "benchmarks"):
        late = {n for f in functions(path) for n in ast.walk(f)}
        for node, names in imports(path):
            signals = any({"signals", "dispatch"} & set(name.split(".")) for name in names)
            if node in late or (signals and path.parts[len(ROOT.parts)] in APPS):
                around.append(f"{where(path, node)} imports {names}")
        for node in ast.walk(tree(path)):
            called = node.func if isinstance(node, ast.Call) else None
            name = getattr(called, "attr", None) or getattr(called, "id", None)
            if name in {"get_model", "import_module", "__import__"}:
                around.append(f"{where(path, node)} calls {name}")
    assert not around, "\n".join(around)


def test_no_exception_is_caught_unnamed():
    blind = []
    for path in python_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ExceptHandler):
                caught = {
                    n.id
                    for n in ast.walk(node.type or ast.Name("Exception"))
                    if isinstance(n, ast.Name)
                }
                if caught & {"Exception", "BaseException"}:
                    blind.append(where(path, node))
    assert not blind, "\n".join(blind)


def test_files_and_functions_are_small():
    large = []
    for path in python_files():
        lines = len(path.read_text().splitlines())
        if lines > FILE_LINES:
            large.append(f"{path.relative_to(ROOT)} has {lines} lines")
        large += [
            f"{where(path, function)} {function.name} has {length(function)} lines"
            for function in functions(path)
            if length(function) > FUNCTION_LINES
        ]
    assert not large, "\n".join(large)


def test_most_files_are_read_at_a_glance():
    assert statistics.median(map(file_length, python_files(*APPS, "config"))) < MEDIAN_LINES


def test_comments_tell_no_plans_and_draw_no_banners():
    spoken = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|^#\s*[-=*#~]{3,}")
    found = [
        f"{path.relative_to(ROOT)}:{token.start[0]} {token.string}"
        for path in python_files()
        for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline)
        if token.type == tokenize.COMMENT and spoken.search(token.string)
    ]
    assert not found, "\n".join(found)


BANNED_IN_TEMPLATES = {
    "an inline style": re.compile(r"<style\b|<[^>]*\sstyle\s*=", re.I),
    "an inline script": re.compile(r"<script(?![^>]*\ssrc=)[^>]*>", re.I),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.I),
    "a script address": re.compile(r"javascript:", re.I),
    "something from another host": re.compile(
        r"<(script|link|img|iframe|source|embed|object|use)\b[^>]*(https?:)?//\w|@import", re.I
    ),
}


@pytest.mark.parametrize("what", BANNED_IN_TEMPLATES)
def test_templates_hold_no(what):
    found = [
        f"{path.relative_to(ROOT)}: {match.group()[:120]}"
        for path in tracked("*.html")
        for match in BANNED_IN_TEMPLATES[what].finditer(path.read_text())
    ]
    assert not found, "\n".join(found)


def test_templates_are_small():
    large = [
        p.relative_to(ROOT)
        for p in tracked("*.html")
        if len(p.read_text().splitlines()) > TEMPLATE_LINES
    ]
    assert not large, large


def test_stylesheets_load_nothing_from_another_host():
    away = re.compile(r"""url\(["']?(https?:)?//|@import\s+(url\()?["']?(https?:)?//""", re.I)
    found = [path.relative_to(ROOT) for path in tracked("*.css") if away.search(path.read_text())]
    assert not found, found


def test_nothing_else_lies_at_the_top():
    assert {path.relative_to(ROOT).parts[0] for path in tracked(".")} <= TOP_LEVEL


@pytest.mark.parametrize("command", [("check",), ("format", "--check")], ids=" ".join)
def test_ruff_is_content(command):
    ruff = shutil.which("ruff", path=Path(sys.executable).parent)
    result = subprocess.run([ruff, *command, ROOT], cwd=ROOT, capture_output=True, text=True)
    assert not result.returncode, result.stdout + result.stderr
