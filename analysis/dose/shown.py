"""A dose-response run as its pages print it."""

from .. import plan_facts
from ..errors import NotAnalysable
from ..figures import numbers
from ..figures.svg import NotDrawable
from ..witness import Source
from .figures import FIGURES, printer, versus
from .measures import COVARIANCES, DESIGNS, MEASURES, METHODS, ROLES, SHAPES, STAGES, effect

WIDE = 900


def check(run):
    """A run is kept for good, so one that could never be drawn is refused beforehand."""
    try:
        main(run), predictions(run)
        for figure in FIGURES.values():
            figure.make(run).svg(width=WIDE)
    except NotDrawable as refusal:
        raise NotAnalysable(
            f"The result is out of the range of a plot: {refusal}. Print slopes per fewer units of"
            " the dose, predict nearer to the studied doses, or take fewer knots."
        ) from refusal


def context(run):
    """What the template asks of a run."""
    return {
        "stats": _stats(run),
        "drawings": [figure.on_page(name, run, WIDE) for name, figure in FIGURES.items()],
        "versus": versus(run),
        "predictions": predictions(run),
        "terms": terms(run),
        "tests": tests(run),
    }  # fmt: skip


def main(run):
    """The effect that a reader takes away: of a line per so many units, else at a middle dose."""
    (line,) = _main(run.spec, [run.results])
    return line


def _main(spec, many):
    """``(what, estimate, interval)`` of each of many results, printed alike."""
    back = printer(spec)
    found = [_of_main(spec, results) for results in many]
    bounds = [[back(value) for value in one[1:]] for one in found]
    write = numbers.alike(min(high - low for _, low, high in bounds))
    return [
        {"what": one[0], "estimate": write(at), "interval": f"{write(low)} to {write(high)}"}
        for one, (at, low, high) in zip(found, bounds, strict=True)
    ]


def _of_main(spec, results):
    if spec["shape"] == "linear":
        per, term = float(spec["per"]), results["terms"][0]
        values = (term[name] * per for name in ("beta", "ci_lb", "ci_ub"))
        return f"per {per:g}", *values
    away = [one for one in results["predictions"] if one["dose"] != results["reference"]]
    middle = away[len(away) // 2]
    what = f"at {middle['dose']:g} against {results['reference']:g}"
    return what, middle["pred"], middle["ci_lb"], middle["ci_ub"]


def tell(spec, many):
    """Each of many results as a line."""
    lines = zip(_main(spec, many), many, strict=True)
    return [
        f"{effect(spec)} {one['what']}: {one['estimate']} ({one['interval']}),"
        f" {numbers.p_statement(results['overall']['p'])}, {results['k']} studies"
        for one, results in lines
    ]


def say(run):
    """The result as a sentence or two."""
    results, (line,) = run.results, tell(run.spec, [run.results])
    bend = results["nonlinear"]
    curved = f" Beyond a line: {numbers.p_statement(bend['p'])}." if bend else ""
    share = "" if results["Q"]["I2"] is None else f" I² {numbers.percent(results['Q']['I2'])}."
    return f"{line}.{curved}{share}"


def _stats(run):
    results, first = run.results, main(run)
    bend, q, fit = results["nonlinear"], results["Q"], results["fitness"]
    beyond = f"beyond a line: {numbers.p_statement(bend['p'])}" if bend else "a line cannot bend"
    left = len(run.inputs["excluded"])
    told = [
        (f"{effect(run.spec)} {first['what']}", first["estimate"],
         f"{results['level']:g}% interval {first['interval']}"),
        ("Any trend", numbers.p_statement(results["overall"]["p"]), beyond),
        ("Heterogeneity", None if q["I2"] is None else f"I² {numbers.percent(q['I2'])}",
         _chi2(f"Q({q['df']})", q["Q"], q["p"])),
        ("Fit of the mean trend", f"R² {numbers.fixed(fit['R2'], 2)}",
         _chi2(f"deviance ({fit['df']})", fit["D"], fit["p"])),
        ("Studies", results["k"], f"{results['contrasts']} contrasts; {left} could not enter"),
    ]  # fmt: skip
    return [dict(zip(("label", "value", "note"), one, strict=True)) for one in told]


def _chi2(name, value, p):
    return f"{name} = {numbers.fixed(value, 1)}, {numbers.p_statement(p)}"


def predictions(run):
    """``(dose, effect, interval, prediction)`` as texts, with equal decimals."""
    back, found = printer(run.spec), run.results["predictions"]
    names = ("pred", "ci_lb", "ci_ub", "pi_lb", "pi_ub")
    printed = [[back(one[name]) for name in names] for one in found]
    digits = numbers.decimals([high - low for _, low, high, *_ in printed])
    rows = []
    for one, values in zip(found, printed, strict=True):
        at, low, high, first, last = (numbers.fixed(value, digits) for value in values)
        dose = numbers.shortest(one["dose"])
        rows.append((dose, at, f"{low} to {high}", f"{first} to {last}"))
    return rows


def terms(run):
    """``(term, coefficient, interval, p, tau)`` as texts, on the scale of analysis."""
    write, rows = numbers.significant, []
    for one in run.results["terms"]:
        interval = f"{write(one['ci_lb'])} to {write(one['ci_ub'])}"
        p = numbers.p_value(one["p"])
        rows.append((one["term"], write(one["beta"]), interval, p, write(one["tau"])))
    return rows


def tests(run):
    """``(test, statistic, df, p)`` as texts."""
    results = run.results
    rows = [("Any trend (all coefficients 0)", results["overall"]["chi2"],
             results["overall"]["df"], results["overall"]["p"])]  # fmt: skip
    if bend := results["nonlinear"]:
        rows.append(("Beyond a line (the others 0)", bend["chi2"], bend["df"], bend["p"]))
    rows.append((_heterogeneity(run), *(results["Q"][name] for name in ("Q", "df", "p"))))
    fit = results["fitness"]
    rows.append(("Misfit of the mean trend (deviance)", fit["D"], fit["df"], fit["p"]))
    return [(name, numbers.fixed(x, 2), df, numbers.p_value(p)) for name, x, df, p in rows]


def _heterogeneity(run):
    if run.spec["stages"] == 2:
        return "Heterogeneity of the studies' own trends"
    return "Heterogeneity and misfit of a common trend"


def facts(plan, spec):
    """What a plan does, as pairs of term and value."""
    form, named = plan_facts.asked(plan, spec)
    return plan_facts.told([
        ("Measure", MEASURES[spec["measure"]].name),
        ("Form", form.name),
        *((ROLES[role][0], named(key)) for role, key in spec["fields"].items()),
        ("Outcome", spec["outcome"]),
        ("Design", DESIGNS.get(spec.get("design"))),
        ("Covariances", COVARIANCES.get(spec.get("covariance"))),
        ("Reference arm", spec["reference"]),
        ("Shape", SHAPES[spec["shape"]]),
        ("Knots", ", ".join(spec["knots"])),
        ("Model", STAGES[str(spec["stages"])]),
        ("Variance between studies", METHODS[spec["method"]]),
        ("Predicted against", spec["reference_dose"]),
        ("Predicted at", ", ".join(spec["predict_at"])),
        ("Slopes printed per", spec["per"]),
        ("Interval", f"{spec['level']}%"),
    ])  # fmt: skip


def study(run, study):
    """What a study came with, or None when it did not enter."""
    entered = [row["study"] for row in run.inputs["rows"]]
    if study not in entered:
        return None
    row = run.inputs["rows"][entered.index(study)]
    found = run.results["studies"][entered.index(study)]
    back, per = printer(run.spec), float(run.spec["per"])
    contrasts = [
        (f"At {dose:g} against {found['reference']:g}",
         f"{numbers.significant(back(y))}, sampling variance {v[i]:.4g}")
        for i, (dose, y, v) in enumerate(zip(found["dose"], found["yi"], found["V"], strict=True))
    ]  # fmt: skip
    own = (f"Own line, per {per:g}", numbers.significant(back(found["slope"] * per)))
    return {"label": row["label"], "facts": [*contrasts, own], "sources": _sources(row)}


NAMES = {"estimate": "Log ratio", "se": "Standard error", "mean": "Mean", "sd": "SD"}


def _sources(row):
    """The numbers of a study, each with its approved cell."""
    columns = {"estimate": ("estimate", "se"), "mean": ("mean", "sd")}
    return [
        Source(f"{NAMES.get(name) or ROLES[name][0]}, {arm['arm']}", arm["values"][name], cell)
        for arm in row["arms"]
        for role, cell in arm["cells"].items()
        for name in columns.get(role, (role,))
        if arm["values"].get(name) is not None
    ]
