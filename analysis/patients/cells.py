"""Numbers of a model run as tables print them. Pure."""

from dataclasses import dataclass

from ..figures import numbers

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Table:
    """Texts: a caption, the heads of its columns, and rows whose first cell names them."""

    caption: str
    header: tuple
    rows: tuple


def against(one):
    return f"{one['first']} − {one['second']}"


def estimate(one):
    """The cells of an estimate: itself, SE, df, interval."""
    df = NOTHING if one["df"] is None else numbers.fixed(one["df"], 1)
    return plain(one["est"]), plain(one["se"]), df, interval(one["ci_lb"], one["ci_ub"])


def interval(low, high, digits=3):
    return NOTHING if low is None else f"{plain(low, digits)} to {plain(high, digits)}"


def plain(value, digits=3):
    return NOTHING if value is None else numbers.significant(value, digits)


def p(value):
    return NOTHING if value is None else numbers.p_value(value)


def share(value):
    return NOTHING if value is None else numbers.percent(100 * value)


def change(value):
    return NOTHING if value is None else f"{numbers.fixed(value, 1)}%"
