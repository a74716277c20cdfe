"""Numbers of a derivation: exact decimal strings, and how they are written in a formula. Pure."""

from dataclasses import dataclass, field
from decimal import Decimal

DIGITS = 7  # significant: far beyond what any paper prints, so that nothing downstream moves

LARGEST = 1e15


class Waits(Exception):
    """Nothing can be derived yet or at all; the text says what is needed."""


@dataclass(frozen=True, slots=True)
class Printed:
    """What a derivation starts from.

    ``parts``: the numbers as printed, decimal strings by name, ``level`` among them. ``n`` and
    ``others``: the size of this group and of the other groups, decimal strings or None.
    ``log``: the field keeps its numbers as logarithms. ``below``: the last number is a limit.
    """

    parts: dict
    n: str | None = None
    others: tuple = ()
    log: bool = False
    below: bool = False

    def number(self, name):
        return float(self.parts[name])

    def level(self):
        """The level of the interval as a share; 95 % when none is printed."""
        return float(self.parts.get("level", "95")) / 100

    def size(self, least=2):
        """The number of patients; raises ``Waits`` while it is not known or too small."""
        if self.n is None:
            raise Waits("It waits for the number of patients of this group.")
        if int(Decimal(self.n)) < least:
            raise Waits(f"It needs {least} patients or more, and {self.n} are given.")
        return int(Decimal(self.n))

    def other_size(self):
        """The number of patients of the one other group: printed with it, or beside it."""
        given = [self.parts["other"]] if "other" in self.parts else list(self.others)
        if len(given) != 1 or given[0] is None or int(Decimal(given[0])) < 1:
            raise Waits("It waits for the number of patients of the other group: type it last.")
        return int(Decimal(given[0]))


@dataclass(frozen=True, slots=True)
class Derived:
    """``numbers`` as decimal strings by the names of the value, or None where undefined."""

    numbers: dict
    formula: str
    source: str
    limits: tuple = field(default=())


def exact(number):
    """A float as a plain decimal string of ``DIGITS`` significant digits; ``Waits`` without end."""
    if isinstance(number, str):
        return number
    if not abs(number) < LARGEST:
        raise Waits("These numbers come to more than any paper can mean.")
    text = f"{Decimal(f'{number:.{DIGITS - 1}e}'):f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def decimals(text):
    """How many decimals a decimal string has."""
    return len(text.partition(".")[2])


def shown(number, parts):
    """A number as a reader sees it: one decimal more than was printed, and three digits."""
    exactly = Decimal(exact(number))
    places = 1 + max((decimals(part) for name, part in parts.items() if name != "level"), default=0)
    if exactly and abs(exactly) < 1:
        places = max(places, 2 - exactly.adjusted())
    text = f"{exactly:.{places}f}"
    if decimals(text) >= decimals(exact(number)):
        text = exact(number)
    return text.replace("-", "−")
