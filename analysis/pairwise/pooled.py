"""Rows of ``reading`` pooled by a plan's spec; plain JSON comes out. Pure."""

import re

import numpy as np

from ..stats import effects, subgroups, wald
from ..stats.errors import NotEstimable, NotPoolable
from ..stats.formula import model_matrix
from . import pooling_models, reading
from .pooling_models import sparse_tables, table


def pool(rows, spec):
    """Results of the plan's model, of each study, and of subgroups where the spec asks for them.

    Raises ``NotPoolable`` or ``NotEstimable``, naming the study where one is the reason.
    """
    pooling_models.refuse(spec)
    model = pooling_models.of(spec)
    whole = table.read(rows, pooling_models.settled(spec))
    whole = sparse_tables.own_peto(whole) if pooling_models.key_of(spec) == "PETO" else whole
    found = model.fit(whole)
    told = {
        "measure": spec["measure"],
        "level": float(spec["level"]),
        "k": whole.k,
        "common": found.common,
        "random": found.random,
        "prediction": found.prediction,
        "heterogeneity": found.heterogeneity,
        "adjusted": _adjusted(rows, spec),
        "subgroups": _subgroups(whole, model) or found.shown,
        "regression": _regression(whole, model),
        "studies": _studies(whole, found),
    }
    if pooling_models.key_of(spec) == pooling_models.INVERSE:
        return told
    return told | {"model": spec["model"], "tests": list(found.tests), "notes": list(found.notes)}


def main(results):
    """The estimate that a run is about: that of random effects, where its model has them."""
    return results["random"] or results["common"]


def counted(results):
    """How much entered, in words."""
    studies = results["heterogeneity"].get("studies")
    return f"{results['k']} results of {studies} studies" if studies else f"{results['k']} studies"


def name_of(row):
    """How a row of a run's inputs is called: its study, and which of its results it is."""
    return ", ".join(filter(None, (row["label"], row.get("result"))))


def _studies(whole, found):
    margin = wald.critical(whole.level) * np.sqrt(whole.vi)
    return [
        {
            "yi": float(whole.yi[i]),
            "vi": float(whole.vi[i]),
            "ci_lb": float(whole.yi[i] - margin[i]),
            "ci_ub": float(whole.yi[i] + margin[i]),
            "weight_common": _weight(found.weights["common"], i),
            "weight_random": _weight(found.weights["random"], i),
        }
        for i in range(whole.k)
    ]


def _weight(weights, place):
    return None if weights is None else float(weights[place])


def _subgroups(whole, model):
    """Each subgroup pooled with its own tau2, and the test between them; None without any."""
    if not whole.spec.get("subgroup"):
        return None
    names = [row.group for row in whole.rows]
    levels = sorted(set(names), key=lambda name: (name == reading.NO_GROUP, name))
    groups = [
        {"level": one} | _group(whole, model, [i for i, name in enumerate(names) if name == one])
        for one in levels
    ]
    tested = [one for one in groups if len(one["places"]) >= whole.spec.get("least", 1)]
    if model is _inverse():
        places = sorted(place for one in tested for place in one["places"])
        test = _between(whole.at(places), [names[place] for place in places])
    else:
        test = _apart(whole, tested)
    return {"label": whole.rows[0].grouped_by, "groups": groups, "test": test}


def _inverse():
    return pooling_models.MODELS[pooling_models.INVERSE]


def _group(whole, model, places):
    """One subgroup; a single study is not pooled, and what cannot be pooled says why."""
    told = {"places": places, "random": None, "heterogeneity": None, "why_not": ""}
    if all(row.group == reading.NO_GROUP for row in whole.rows):
        return told | {"why_not": "no study of these data says its group; amend the plan"}
    if len(places) < 2:
        return told | {"why_not": "one study alone is not pooled"}
    least = whole.spec.get("least", 2)
    if len(places) < least:
        return told | {"why_not": f"{len(places)} studies, and the plan pools {least} or more"}
    try:
        found = model.fit(whole.at(places))
        estimate = found.random or found.common
        kept = {name: estimate[name] for name in ("beta", "se", "ci_lb", "ci_ub", "stat", "pval")}
        told |= {} if model is _inverse() else {"model": model.short}
        return told | {"random": kept, "heterogeneity": found.heterogeneity}
    except (NotPoolable, NotEstimable) as refusal:
        return told | {"why_not": str(refusal)}


def _between(whole, names):
    """The test of whether the subgroups differ, or why there is none."""
    spec = whole.spec
    options = {"method": spec["method"], "test": spec["test"], "level": whole.level}
    try:
        test = subgroups.subgroups(whole.yi, whole.vi, names, **options)
    except (NotPoolable, NotEstimable) as refusal:
        return {"why_not": str(refusal)}
    if not np.isfinite(test.Q):
        return {"why_not": "a subgroup's effects are all the same"}
    return {"Q": test.Q, "df": int(test.df), "p": test.pval}


def _apart(whole, groups):
    """The same from the pooled effects of the groups; a single study is a group by itself."""
    pairs = []
    for group in groups:
        alone = group["places"][0]
        if group["random"]:
            pairs.append((group["random"]["beta"], group["random"]["se"] ** 2))
        elif len(group["places"]) == 1:
            pairs.append((whole.yi[alone], whole.vi[alone]))
        else:
            return {"why_not": f"{group['level']}: {group['why_not']}"}
    if len(pairs) < 2:
        return {"why_not": "subgroups need studies in two groups or more"}
    Q, df = subgroups.between(*map(np.array, zip(*pairs, strict=True)))
    return {"Q": Q, "df": df, "p": wald.chi2_p(Q, df)}


def _regression(whole, model):
    """Meta-regression on the plan's moderators, or why there is none; None where not asked."""
    labels = list(whole.rows[0].moderators)
    if not labels:
        return None
    if model.regress is None:
        return {"why_not": f"{model.title} has none"}
    untold = [label for label in labels
              if all(row.moderators[label] is None for row in whole.rows)]  # fmt: skip
    if untold:
        return {
            "why_not": f"no study of these data has a value of {', '.join(untold)}. Amend the plan"
            " where the form asks for it no more"
        }
    names = {f"m{place}": label for place, label in enumerate(labels)}
    columns = {name: [row.moderators[label] for row in whole.rows] for name, label in names.items()}
    try:
        matrix = model_matrix(f"~ {' + '.join(names)}", columns)
        told = ~np.isnan(matrix.X).any(1)
        if not told.any():
            return {"why_not": "no study has a value of every moderator"}
        entered = whole.at(np.flatnonzero(told))
        found = model.regress(entered, matrix.X[told], matrix.names)
    except (NotPoolable, NotEstimable) as refusal:
        return {"why_not": str(refusal)}
    left_out = [row.label for row, known in zip(whole.rows, told, strict=True) if not known]
    return {"k": entered.k, "left_out": left_out} | _explained(found, names)


def _explained(found, names):
    fit = found.fit
    return {
        "terms": [
            {"term": _term(term, names), "beta": float(fit.beta[i]), "se": float(fit.se[i]),
             "ci_lb": float(fit.ci_lb[i]), "ci_ub": float(fit.ci_ub[i]), "p": float(fit.pval[i])}
            for i, term in enumerate(fit.terms)
        ],
        "QM": fit.QM, "QM_df": [float(df) for df in fit.QM_df if df is not None], "QMp": fit.QMp,
        "R2": found.R2, "tau2": found.tau2, "QE": found.QE, "QEp": found.QEp,
        "notes": list(found.notes),
    }  # fmt: skip


def _term(term, names):
    """A coefficient's name for a reader: the field's label, and the answer it stands for."""
    if term == "intrcpt":
        return "Intercept"
    found = re.fullmatch(r"(m\d+)(.*)", term)
    return ": ".join(filter(None, (names[found[1]], found[2])))


def _adjusted(rows, spec):
    """The studies whose own effect needed 0.5 in each cell; Peto's needs that of the fewest."""
    if spec["measure"] in effects.NO_ADJUSTMENT:
        return []
    needs = _tells_nothing if pooling_models.key_of(spec) == "PETO" else _has_zero_cell
    return [row.label for row in rows if needs(row.values)]


def _tells_nothing(values):
    """Whether nobody, or everybody, of both groups had the event."""
    events, patients = (values[f"{name}1i"] + values[f"{name}2i"] for name in "xn")
    return events in (0, patients)


def _has_zero_cell(values):
    """Whether 0.5 was added to a study's counts: one of them, or what is left of it, is 0."""
    groups = [name[1:] for name in values if name.startswith("x")]
    return any(values[f"x{group}"] in (0, values.get(f"n{group}")) for group in groups)
