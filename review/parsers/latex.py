"""LaTeX in BibTeX values -> plain text: accents, symbols, braces, small formulas.

Accents are put together here; the names of symbols are those of pylatexenc, asked for one
command at a time: run over whole abstracts it takes milliseconds each, and it drops all that
follows a percent sign.
"""

import re
import unicodedata
from functools import lru_cache

from pylatexenc.latex2text import LatexNodes2Text

_ACCENTS = {
    "'": "\u0301",
    "`": "\u0300",
    "^": "\u0302",
    '"': "\u0308",
    "~": "\u0303",
    "=": "\u0304",
    ".": "\u0307",
    "u": "\u0306",
    "v": "\u030c",
    "H": "\u030b",
    "c": "\u0327",
    "k": "\u0328",
    "r": "\u030a",
    "b": "\u0331",
    "d": "\u0323",
}
_LETTER = r"(?:\\([ij])(?![a-zA-Z])|([^\W\d_]))"
_ACCENT = re.compile(
    rf"\\(?:(['`^\"~=.])\s*|([uvHckrbd])(?:\s+|(?=[{{\\])))(?:\{{\s*{_LETTER}\s*\}}|{_LETTER})"
)
_COMMAND = re.compile(r"\\([a-zA-Z]+)\*?(?:\s+|\{\})?|\\([^a-zA-Z])")
_SPACES = {",": " ", ";": " ", ":": " ", " ": " ", "\n": " ", "\\": " ", "/": "", "-": "", "!": ""}
# What pylatexenc does not know, or knows only with its arguments.
_NAMED = dict.fromkeys(("quad", "qquad", "newline", "par", "linebreak"), " ") | {
    "textless": "<",
    "lt": "<",
    "textgreater": ">",
    "gt": ">",
    "textbar": "|",
    "textunderscore": "_",
    "copyright": "©",
    "pounds": "£",
    "euro": "€",
    "S": "§",
    "P": "¶",
    "ddag": "‡",
    "degree": "°",
    "celsius": "°C",
    "micro": "µ",
    "prime": "′",
    "percent": "%",
    "TeX": "TeX",
    "LaTeX": "LaTeX",
    "frac": "",
    "textup": "",
}
_SCRIPT = re.compile(r"([\^_])(?:\{([^{}]{1,20})\}|(.))")
_MATH = re.compile(r"\$([^$\n]{1,200})\$")
_PLAIN_MATH = re.compile(r"[\\^_{]|^\S*[<>=]\S*$|^.{1,3}$")
_SUPER = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
_SUB = str.maketrans("0123456789+-", "₀₁₂₃₄₅₆₇₈₉₊₋")
_DIGITS = re.compile(r"[0-9+-]+")


def plain(text: str) -> str:
    """The text a reader of the typeset reference would see; commands nobody knows vanish."""
    if "\\" in text or "$" in text:
        text = _MATH.sub(_formula, text)
        text = _ACCENT.sub(_accented, text)
        text = _COMMAND.sub(_symbol, text)
    text = text.replace("{", "").replace("}", "").replace("~", " ")
    text = text.replace("---", "—").replace("--", "–").replace("``", "“").replace("''", "”")
    # Escaped braces and tildes waited in the private use area while the others were taken out.
    return text.translate(_BACK)


_HIDDEN = {"{": "\ue000", "}": "\ue001", "~": "\ue002"}
_BACK = {ord(hidden): char for char, hidden in _HIDDEN.items()}


def _accented(found):
    mark = _ACCENTS[found[1] or found[2]]
    letter = next(filter(None, found.groups()[2:]))
    return unicodedata.normalize("NFC", letter + mark)


def _symbol(found):
    name, sign = found[1], found[2]
    if name:
        return _named(name)
    return _SPACES.get(sign, _HIDDEN.get(sign, sign))


@lru_cache(maxsize=4096)
def _named(name):
    """What ``\\name`` prints by itself: ``\\ss`` is ß, ``\\textit`` nothing."""
    if name in _NAMED:
        return _NAMED[name]
    text = LatexNodes2Text().latex_to_text(f"\\{name.removeprefix('text')}{{}}")
    return text if len(text) == 1 else ""


def _formula(found):
    """A formula between dollars as text; two prices are not a formula."""
    inner = found[1]
    if not _PLAIN_MATH.search(inner):
        return found[0]
    # The braces end a last command, so that the space after the formula stays.
    return _SCRIPT.sub(_script, inner) + "{}"


def _script(found):
    text = found[2] or found[3]
    if _DIGITS.fullmatch(text):
        return text.translate(_SUPER if found[1] == "^" else _SUB)
    return text if found[1] == "_" or not text.isalnum() else f"^{text}"
