"""What the scripts of every kind of analysis are made of. Pure."""

import math

from review.writers import printable


def head(run):
    """The comment that a script of R or Python begins with, line by line."""
    return [
        f"# {one_line(run.plan.title)}: run {run.pk}",
        f"# Snapshot sha256 {run.snapshot.sha256}",
        f"# Inputs sha256 {run.inputs_sha256}",
    ]


def one_line(text):
    """A text for a comment: what cannot be seen is a space."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def quoted(text):
    """A text as a string literal that R and Python both read as it is. What cannot be seen is
    escaped: R takes no marks that turn the direction of writing."""
    return f'"{"".join(map(_escaped, printable(text)))}"'


def _escaped(char):
    if char in '\\"':
        return f"\\{char}"
    return char if char.isprintable() else f"\\U{ord(char):08x}"


def vector(values):
    """Numbers as a vector of R; NaN is NA."""
    return f"c({', '.join('NA' if math.isnan(v) else repr(float(v)) for v in values)})"


def texts(values):
    """Texts as a vector of R."""
    return f"c({', '.join(map(quoted, values))})"


def compared_in_r(stored, found):
    """Lines of R that print the numbers of ``stored`` beside those of ``found``, the R code of a
    vector in the same order."""
    return [
        "# What Concord stored, and how far this run of R is from it.",
        f"stored <- {vector(stored.values())}",
        f"found <- {found}",
        "off <- abs(found - stored) / pmax(abs(stored), 1e-4)",
        f"names <- {texts(stored)}",
        "print(data.frame(stored, found, off, row.names = make.unique(names)))",
        'cat("largest relative difference:", format(max(off)), "\\n")',
    ]
