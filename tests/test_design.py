"""The look of the project: strict pages, measured contrast, a symbol and colour for each state."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.template.loader import get_template

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
COMPONENTS = sorted((ROOT / "templates/components").glob("*.html"))
STYLES = sorted((ROOT / "static/css").glob("*.css"))


def css(name):
    return (ROOT / "static/css" / name).read_text()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT / "templates")))
def test_every_template_can_be_read(path):
    get_template(str(path.relative_to(ROOT / "templates")))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT / "templates")))
def test_no_template_breaks_the_content_security_policy(path):
    text = path.read_text()
    assert not re.search(r"\sstyle\s*=|<style\b|\son[a-z]+\s*=|\shx-on|hx-vals=['\"]js:", text)
    for script in re.findall(r"<script\b([^>]*)>(.*?)</script>", text, re.S):
        assert "src=" in script[0] or "application/json" in script[0], script
        assert "application/json" in script[0] or not script[1].strip(), script


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda p: p.stem)
def test_component_says_its_context_and_names_no_app(path):
    text = path.read_text()
    head = text[: text.index("{% endcomment %}")]
    assert "context" in head.lower() or path.stem == "fragment", "say what it takes"
    named = set(re.findall(r"{% url ['\"]([\w-]+)", text))
    assert all(name == "my-work" or name.startswith("account_") for name in named), named
    assert not re.search(r"\.objects\b|\.all\b|\.filter\b|\.exists\b", text), "no query"
    loaded = {name for line in re.findall(r"{% load ([^%]*)%}", text) for name in line.split()}
    assert loaded <= {"static", "humanize", "l10n", "django_htmx", "django_tables2"}


def test_components_are_given_only_what_they_take():
    """A name that a component does not know would be dropped without a word."""
    heads = {p.name: p.read_text().split("{% endcomment %}")[0] for p in COMPONENTS}
    for path in TEMPLATES:
        for name, given in re.findall(
            r"{% include ['\"]components/([\w.]+)['\"] with (.*?)%}", path.read_text()
        ):
            for word in re.findall(r"(\w+)=", re.sub(r"\"[^\"]*\"|'[^']*'", "", given)):
                assert re.search(rf"\b{word}\b", heads[name]), f"{path.name}: {name} {word}"


def test_every_symbol_and_mark_that_is_used_is_drawn():
    for attribute, sheet in (("data-sym", "icons.css"), ("data-light", "words.css")):
        drawn = set(re.findall(rf'\[{attribute}="([\w-]+)"\]', css(sheet)))
        for path in TEMPLATES:
            used = set(re.findall(rf'{attribute}="([\w-]+)"', path.read_text()))
            assert used <= drawn, path.name


def test_the_design_page_lists_every_component():
    page = (ROOT / "docs/design.md").read_text()
    helpers = {"top", "foot", "account_menu", "fragment", "field_help", "pager"}
    listed = set(re.findall(r"^\| `(\w+)\.html`", page, re.M))
    assert listed == {path.stem for path in COMPONENTS} - helpers


def test_every_class_of_a_component_has_a_rule():
    rules = set(
        re.findall(
            r"\.([A-Za-z][\w-]*)",
            "".join(path.read_text() for path in STYLES)
            + (ROOT / "static/vendor/bootstrap/bootstrap.min.css").read_text(),
        )
    )
    used = set()
    for path in [*COMPONENTS, *(ROOT / "templates/account").glob("*.html")]:
        for value in re.findall(
            r'class="([^"]*)"', re.sub(r"{[%{].*?[%}]}", " ", path.read_text())
        ):
            used.update(value.split())
    assert used - rules == set()


def test_style_sheets_are_short_and_take_colours_from_tokens():
    for path in STYLES:
        text = path.read_text()
        assert text.count("\n") <= 400, path.name
        if path.name not in ("tokens.css", "icons.css"):
            assert not re.search(r"#[0-9a-fA-F]{3,8}\b|\b(rgb|hsl)a?\(", text), path.name


def test_scripts_are_short():
    for path in (ROOT / "static/js").rglob("*.js"):
        assert path.read_text().count("\n") <= 400, path.name


def test_every_style_sheet_is_loaded_somewhere():
    linked = set(re.findall(r"css/([\w-]+\.css)", "".join(p.read_text() for p in TEMPLATES)))
    assert {path.name for path in STYLES} == linked


def block(start):
    """Custom properties of the rule that begins at ``start``."""
    text = css("tokens.css")
    body = text[text.index(start) + len(start) :]
    return dict(re.findall(r"(--cc-[\w-]+):\s*([^;]+);", body[: body.index("}")]))


LIGHT = block(':root,\n[data-bs-theme="light"] {')
DARK = block('\n[data-bs-theme="dark"] {')
TEXT_ON_GROUND = [
    *[(ink, on) for ink in ("ink", "ink-2", "ink-3") for on in ("paper", "sheet", "well")],
    *[("accent", on) for on in ("paper", "sheet")],
    *[(tone, f"{tone}-wash") for tone in ("include", "exclude", "maybe", "ask", "stop")],
    *[("ink", f"{tone}-wash") for tone in ("ask", "stop", "accent")],
    ("accent-strong", "accent-wash"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("ink-2", "chip"),
    ("stop", "sheet"),
    ("page-ink", "passage"),
    ("ink", "quote"),
    ("rob-ink-light", "rob-low"),
    ("rob-ink-light", "rob-high"),
    ("rob-ink-light", "rob-none"),
    ("rob-ink-dark", "rob-some"),
    ("rob-ink-dark", "rob-serious"),
]


def luminance(colour):
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_measured_right():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_the_two_dark_blocks_are_equal():
    assert block(':root:not([data-bs-theme="light"]) {') == DARK
    assert LIGHT.keys() == DARK.keys() | {"--cc-on-decision"}


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_ON_GROUND, ids=lambda v: v)
def test_text_stands_out_from_its_ground(theme, ink, ground):
    assert contrast(theme[f"--cc-{ink}"], theme[f"--cc-{ground}"]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("line", ["edge", "ask-line", "stop-line", "accent"])
def test_edges_of_controls_can_be_seen(theme, line):
    assert contrast(theme[f"--cc-{line}"], theme["--cc-sheet"]) >= 3


def statuses():
    for model in apps.get_models():
        if model.__module__.split(".")[0] in ("review", "extraction", "analysis"):
            for field in model._meta.get_fields():
                if field.name == "status" and field.choices:
                    yield from (value for value, _ in field.choices)


def test_every_status_of_the_project_has_its_symbol_and_colour():
    known = set(re.findall(r'\[data-state="(\w+)"\]', css("words.css")))
    assert set(statuses()) - known == set()
