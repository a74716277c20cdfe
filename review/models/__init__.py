"""WHO decides, and WHICH studies: the rows."""

from .ledger import Chain, Event, Job
from .moves import IllegalMove, Moves
from .people import Invitation, Membership, User
from .protocol import Criterion, ExclusionReason, Highlight, Review, Search, Stage
from .references import Batch, DuplicatePair, Reference, Report, ReportFile, StoredFile
from .screening import Ruling, Screening, Verdict, Vote

__all__ = [
    "Batch",
    "Chain",
    "Criterion",
    "DuplicatePair",
    "Event",
    "ExclusionReason",
    "Highlight",
    "IllegalMove",
    "Invitation",
    "Job",
    "Membership",
    "Moves",
    "Reference",
    "Report",
    "ReportFile",
    "Review",
    "Ruling",
    "Screening",
    "Search",
    "Stage",
    "StoredFile",
    "User",
    "Verdict",
    "Vote",
]
