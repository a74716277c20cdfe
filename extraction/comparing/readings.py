"""The numbers of a reading, and how far what was printed leaves each of them open. Pure."""

from decimal import Decimal

from .. import derive
from .exactly import half_unit

COMPONENTS = {
    "integer": ("number",),
    "decimal": ("number",),
    "percent": ("number",),
    "mean_sd": ("mean", "sd"),
    "events": ("events", "total"),
    "estimate": ("estimate", "low", "high"),
}


def numbers(field, value):
    """``{name: Decimal or None}`` of a value; {} for a kind without numbers."""
    return {
        name: None if value.get(name) is None else Decimal(value[name])
        for name in COMPONENTS.get(field["kind"], ())
    }


def is_printed(value, name):
    """Whether the number was typed as it stands, and not derived from others."""
    parts = value.get("parts")
    return parts is None or not value.get("how") or parts.get(name) == value[name]


def printed(value):
    """The numbers it was derived from, by name."""
    return {name: Decimal(number) for name, number in value["parts"].items()}


def form(value):
    """The form it was printed in: a code of ``extraction.derive``, "" for the plain one."""
    return value.get("as", "")


def leeway(field, value, name):
    """How far the rounding of what was printed leaves a number open: half a unit of its last
    place, or for a derived one the sum of what each printed number can move it by. None when a
    printed number at the edge of its rounding gives nothing."""
    if is_printed(value, name):
        return half_unit(Decimal(value[name]))
    told = Decimal(0)
    for part, printed in value["parts"].items():
        half = Decimal(0) if part == "level" else half_unit(Decimal(printed))
        moved = [_derived(field, value, name, part, Decimal(printed) + by) for by in (-half, half)]
        if None in moved:
            return None
        told += max(abs(number - Decimal(value[name])) for number in moved)
    return told


def _derived(field, value, name, part, number):
    """The derived number ``name`` if ``part`` had been printed otherwise, or None."""
    try:
        told = derive.fill(field, value | {"parts": value["parts"] | {part: str(number)}})
    except (ValueError, ArithmeticError):
        return None
    return None if told.get(name) is None else Decimal(told[name])
