"""Which references may be the same paper, and why, in words a librarian can check.

Records are compared only with those that share an identifier, the beginning or end of the
title, author and year, or volume and page (``_blocks``), so the work grows with the number of
records, whatever they say. A pair must agree in title and in something else, and must not
contradict itself: a missed pair costs a second look, a wrong one a study.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from .likeness import Likeness, compare
from .traits import Traits, traits_of

WINDOW = 12  # neighbours compared in a block too large for all pairs
ALL_PAIRS = 30  # block size up to which every pair is compared


@dataclass(frozen=True, slots=True)
class Item:
    """What is compared of one reference; ``key`` comes back in the proposals and must sort."""

    key: Hashable
    title: str = ""
    authors: tuple[str, ...] = ()
    year: int | None = None
    journal: str = ""
    volume: str = ""
    pages: str = ""
    doi: str = ""
    pmid: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """``a`` < ``b`` may be the same paper. ``score``: 0 to 1, 1 for the same identifier."""

    a: Hashable
    b: Hashable
    reason: str
    score: float


def propose(items: Iterable[Item]) -> list[Proposal]:
    """The proposals, best first, none of them implied by the others.

    Of n records of one paper it proposes n - 1 pairs, the best ones. Two groups that name
    different DOIs or PMIDs are not joined by way of a record that names none.
    """
    known = sorted((traits_of(item) for item in items), key=lambda traits: traits.order)
    likely: dict[tuple[int, int], Likeness] = {}
    for places in _blocks(known):
        for a, b in _pairs(places):
            if (a, b) in likely or known[a].key == known[b].key:
                continue
            if found := compare(known[a], known[b]):
                likely[a, b] = found
    return [
        Proposal(*sorted((known[a].key, known[b].key)), found.reason, found.score)
        for a, b, found in _forest(known, likely)
    ]


def clusters(pairs: Iterable[tuple[Hashable, Hashable]]) -> list[list[Hashable]]:
    """Groups of keys connected by ``pairs``, each sorted, in order of their first key."""
    groups = _Groups()
    for a, b in pairs:
        groups.join(a, b)
    members = defaultdict(list)
    for key in groups.parent:
        members[groups.root(key)].append(key)
    return sorted(sorted(group) for group in members.values())


class _Groups:
    """Union-find."""

    def __init__(self):
        self.parent = {}

    def root(self, key):
        self.parent.setdefault(key, key)
        while self.parent[key] != key:
            self.parent[key] = key = self.parent[self.parent[key]]
        return key

    def join(self, a, b):
        self.parent[self.root(b)] = self.root(a)


def _blocks(known: list[Traits]):
    """Lists of places in ``known`` worth comparing, each in title order."""
    blocks = defaultdict(list)
    for place, traits in enumerate(known):
        for block in traits.blocks:
            blocks[block].append(place)
    return (places for places in blocks.values() if len(places) > 1)


def _pairs(places):
    """All pairs of a small block; in a large one each with its next neighbours by title."""
    reach = len(places) if len(places) <= ALL_PAIRS else WINDOW
    for index, a in enumerate(places):
        for b in places[index + 1 : index + 1 + reach]:
            yield a, b


def _forest(known, likely):
    """The best pairs that connect what belongs together."""
    groups = _Groups()
    names = {place: (traits.dois, traits.pmids) for place, traits in enumerate(known)}
    best_first = sorted(likely.items(), key=lambda entry: (-entry[1].score, entry[0]))
    for (a, b), found in best_first:
        first, second = groups.root(a), groups.root(b)
        if first == second:
            continue
        joined = _united(names[first], names[second])
        own = _united((known[a].dois, known[a].pmids), (known[b].dois, known[b].pmids))
        # What the two records themselves name has been judged; what others name has not.
        if not found.certain and any(
            len(all_) > max(1, len(judged)) for all_, judged in zip(joined, own, strict=True)
        ):
            continue
        groups.join(first, second)
        names[first] = joined
        yield a, b, found


def _united(names, others):
    return tuple(x | y for x, y in zip(names, others, strict=True))
