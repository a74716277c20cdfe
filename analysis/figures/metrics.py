"""How wide a text will be: the advance widths of Arial, in em, and what follows from them.

Figures are set in Arial, Helvetica or Liberation Sans, which share these widths, so that a column
measured here fits on the reader's machine and in the downloaded file.
"""

import unicodedata

FONT_FAMILY = "Arial, Helvetica, 'Liberation Sans', Roboto, sans-serif"
ELLIPSIS = "…"
NBSP = "\u00a0"

# Widths rounded up to the step; letters with accents are measured as their base letter.
_STEPS = {
    0.28: "'ijlł‘’ι| \u00a0!,./:;I[\\]ftıΙг",
    0.36: '()-`r¡²³·¹“”{}•"⁷',
    0.43: "*τ°⁰⁶⁵⁸⁹⁴",
    0.50: "κζεξ^ςJcksvxyzγλνкзтсухэ",
    0.56: "чьχ⁻в¶Гпяυ±÷≤≥≠≈√Γн#$0123456789?L_abdeghnopqu¢£¤¥§«»ðþđŁ–†‡€ηθοаеорδир",
    0.61: "цβµμαКдлρб+<=>~×−◐○●ЗFTZ¿ßøΖΤТσΣъ",
    0.67: "УφΞБЛЬ&ABEKPSVXYÞΑΒΕΚΡΥΧАВЕРХЧΔΛж",
    0.73: "ДмπψИПЭыCDHNRUwĐΗΝНСЯ∞",
    0.79: "©®ЦΩюФGOQØΘΟОωЪ",
    0.84: "ΦшфщMmΜМΨ✓✕",
    0.95: "Ы%æШЖЩWœ",
    1.02: "ÆŒ—…‰™←→Ю@",
}
_WIDTH = {character: width for width, characters in _STEPS.items() for character in characters}
_BOLD_EXTRA = 0.056  # Arial Bold widens every letter by this much, and no digit
_MARGIN = 1.02  # Roboto and hinting at small sizes
_UNKNOWN = 0.75
_FULL = 1.02
_EMOJI = 1.4


def _advance(character):
    width = _WIDTH.get(character)
    if width is not None:
        return width
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0.0
    if ord(character) >= 0x1F000:
        return _EMOJI
    if unicodedata.east_asian_width(character) in "WF":
        return _FULL
    base = unicodedata.normalize("NFD", character)[0]
    return _WIDTH.get(base, _UNKNOWN)


def text_width(text, size, bold=False):
    """Width in px of ``text`` on one line at ``size`` px; an upper bound for Latin text."""
    em = sum(_advance(character) for character in text)
    if bold:
        em += _BOLD_EXTRA * sum(not character.isdigit() for character in text)
    return em * size * _MARGIN


def widest(texts, size, bold=False):
    """The width of the widest of ``texts``; 0 when there is none."""
    return max((text_width(text, size, bold) for text in texts), default=0.0)


def _fitting(text, room, size, bold):
    """How many characters of ``text`` fit into ``room`` px; accents stay with their letter."""
    n = 0
    while n < len(text) and text_width(text[: n + 1], size, bold) <= room:
        n += 1
    while 0 < n < len(text) and unicodedata.combining(text[n]):
        n -= 1
    return n


def ellipsise(text, room, size, bold=False):
    """``text``, cut with an ellipsis where it would be wider than ``room`` px."""
    if text_width(text, size, bold) <= room:
        return text
    n = _fitting(text, room - text_width(ELLIPSIS, size, bold), size, bold)
    return text[:n].rstrip() + ELLIPSIS


def wrap(text, room, size, *, bold=False, max_lines=None):
    """Lines of at most ``room`` px: parted at spaces, inside a word only if it alone is too wide.

    A no-break space keeps its neighbours together while they fit. With ``max_lines`` the last line
    ends in an ellipsis when something had to be left out. Always at least one line.
    """
    lines, line = [], ""
    for word in _words(text, room, size, bold):
        candidate = f"{line} {word}".strip(" ")
        if text_width(candidate, size, bold) <= room:
            line = candidate
            continue
        if line:
            lines.append(line)
        *full, line = _broken(word, room, size, bold)
        lines.extend(full)
    lines.append(line)
    if max_lines and len(lines) > max_lines:
        rest = " ".join(lines[max_lines - 1 :])
        lines = [*lines[: max_lines - 1], ellipsise(rest, room, size, bold)]
    return lines


def _words(text, room, size, bold):
    """What a line may be parted between: at no-break spaces only where there is no other way."""
    for word in text.split(" "):
        if NBSP in word and text_width(word, size, bold) > room:
            yield from word.split(NBSP)
        else:
            yield word


def balanced(text, room, size, *, bold=False):
    """As ``wrap``, with lines of about equal length and no more of them."""
    lines = wrap(text, room, size, bold=bold)
    while len(lines) > 1:
        room *= 0.95
        narrower = wrap(text, room, size, bold=bold)
        if len(narrower) > len(lines) or widest(narrower, size, bold) > room:
            break
        lines = narrower
    return lines


def _broken(word, room, size, bold):
    """``word`` in pieces of at most ``room`` px, each at least one character long."""
    pieces = []
    while text_width(word, size, bold) > room and len(word) > 1:
        n = max(1, _fitting(word, room, size, bold))
        pieces.append(word[:n])
        word = word[n:]
    return [*pieces, word]
