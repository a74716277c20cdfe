"""The tables of patients of a review, made from a snapshot's content."""

from . import making, reading


def tables(review, data):
    """``(tabulation, making.PatientTable)`` of every table that is not put away and has rows."""
    found = {}
    made = []
    for tabulation in review.tabulations.filter(retired_at=None):
        form = tabulation.spec["form"]
        if form not in found:
            found[form] = reading.participants(data, form)
        if found[form].rows:
            made.append((tabulation, making.make(found[form], tabulation.spec)))
    return made
