"""Rows of ``reading`` -> the results of a network, plain JSON."""

from collections import defaultdict
from dataclasses import asdict
from math import sqrt

import numpy as np

from ..datasets import Excluded
from ..errors import NotAnalysable
from ..roles import EVENTS
from ..stats import heterogeneity, network, wald
from ..stats.errors import NotPoolable
from . import reading
from .measures import COMMON, MEASURES


def compute(data, spec):
    """Return ``(inputs, results)`` of a spec on a snapshot's content; plain JSON both.

    Raises ``NotAnalysable`` when the studies that can enter do not make a network.
    """
    rows, excluded = reading.read(data, spec)
    rows, arms, out = _entering(rows, spec)
    excluded += out
    if len(rows) < 2:
        raise NotAnalysable(_too_few(rows, excluded))
    inputs = {"rows": rows, "excluded": [asdict(one) for one in excluded]}
    try:
        return inputs, results_of(rows, arms, spec)
    except NotPoolable as refusal:
        raise NotAnalysable(f"These studies make no network: {refusal}.") from refusal


def _entering(rows, spec):
    """Rows that the reference's part of the network is made of, their `Arms`, and the others."""
    entered, out = [], []
    for row in rows:
        try:
            entered.append((row, arms_of(row, spec["measure"])))
        except NotPoolable as refusal:
            out.append(Excluded(row["study"], row["label"], _reason(refusal, row)))
    if not entered:
        return [], [], out
    parts = network.parts([arms.treatments for _, arms in entered])
    own = next((part for part in parts if spec["reference"] in part), None)
    if own is None:
        there = "; ".join(", ".join(part) for part in parts)
        raise NotAnalysable(
            f"No study with numbers has the reference, {spec['reference']}. There are:"
            f" {there}. Amend the plan: name another reference, or say which arms are this one."
        )
    for row, arms in entered:
        if arms.treatments[0] not in own:
            why = f"No chain of studies connects {' and '.join(arms.treatments)} with the reference"
            out.append(Excluded(row["study"], row["label"], f"{why}, {spec['reference']}."))
    kept = [(row, arms) for row, arms in entered if arms.treatments[0] in own]
    return [row for row, _ in kept], [arms for _, arms in kept], out


def _too_few(rows, excluded):
    told = "; ".join(f"{one.label}: {one.reason}" for one in excluded)
    can = f"only {rows[0]['label']} can enter" if rows else "no study can enter"
    return f"A network needs two studies or more, and {can}. {told}".strip()


def _reason(refusal, row):
    """The engine's refusal without the number by which it knows the study."""
    told = str(refusal).removeprefix(f"study {row['study']}")
    return f"It{told}." if told.startswith(" ") else f"{told[2:3].upper()}{told[3:]}."


def arms_of(row, measure):
    """The engine's `Arms` of a row. Raises `NotPoolable` where its numbers cannot be used."""
    name = str(row["study"])
    if MEASURES[measure].printed:
        return network.given(name, compared(row))
    make = network.counts if EVENTS in MEASURES[measure].roles else network.means
    return make(name, *together(row), measure)


def compared(row):
    """``(treatment, against, estimate, SE)`` of each printed comparison of a row."""
    return [(p["first"], p["second"], p["values"]["yi"], p["values"]["sei"]) for p in row["pairs"]]


def together(row):
    """Treatments of a row and their columns (events and patients, or mean, SD and patients);
    arms of one treatment are taken together."""
    own = defaultdict(list)
    for arm in row["arms"]:
        own[arm["node"]].append(arm["values"])
    one_of = _events_of if "xi" in row["arms"][0]["values"] else _mean_of
    return tuple(own), *zip(*map(one_of, own.values()), strict=True)


def _events_of(groups):
    return _total(groups, "xi"), _total(groups, "ni")


def _total(many, column):
    return sum(one[column] for one in many)


def _mean_of(groups):
    """Mean, SD and patients of several groups taken together."""
    n = _total(groups, "ni")
    mean = sum(one["ni"] * one["mi"] for one in groups) / n if n else 0.0
    square = sum(
        (one["ni"] - 1) * one["sdi"] ** 2 + one["ni"] * (one["mi"] - mean) ** 2 for one in groups
    )
    return mean, sqrt(max(square, 0.0) / (n - 1)) if n > 1 else 0.0, n


def results_of(rows, arms, spec):
    """Everything a run stores. Raises `NotPoolable` where the model cannot be fitted."""
    level = spec["level"] / 100
    c = network.assemble(arms, reference=spec["reference"])
    fit = network.network(c, method=spec["method"], test=spec["test"], level=level)
    parts = network.decompose(c)
    table = network.league(fit, level=level)
    return {
        "measure": spec["measure"],
        "level": float(spec["level"]),
        "k": len(rows),
        "treatments": _treatments(rows, fit, table, spec, level),
        "league": {name: _rows(getattr(table, name))
                   for name in ("est", "se", "ci_lb", "ci_ub", "pval")},
        "pairs": _pairs(c, fit, spec, level),
        "heterogeneity": _heterogeneity(fit, level),
        "within": _part(parts.within),
        "between": _part(parts.between),
        "designs": [
            {"treatments": list(one.design), "studies": one.studies, **_part(one),
             "detached": _part(left)}
            for one, left in zip(parts.designs, parts.detached, strict=True)
        ],
        "interaction": _interaction(c, spec),
        "heat": _heat(c),
        "adjusted": [row["label"] for row in rows if _has_empty_arm(row)],
        "studies": [_study(one) for one in arms],
    }  # fmt: skip


def _rows(matrix):
    return [[None if np.isnan(x) else float(x) for x in row] for row in matrix]


def _treatments(rows, fit, table, spec, level):
    """Each treatment with its place in the network, its effect and its P-score."""
    scores = network.p_scores(fit, higher_better=spec["good"] == "large")
    df = fit.QE_df - 1
    ahead = spec["method"] != COMMON and df > 0
    reach = wald.critical(level, df) * np.sqrt(table.se[:, 0] ** 2 + fit.tau2) if ahead else None
    found = []
    for i, name in enumerate(fit.treatments):
        own = [row for row in rows if name in _names(row)]
        one = {"name": name, "studies": len(own), "patients": _patients(own, name),
               "p_score": float(scores[i])}  # fmt: skip
        for column in ("est", "se", "ci_lb", "ci_ub", "pval"):
            value = getattr(table, column)[i, 0]
            one[column] = None if i == 0 else float(value)
        if i and ahead:
            one |= {"pi_lb": one["est"] - float(reach[i]), "pi_ub": one["est"] + float(reach[i])}
        found.append(one)
    return found


def _names(row):
    if "pairs" in row:
        return {name for pair in row["pairs"] for name in (pair["first"], pair["second"])}
    return {arm["node"] for arm in row["arms"]}


def _patients(rows, name):
    """Patients of a treatment; None where comparisons are given without them."""
    if any("pairs" in row for row in rows):
        return None
    return int(sum(a["values"]["ni"] for row in rows for a in row["arms"] if a["node"] == name))


def _pairs(c, fit, spec, level):
    """Pairs that studies compare: what these say, and what the rest of the network says."""
    splits = {
        (one.first, one.second): one
        for one in network.node_splits(c, method=spec["method"], test=spec["test"])
    }
    margin = wald.critical(level, fit.ddf)
    found = []
    for one in network.direct_evidence(fit):
        told = {
            "first": one.first,
            "second": one.second,
            "studies": one.studies,
            "share": one.share,
            "direct": _limits(one.est, one.se, margin),
            "split": None,
        }
        split = splits.get((one.first, one.second))
        if split:
            told["split"] = {
                "direct": _limits(split.direct, split.direct_se, margin),
                "indirect": _limits(split.indirect, split.indirect_se, margin),
                "difference": _limits(split.difference, split.se, margin),
                "pval": split.pval,
            }
        found.append(told)
    return found


def _limits(est, se, margin):
    return {"est": est, "se": se, "ci_lb": est - margin * se, "ci_ub": est + margin * se}


def _heterogeneity(fit, level):
    found = {"QE": fit.QE, "df": fit.QE_df, "QEp": fit.QEp, "tau2": None, "I2": None}
    if fit.fit.is_common_effect:
        return found
    bounds = heterogeneity.confint(fit.fit, level=level)
    return found | {"tau2": asdict(bounds.tau2), "I2": asdict(bounds.I2)}


def _part(one):
    return {"Q": one.Q, "df": one.df, "p": one.pval}


def _interaction(c, spec):
    found = network.design_by_treatment(c, method=spec["method"])
    return {"chi2": found.chi2, "df": found.df, "p": found.pval, "tau2": found.tau2}


def _heat(c):
    return [[float(x) for x in row] for row in network.net_heat(c)[1]]


def _has_empty_arm(row):
    return any(
        a["values"].get("xi") in (0, a["values"].get("ni")) for a in row.get("arms", ())
        if "xi" in a["values"]
    )  # fmt: skip


def _study(arms):
    """Differences of a study's arms from its last one, with standard errors."""
    last = len(arms.treatments) - 1
    return {
        "study": int(arms.study),
        "contrasts": [
            {
                "first": arms.treatments[i],
                "second": arms.treatments[last],
                "est": float(arms.a[i] - arms.a[last]),
                "se": float(sqrt(arms.C[i, i] + arms.C[last, last] - 2 * arms.C[i, last])),
            }
            for i in range(last)
        ],
    }
