"""WHAT each study says: the rows."""

from .appraisals import Answer, Appraisal, Assessment, FinalAnswer, Instrument
from .entries import Cell, CellState, Entry, Reading, Unit, UnitKind
from .former import Former
from .forms import Form, FormVersion
from .participants import (
    Participant,
    ParticipantDifference,
    ParticipantOpinion,
    ParticipantRecord,
    ParticipantTable,
    PrintedPair,
)
from .queries import AuthorQuery
from .records import (
    HarmlessRule,
    Opinion,
    Record,
    RecordCell,
    RecordUnit,
    StructureOpinion,
)
from .snapshots import Snapshot
from .studies import Study, StudyReport

__all__ = [
    "Answer",
    "Appraisal",
    "Assessment",
    "AuthorQuery",
    "Cell",
    "CellState",
    "Entry",
    "FinalAnswer",
    "Form",
    "FormVersion",
    "Former",
    "HarmlessRule",
    "Instrument",
    "Opinion",
    "Participant",
    "ParticipantDifference",
    "ParticipantOpinion",
    "ParticipantRecord",
    "ParticipantTable",
    "PrintedPair",
    "Reading",
    "Record",
    "RecordCell",
    "RecordUnit",
    "Snapshot",
    "StructureOpinion",
    "Study",
    "StudyReport",
    "Unit",
    "UnitKind",
]
