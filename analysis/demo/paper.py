"""The printed tables of the model review, row by row as they lie in ``data/``."""

import csv
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"
CITATION = (
    "Henssen DJHA, Kurt E, van Walsum A-MC, Kozicz T, van Dongen R, Bartels R. Motor cortex"
    " stimulation in chronic neuropathic orofacial pain syndromes: a systematic review and"
    " meta-analysis. Scientific Reports 2020."
)
DASHES = {"—", "-", "–", "N/A", ""}


@cache
def rows(name):
    """The rows of one CSV file, as a tuple of dicts."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as source:
        return tuple(csv.DictReader(source))


def studies():
    """The 23 rows of Table 2; ``authors_from_table1`` names a study, ``ref`` is its number."""
    return rows("table2_studies")


def quality():
    """Table 1 by reference number."""
    return {row["ref"]: row for row in rows("table1_quality")}


def diagnoses():
    """The 14 rows of Table 3."""
    return rows("table3_diagnoses")


def printed(text):
    """What a cell holds, or None for one of the paper's dashes."""
    return None if text.strip() in DASHES else text.strip()
