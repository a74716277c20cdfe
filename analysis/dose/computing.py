"""Arms of several studies -> the pooled trend, plain JSON."""

from dataclasses import asdict

import numpy as np

from ..datasets import Excluded
from ..errors import NotAnalysable
from ..stats.dose_response import covariance, curves, trends
from ..stats.errors import NotEstimable, NotPoolable
from .reading import dose_name, read

STEPS = 80  # of the drawn curve


def compute(data, spec):
    """Return ``(inputs, results)`` of a spec on a snapshot's content.

    Raises ``NotAnalysable`` when the studies that can enter do not make a trend.
    """
    found, excluded = read(data, spec)
    rows, studies = [], {}
    for row, name in zip(found, _names(found), strict=True):
        try:
            studies[name] = contrasts(row, spec)
            rows.append(row)
        except (NotPoolable, NotEstimable) as refusal:
            excluded.append(Excluded(row["study"], row["label"], _in_arms(refusal, row)))
    if len(rows) < 2:
        raise NotAnalysable(_too_few(rows, excluded))
    try:
        trend, line = fitted(studies, curve_of(rows, spec), spec)
        results = told(trend, line, spec, *_doses(studies, spec)) | {"dose": dose_name(data, spec)}
    except (NotPoolable, NotEstimable) as refusal:
        raise NotAnalysable(f"These studies make no trend: {refusal}.") from refusal
    kept = []
    for row, name in zip(rows, studies, strict=True):
        if spec["stages"] == 2 and name in trend.first.left_out:
            excluded.append(
                Excluded(row["study"], row["label"], _sentence(trend.first.left_out[name]))
            )
        else:
            kept.append((row, name))
    results["studies"] = [
        _study(row, studies[name], trend, results["reference"]) | _slope(line, name)
        for row, name in kept
    ]
    inputs = {"rows": [row for row, _ in kept], "excluded": [asdict(one) for one in excluded]}
    return inputs, results


def _names(rows):
    """What the engine calls each study: its label, with its number where any two are alike."""
    labels = [row["label"] for row in rows]
    if len(set(labels)) == len(labels):
        return labels
    return [f"{row['label']} ({row['study']})" for row in rows]


def _sentence(text):
    return f"{text[:1].upper()}{text[1:]}."


def contrasts(row, spec):
    """The ``covariance.Contrasts`` of a row of inputs."""
    arms = [arm["values"] for arm in row["arms"]]

    def column(name):
        return [np.nan if arm.get(name) is None else arm[name] for arm in arms]

    if spec["measure"] == "ADJ":
        known = spec["covariance"] != "NONE"
        return covariance.from_estimates(
            column("dose"), column("estimate"), column("se"), column("cases") if known else None,
            column("total") if known else None, spec["design"], reference=row["reference"],
            method=spec["covariance"],
        )  # fmt: skip
    if spec["measure"] == "N":
        return covariance.from_counts(
            column("dose"), column("cases"), column("total"), spec["design"],
            reference=row["reference"],
        )  # fmt: skip
    return covariance.from_means(
        column("dose"), column("mean"), column("sd"), column("n"), measure=spec["measure"],
        reference=row["reference"],
    )  # fmt: skip


def curve_of(rows, spec):
    """The ``curves.Curve`` of a spec; knots at percentiles of all arms' doses unless named."""
    shape = spec["shape"]
    if shape == "linear":
        return curves.linear()
    if shape == "quadratic":
        return curves.quadratic()
    if spec["knots"]:
        return curves.spline_at([float(knot) for knot in spec["knots"]])
    doses = [arm["values"]["dose"] for row in rows for arm in row["arms"]]
    return curves.spline(doses, int(shape.removeprefix("spline")))


def fitted(studies, curve, spec):
    """The ``trends.Trend`` of `Contrasts` by name, and that of the straight lines, two stages, of
    the studies that entered it."""
    options = {"method": spec["method"], "level": spec["level"] / 100}
    trend = trends.fit_trend(studies, curve, stages=spec["stages"], **options)
    left_out = trend.first.left_out if spec["stages"] == 2 else ()
    entered = {name: one for name, one in studies.items() if name not in left_out}
    return trend, trends.fit_trend(entered, curves.linear(), **options)


def _doses(studies, spec):
    """The reference of predictions, the doses to predict at, and those of the drawn curve.

    A reference may stand amid the doses (seven hours of sleep): the curve has both its sides.
    """
    references = [one.reference for one in studies.values()]
    studied = np.concatenate([references, *(one.dose for one in studies.values())])
    named = spec["reference_dose"]
    reference = min(references) if named is None else float(named)
    lowest, highest = min(float(studied.min()), reference), float(studied.max())
    if reference > highest:
        raise NotPoolable("the reference dose is above every studied dose: name a lower one")
    chosen = [float(dose) for dose in spec["predict_at"]]
    if not set(chosen) - {reference}:
        chosen = [dose for dose in _round_doses(lowest, highest) if dose != reference]
    return reference, chosen, np.linspace(lowest, highest, STEPS)


def told(trend, line, spec, reference, chosen, grid):
    """The results of a trend but for its studies, plain JSON."""
    curved = trend.nonlinear and dict(zip(("chi2", "df", "p"), trend.nonlinear, strict=True))
    return {
        "measure": spec["measure"], "level": spec["level"], "k": trend.k,
        "contrasts": trend.contrasts, "reference": reference, "knots": list(trend.curve.knots),
        "terms": _terms(trend), "G": trend.G.tolist(), "Q": _q(trend),
        "overall": {"chi2": trend.QM, "df": trend.beta.size, "p": trend.QMp},
        "nonlinear": curved, "fitness": asdict(trend.fitness), "ll": trend.ll,
        "predictions": _predicted(trend, chosen, reference),
        "curve": _predicted(trend, grid, reference),
        "line": _terms(line)[0] | {"Q": _q(line), "k": line.k},
    }  # fmt: skip


def _q(trend):
    return {"Q": trend.QE, "df": trend.QE_df, "p": trend.QEp, "I2": trend.I2}


def _slope(line, name):
    place = line.first.labels.index(name)
    beta, vi = line.first.beta[place, 0], line.first.V[place, 0, 0]
    return {"slope": float(beta), "slope_vi": float(vi)}


def _study(row, one, trend, reference):
    """A study's contrasts; ``shift`` brings them to the reference dose of the figure."""
    shift = float(trends.predict(trend, one.reference, reference).pred[0])
    return {
        "study": row["study"], "label": row["label"], "reference": one.reference, "shift": shift,
        "dose": one.dose.tolist(), "yi": one.yi.tolist(), "V": one.V.tolist(),
        "rows": one.rows.tolist(),
    }  # fmt: skip


def _terms(trend):
    columns = (trend.beta, trend.se, trend.ci_lb, trend.ci_ub, trend.pval, trend.tau)
    names = ("beta", "se", "ci_lb", "ci_ub", "p", "tau")
    return [
        {"term": term} | dict(zip(names, map(float, values), strict=True))
        for term, *values in zip(trend.curve.terms, *columns, strict=True)
    ]


def _predicted(trend, doses, reference):
    found = trends.predict(trend, doses, reference)
    names = ("dose", "pred", "se", "ci_lb", "ci_ub", "pi_lb", "pi_ub")
    return [
        dict(zip(names, map(float, row), strict=True))
        for row in zip(*(getattr(found, name) for name in names), strict=True)
    ]


def _round_doses(lowest, highest):
    """Four to ten round doses from the lowest to the highest."""
    room = highest - lowest
    power = 10.0 ** np.floor(np.log10(room))
    step = next(f * power for f in (0.1, 0.2, 0.25, 0.5, 1, 2) if room / (f * power) < 9)
    first = np.ceil(lowest / step - 1e-9) + 0.0  # which makes 0 of -0
    return [float(x) for x in np.round(np.arange(first, highest / step + 1e-9) * step, 10)]


def _in_arms(refusal, row):
    """The refusal of an engine that counts arms, ended as a sentence."""
    names = ", ".join(f"{i + 1} is “{arm['arm']}”" for i, arm in enumerate(row["arms"]))
    return f"{str(refusal)[:1].upper()}{str(refusal)[1:]} ({names})."


def _too_few(rows, excluded):
    told = "; ".join(f"{one.label}: {one.reason}" for one in excluded)
    can = f"only {rows[0]['label']} can enter" if rows else "no study can enter"
    return f"A trend needs two studies or more, and {can}. {told}".strip()
