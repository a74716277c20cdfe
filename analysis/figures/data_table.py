"""The numbers of a figure as a table, for a page, a screen reader or a file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DataTable:
    """Texts as the figure prints them; every row has as many cells as ``header``."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
