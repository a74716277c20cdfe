"""The order of labels, which decides a factor's reference level: as people and R sort them."""

import unicodedata

import numpy as np

# Before digits and letters, in the order of the Unicode collation (CLDR root, as ICU and so R).
SIGNS = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"


def in_order(labels):
    """The labels, each once, as a list: numbers by size, texts alphabetically.

    Upper and lower case and accents only decide between texts that are otherwise alike.
    """
    labels = set(labels)
    return sorted(labels, key=None if _are_numbers(labels) else _key)


def coded(labels):
    """``(names, codes)``: the labels `in_order`, and the place of each of them there, (n,).

    Numbers among texts count as texts.
    """
    labels = list(labels)
    labels = labels if _are_numbers(labels) else list(map(str, labels))
    names = in_order(labels)
    place = {name: i for i, name in enumerate(names)}
    return names, np.array([place[x] for x in labels], int)


def _are_numbers(labels):
    return all(isinstance(x, int | float | np.number) for x in labels)


def _key(label):
    text = str(label)
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    folded = plain.casefold()
    ranks = [(0, SIGNS.index(c), "") if c in SIGNS else (1, 0, c) for c in folded]
    return ranks, unicodedata.normalize("NFKD", text).casefold(), text.swapcase()
