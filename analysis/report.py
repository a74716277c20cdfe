"""Step 10: frozen data -> the tables and figures a review prints. Reads only.

Every table is made from a snapshot's content by definition, never typed: a form gives the
columns of an evidence table, an instrument those of a quality table.
"""

from dataclasses import dataclass

from extraction import schema
from extraction.instruments import loader

from . import tabulate
from .figures.lights import Light, Mark
from .figures.traffic import Domain, Judged, Traffic

NOT_A_VALUE = {"not_reported": "—", "unclear": "?"}
STAR = "*"
SHORT = 16  # characters
CHECKLIST = "scored_checklist"


@dataclass(frozen=True, slots=True)
class Shown:
    """One cell: its text as the paper prints it, the id of its approved cell, and the numbers
    of the remarks under the table that are about it."""

    text: str
    cell: int | None = None
    remarks: tuple[int, ...] = ()
    numeric: bool = False

    @property
    def short(self):
        """Whether the text should not be broken."""
        return len(self.text) <= SHORT


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """``study`` is empty in the further rows of a study."""

    study: str
    unit: str
    cells: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """What the checks say of one cell; the paper prints it so where it was ``confirmed``."""

    number: int
    where: str
    text: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class EvidenceTable:
    """One form's approved data. ``groups`` are the form's sections with their columns' count."""

    title: str
    groups: tuple[tuple[str, int], ...]
    columns: tuple[str, ...]
    rows: tuple[EvidenceRow, ...]
    remarks: tuple[Remark, ...]
    by_unit: bool


@dataclass(frozen=True, slots=True)
class QualityRow:
    """One study of a checklist: a mark for each item, the scores and the judgement."""

    study: str
    marks: tuple[str, ...]
    scores: tuple[str, ...]
    band: str


@dataclass(frozen=True, slots=True)
class QualityTable:
    """A checklist over all studies; ``items`` are number and question. ``star`` says whether
    any mark carries the star: the assessors first disagreed on it."""

    title: str
    items: tuple[tuple[str, str], ...]
    scores: tuple[str, ...]
    rows: tuple[QualityRow, ...]
    star: bool


def evidence_tables(data):
    """The evidence tables of a snapshot's content, one for each form that asks for cells."""
    made = [_evidence(form, data["studies"]) for form in data["forms"]]
    return [table for table in made if table.columns]


def quality_tables(data):
    """One table for each scored checklist in use."""
    return [_quality(tool, found) for tool, found in _by_tool(data) if tool.kind == CHECKLIST]


def lights_of(data, title, outcome=""):
    """The settled judgements by one tool: the names of its domains, the last "Overall", and
    ``{study id: marks}``.

    Of a study that was judged for several results, the one named ``outcome`` counts, else the
    last, as in ``datasets.risk_of_bias``.
    """
    tools = {sha256: tool for sha256, tool in _tools(data).items() if tool.title == title}
    chosen = {}
    for study in data["studies"]:
        found = [one for one in study.get("appraisals", ()) if one["sha256"] in tools]
        exact = [one for one in found if one["result"].casefold() == outcome.casefold()]
        if found:
            chosen[study["id"]] = [*found, *exact][-1]
    domains = {}
    for one in chosen.values():
        domains |= {domain.id: domain for domain in _judged(tools[one["sha256"]], [one])}
    marks = {
        study: _marks(_lights(tools[one["sha256"]].scale), domains.values(), one)
        for study, one in chosen.items()
    }
    names = (*(domain.title for domain in domains.values()), "Overall")
    return (names if marks else ()), marks


def traffic_lights(data):
    """The input of one traffic-light figure for each judgement tool in use."""
    return [_traffic(tool, found) for tool, found in _by_tool(data) if tool.kind != CHECKLIST]


def _evidence(form, studies):
    fields = tabulate.asked(form).values()
    rows, remarks = [], []
    for study, record in tabulate.records(form, studies):
        for row in tabulate.rows(record, form):
            cells = tuple(
                _shown(field, cell, row, study["label"], remarks)
                for field, cell in zip(fields, row.cells, strict=True)
            )
            rows.append(EvidenceRow(study["label"] if row.first else "", row.unit, cells))
    groups = [
        (one["title"], sum(not schema.is_column(field) for field in one["fields"]))
        for one in form["schema"]["sections"]
    ]
    groups.append(("Computed", len(form["schema"].get("derived", []))))
    return EvidenceTable(
        title=form["name"],
        groups=tuple((title, span) for title, span in groups if span),
        columns=tuple(map(tabulate.heading, fields)),
        rows=tuple(rows),
        remarks=tuple(remarks),
        by_unit=any(row.unit for row in rows),
    )


def _shown(field, cell, row, study, remarks):
    """A cell as printed; what the checks say of it goes on the list ``remarks``."""
    if cell is None or not (row.first or schema.takes_arm(field) or schema.takes_outcome(field)):
        return Shown("")
    numbers = []
    for warning in cell["warnings"]:
        where = ", ".join(filter(None, (study, row.unit, field["label"])))
        numbers.append(len(remarks) + 1)
        remarks.append(Remark(numbers[-1], where, warning["text"], warning["confirmed"]))
    if cell["state"] == schema.VALUE:
        text = cell["value"].get("printed") or schema.show(field, cell["value"])
    else:
        text = NOT_A_VALUE[cell["state"]]
    return Shown(text, cell["id"], tuple(numbers), field["kind"] in schema.NUMERIC)


def _tools(data):
    """The instruments of a snapshot's content by their hash."""
    return {
        one["sha256"]: loader.parse(loader.canonical(one["definition"]))
        for one in data["instruments"]
    }


def _by_tool(data):
    """Each instrument in use with its ``(study's label, appraisal)`` list."""
    tools = _tools(data)
    found = {sha256: [] for sha256 in tools}
    for study in data["studies"]:
        for appraisal in study["appraisals"]:
            found[appraisal["sha256"]].append((study["label"], appraisal))
    return [(tools[sha256], rows) for sha256, rows in found.items() if rows]


def _titled(tool, found):
    """The title of a table, and its ``(label, appraisal)`` list: the result that was appraised
    stands in the title when it is the same for all, else beside each study."""
    results = {appraisal["result"] for _, appraisal in found}
    if len(results) == 1:
        return ": ".join(filter(None, (tool.title, *results))), found
    rows = [(": ".join(filter(None, (label, one["result"]))), one) for label, one in found]
    return tool.title, rows


def _quality(tool, found):
    rows = []
    title, found = _titled(tool, found)
    for label, appraisal in found:
        answers = {answer["item"]: answer for answer in appraisal["answers"]}
        scores = {score["id"]: _score(score) for score in appraisal["judgements"]["scores"]}
        overall = tool.level(appraisal["judgements"]["overall"]["final"])
        rows.append(
            QualityRow(
                study=label,
                marks=tuple(_mark(answers.get(name)) for name in tool.questions),
                scores=tuple(scores.get(total.id, "") for total in tool.scores),
                band=overall.label if overall else "undecided",
            )
        )
    return QualityTable(
        title=title,
        items=tuple((question.number, question.text) for question in tool.questions.values()),
        scores=("Score",) if len(tool.scores) == 1 else tuple(one.id for one in tool.scores),
        rows=tuple(rows),
        star=any(STAR in mark for row in rows for mark in row.marks),
    )


def _score(score):
    low, high = (f"{score[end]:g}" for end in ("low", "high"))
    return low if low == high else f"{low} to {high}"


def _mark(answer):
    if answer is None:
        return ""
    return answer["code"].replace("-", "−") + (STAR if answer["first_disagreed"] else "")


def _traffic(tool, found):
    title, found = _titled(tool, found)
    lights = _lights(tool.scale)
    domains = _judged(tool, [appraisal for _, appraisal in found])
    return Traffic(
        title=title,
        domains=(
            *(Domain(f"D{domain.number}", domain.title) for domain in domains),
            Domain("Overall", "Overall"),
        ),
        rows=tuple(Judged(label, _marks(lights, domains, one)) for label, one in found),
    )


def _judged(tool, appraisals):
    """The domains of a tool that any of these appraisals judges."""
    judged = {one["id"] for appraisal in appraisals for one in _domains(appraisal) if one["final"]}
    return [domain for domain in tool.domains if domain.id in judged]


def _marks(lights, domains, appraisal):
    judged = {one["id"]: one["final"] for one in _domains(appraisal)}
    overall = appraisal["judgements"]["overall"]["final"]
    return tuple(lights.get(code) for code in [*(judged.get(d.id) for d in domains), overall])


def _domains(appraisal):
    return appraisal["judgements"]["domains"]


def _lights(scale):
    """A mark for each level: the mildest is low, the worst high, whatever the tool calls them;
    between them some concerns, then serious."""
    ranked = sorted(
        (level for level in scale if level.severity is not None), key=lambda one: one.severity
    )
    steps = [Light.LOW, Light.SOME, *[Light.SERIOUS] * len(ranked)][: max(1, len(ranked) - 1)]
    steps += [Light.HIGH]
    marks = {
        level.code: Mark(light, level.label) for level, light in zip(ranked, steps, strict=False)
    }
    return marks | {
        level.code: Mark(Light.NONE, level.label) for level in scale if level.severity is None
    }
