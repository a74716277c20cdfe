"""The figures of a run of diagnostic accuracy, by name."""

from ..drawn import Drawn, Figure
from ..figures import numbers, paired, plane
from ..witness import witness_url
from .measures import MODELS

COLUMNS = {"tp": "TP", "fp": "FP", "fn": "FN", "tn": "TN"}
# Of each group: its studies, its summary point, its curve or edge.
PAINTS = (
    ("f-bubble", "f-dot", "f-pi"),
    ("f-node", "f-box", "f-ci"),
    ("f-deep", "f-soft", "f-null"),
    ("f-common", "f-open-ink", "f-pooled"),
)
MANY = 30  # studies: with more of them the circles shrink


def paired_of(run):
    """Sensitivity and specificity of each study, group by group, each with its summary."""
    pairs = list(zip(run.inputs["rows"], run.results["studies"], strict=True))
    groups = tuple(
        paired.Group(
            (
                *(_row(run, row, own) for row, own in pairs if row["group"] == group["name"]),
                paired.Row(
                    "Summary", (), (tuple(group["sens"]), tuple(group["spec"])), pooled=True
                ),
            ),
            label=group["name"],
        )
        for group in run.results["groups"]
    )
    return paired.Paired(
        title=f"{run.plan.title}: sensitivity and specificity",
        columns=tuple(COLUMNS.values()),
        panels=("Sensitivity", "Specificity"),
        groups=groups,
        notes=_notes(run),
    )


def _row(run, row, own):
    values = row["values"]
    return paired.Row(
        row["label"],
        tuple(numbers.count(values[name]) if name in values else "–" for name in COLUMNS),
        tuple(None if one[0] is None else tuple(one) for one in own),
        href=witness_url(run, row["study"]),
    )


def _notes(run):
    level = f"{run.results['level']:g}%"
    return (
        f"Of each study: exact {level} intervals. Summary: {MODELS[run.spec['model']]}, {level}"
        f" intervals. Snapshot {run.snapshot.number}, sha256 {run.snapshot.sha256[:12]}.",
    )


def sroc_of(run):
    """Studies, summary points, regions and curve in the plane of the ROC."""
    results = run.results
    rows = list(zip(run.inputs["rows"], results["studies"], strict=True))
    most = max(sum(row["values"].values()) for row, _ in rows)
    widest = 2.0 * min(1.0, MANY / len(rows)) ** 0.4
    names = [group["name"] for group in results["groups"]]
    studies = tuple(
        plane.Point(
            row["label"], 1 - own[1][0], own[0][0], href=witness_url(run, row["study"]),
            size=0.5 + widest * (sum(row["values"].values()) / most) ** 0.5,
            paint=_paints(names.index(row["group"]))[0],
        )
        for row, own in rows if own[0][0] is not None and own[1][0] is not None
    )  # fmt: skip
    points = tuple(
        plane.Point(_summary(group), 1 - group["spec"][0], group["sens"][0],
                    named=bool(group["name"]), size=1.5, paint=_paints(i)[1])
        for i, group in enumerate(results["groups"])
    )  # fmt: skip
    curve = results["curve"]
    drawn = "rates" in curve
    curves = (plane.Line(tuple(curve["rates"]), tuple(curve["sens"]), "f-pi"),) if drawn else ()
    return plane.Plane(
        title=f"{run.plan.title}: summary ROC",
        x_label="1 − specificity (false positive rate)", y_label="Sensitivity",
        points=studies,
        lines=(plane.Line((0, 1), (0, 1), "f-rule"), *curves),
        over=tuple(_edges(results)),
        front=points,
        areas=_areas(results),
        x_limits=(0, 1), y_limits=(0, 1), square=True,
        keys=_keys(drawn, names, results["level"]),
        notes=("The area of a circle grows with the patients of its study.", *_told(run)),
    )  # fmt: skip


def _paints(place):
    return PAINTS[place % len(PAINTS)]


def _summary(group):
    return f"{group['name']}: summary" if group["name"] else "Summary point"


def _corners(group, name):
    """The corners of a region: false positive rates and sensitivities."""
    sens, spec = zip(*group["regions"][name], strict=True)
    return tuple(1 - one for one in spec), sens


def _areas(results):
    """Where a new study is expected; a shade only where there is one group, so that none hides
    another."""
    if len(results["groups"]) > 1:
        return ()
    return (plane.Area(*_corners(results["groups"][0], "prediction"), "f-phase"),)


def _edges(results):
    """The confidence region of each summary point, and of a single one the prediction region."""
    groups = results["groups"]
    if len(groups) == 1:
        yield plane.Line(*_corners(groups[0], "prediction"), "f-missing")
    for place, group in enumerate(groups):
        paint = _paints(place)[2] if len(groups) > 1 else "f-ci"
        yield plane.Line(*_corners(group, "confidence"), paint)


def _keys(curve, names, level):
    if len(names) > 1:
        return tuple(
            key
            for place, name in enumerate(names)
            for key in (
                plane.Key(_paints(place)[0], f"{name}: study", dot=True),
                plane.Key(_paints(place)[1], "summary point", dot=True),
                plane.Key(_paints(place)[2], f"{level:g}% confidence region"),
            )
        )
    found = [
        plane.Key("f-bubble", "Study", dot=True),
        plane.Key("f-dot", "Summary point", dot=True),
        plane.Key("f-ci", f"{level:g}% confidence region"),
        plane.Key("f-phase", f"{level:g}% prediction region"),
    ]
    return (*found, *([plane.Key("f-pi", "Summary curve (HSROC)")] if curve else []))


def _told(run):
    """What the figure leaves out, in words."""
    gaps = [row["label"] for row in run.inputs["rows"] if row["left"]]
    if gaps:
        yield f"Without one sort of patients and not in this figure: {', '.join(gaps)}."
    curve = run.results["curve"]
    if "rates" in curve:
        yield "The curve is drawn over the false positive rates that were observed."
    else:
        yield f"No summary curve: {curve['why_not']}."


def _paired(run):
    return Drawn(paired, paired_of(run))


def _sroc(run):
    return Drawn(plane, sroc_of(run))


FIGURES = {
    "forest": Figure("Sensitivity and specificity",
                     "Every study with its counts, and the summary.", _paired),
    "sroc": Figure("Summary ROC", "Studies, summary point, its regions and the summary curve.",
                   _sroc),
}  # fmt: skip
