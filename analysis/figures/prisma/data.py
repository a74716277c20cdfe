"""What a PRISMA 2020 flow diagram shows: boxes with counts, in stages. Wording in one place."""

from dataclasses import dataclass

from ..numbers import count
from ..svg import NotDrawable

NOT_RECORDED = "not recorded"


@dataclass(frozen=True, slots=True)
class Line:
    """A part of a box: a source, a reason; without ``n`` a remark. ``indent`` sets it under the
    line above."""

    label: str
    n: int | None = None
    indent: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """A count with its parts. None has not been recorded; "" takes the statement's own wording.

    ``href`` leads to the rows that were counted.
    """

    n: int | None
    label: str = ""
    lines: tuple[Line, ...] = ()
    href: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """A box of the main flow, what leaves it aside, and what still waits there (open work)."""

    box: Box
    aside: Box | None = None
    waiting: Box | None = None


@dataclass(frozen=True, slots=True)
class OtherMethods:
    """Websites, organisations, citation searching: reports that skip title screening."""

    identification: Stage
    retrieval: Stage
    eligibility: Stage


@dataclass(frozen=True, slots=True)
class PrismaFlow:
    """The whole diagram. ``other`` adds a column; ``previous`` and ``total`` make it an update."""

    identification: Stage
    screening: Stage
    retrieval: Stage
    eligibility: Stage
    included: Stage
    other: OtherMethods | None = None
    previous: Box | None = None
    total: Box | None = None
    title: str = "PRISMA 2020 flow diagram"


@dataclass(frozen=True, slots=True)
class Section:
    """A column of the diagram: its heading and its stages by row of the diagram."""

    heading: str
    stages: dict[int, Stage]


# Rows of the diagram, and the wording of their box, what leaves it and what waits there.
IDENTIFICATION, SCREENING, RETRIEVAL, ELIGIBILITY, INCLUDED, TOTAL = range(6)
WORDING = {
    IDENTIFICATION: (
        "Records identified", "Records removed before screening", "Duplicates to decide",
    ),
    SCREENING: ("Records screened", "Records excluded", "Not settled yet"),
    RETRIEVAL: ("Reports sought for retrieval", "Reports not retrieved", "Not obtained yet"),
    ELIGIBILITY: ("Reports assessed for eligibility", "Reports excluded", "Not decided yet"),
    INCLUDED: ("Studies included in review", "", "Not linked to a study yet"),
    TOTAL: ("Total studies included in review", "", ""),
}  # fmt: skip
PHASES = (
    ("Identification", IDENTIFICATION, IDENTIFICATION),
    ("Screening", SCREENING, ELIGIBILITY),
    ("Included", INCLUDED, TOTAL),
)
_PREVIOUS = "Studies included in previous version of review"
_NEW = "New studies included in review"


def sections(flow):
    """The columns of ``flow`` from left to right, without the row of the included studies."""
    found = []
    if flow.previous:
        box = flow.previous
        named = Box(box.n, box.label or _PREVIOUS, box.lines, box.href)
        found.append(Section("Previous studies", {IDENTIFICATION: Stage(named)}))
    stages = (flow.identification, flow.screening, flow.retrieval, flow.eligibility)
    heading = "Identification of studies via databases and registers"
    found.append(Section(heading, dict(enumerate(stages))))
    if flow.other:
        other = {
            IDENTIFICATION: flow.other.identification,
            RETRIEVAL: flow.other.retrieval,
            ELIGIBILITY: flow.other.eligibility,
        }
        found.append(Section("Identification of studies via other methods", other))
    return found


def endings(flow):
    """The last rows: the included studies, and in an update the total."""
    included = flow.included
    if flow.previous and not included.box.label:
        box = Box(included.box.n, _NEW, included.box.lines, included.box.href)
        included = Stage(box, included.aside, included.waiting)
    return {INCLUDED: included} | ({TOTAL: Stage(flow.total)} if flow.total else {})


def boxes_of(row, stage):
    """(kind, box, label) of every box of ``stage`` that is drawn; open work while there is any."""
    own, aside, waiting = WORDING[row]
    found = [("node", stage.box, stage.box.label or own)]
    if stage.aside:
        found.append(("aside", stage.aside, stage.aside.label or aside))
    if stage.waiting and stage.waiting.n:
        found.append(("open", stage.waiting, stage.waiting.label or waiting))
    return found


def counted(label, n):
    """``label`` with its count, which a line break never parts: Records screened (n = 2,460)."""
    return f"{label} (n\u00a0=\u00a0{printed(n)})"


def printed(n):
    return NOT_RECORDED.replace(" ", "\u00a0") if n is None else count(n)


def check(flow):
    """Raise ``NotDrawable`` for a count that cannot be one."""
    stages = [(row, s) for section in sections(flow) for row, s in section.stages.items()]
    for row, stage in [*stages, *endings(flow).items()]:
        for _, box, label in boxes_of(row, stage):
            for name, n in [(label, box.n), *((line.label, line.n) for line in box.lines)]:
                if n is not None and not (n >= 0 and n % 1 == 0):
                    raise NotDrawable(f"'{name}': {n} is not a count")
