"""What every parser returns: the records of a file, and what was wrong with it, by line."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

FIELDS = (
    "title",
    "abstract",
    "authors",
    "year",
    "journal",
    "volume",
    "issue",
    "pages",
    "doi",
    "pmid",
    "url",
    "keywords",
    "language",
    "kind",
)


class UnreadableFile(ValueError):
    """The file is not a reference export we read; the message says what it is and what to do."""


@dataclass(frozen=True, slots=True)
class Record:
    """One reference as its file gave it; text that was not given is ``""``, never a guess.

    ``line`` is the 1-based line (spreadsheets: row) where the record starts. ``raw`` is its
    own text with line ends as ``\\n``, or for a table row a JSON object of its cells.
    ``doi`` is lower case and bare (``10.x/...``), ``pmid`` digits only.
    """

    line: int
    raw: str
    title: str = ""
    abstract: str = ""
    authors: tuple[str, ...] = ()
    year: int | None = None
    journal: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    doi: str = ""
    pmid: str = ""
    url: str = ""
    keywords: tuple[str, ...] = ()
    language: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person should know. An ``error`` means: this record was left out."""

    line: int
    record: int | None  # 1-based place among the records of the file; None: the file itself
    level: Literal["error", "warning"]
    message: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """The reading of one file. Its books close or it cannot be built.

    ``expected`` counts the records that start in the file: each is in ``records`` or is
    named by exactly one problem of level ``error``.
    """

    format: str
    label: str
    records: tuple[Record, ...]
    problems: tuple[Problem, ...]
    expected: int

    def __post_init__(self):
        if self.expected != len(self.records) + self.rejected:
            raise AssertionError(
                f"{self.expected} records started, {len(self.records)} read, "
                f"{self.rejected} rejected"
            )

    @property
    def rejected(self) -> int:
        return sum(problem.level == "error" for problem in self.problems)

    @property
    def covered(self) -> dict[str, int]:
        """For each field, how many records have it."""
        return {
            name: sum(bool(getattr(record, name)) for record in self.records) for name in FIELDS
        }


@dataclass(frozen=True, slots=True)
class Format:
    """One format family: ``sniff`` says whether the bytes are of it, ``parse`` reads them."""

    key: str
    label: str
    sniff: Callable[[bytes], bool]
    parse: Callable[[bytes], Parsed]
