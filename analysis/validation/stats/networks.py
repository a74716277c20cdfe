"""Blocks of network meta-analysis of counts by arm."""

import re
from dataclasses import replace

import numpy as np

from analysis.stats.multilevel import fit_multilevel
from analysis.stats.network import contrasts, network, p_scores
from analysis.stats.structures import correlated
from analysis.stats.wald import chi2_p

from .compare import NotOffered
from .multilevel import mapping

COMPARISON = re.compile(r"random\s*=\s*~\s*trt\s*\|\s*study")


def arms(case):
    """The case's `Contrasts`: log odds ratios with half an event added to studies with a zero.

    Their covariances are vcalc's: correlations from the sizes of the arms. (The engine's own
    are the variance of the shared arm itself.)
    """
    if not {"study", "trt", "xi", "ni"} <= set(case.data):
        return None
    events, size, study = case.numbers("xi"), case.numbers("ni"), np.array(case.data["study"])
    empty = (events == 0) | (events == size)
    add = np.where(np.isin(study, study[empty]), 0.5, 0.0)
    yes, no = events + add, size - events + add
    c = contrasts(case.data["study"], case.data["trt"], np.log(yes / no), 1 / yes + 1 / no,
                  reference=reference(case))  # fmt: skip
    by_size = contrasts(case.data["study"], case.data["trt"], np.zeros(size.size), 1 / size,
                        reference=reference(case)).V  # fmt: skip
    sd, scale = np.sqrt(np.diag(c.V)), np.sqrt(np.diag(by_size))
    return replace(c, V=by_size * np.outer(sd / scale, sd / scale))


def reference(case):
    """The first level the case names; a factor's first level is its reference."""
    return case.expected["levels"][0]


def levels(case, expected):
    c = arms(case)
    return NotImplemented if c is None else list(c.treatments)


def contrast_data(case, expected):
    c = arms(case)
    if c is None:
        return NotImplemented
    events = dict(zip(zip(case.data["study"], case.data["trt"], strict=True),
                      zip(case.data["xi"], case.data["ni"], strict=True), strict=True))  # fmt: skip
    got = {"study": [_as_given(case, s) for s in c.study], "yi": c.yi, "vi": np.diag(c.V)}
    for number, names in ((1, c.treatment), (2, c.baseline)):
        counts = [events[s, t] for s, t in zip(got["study"], names, strict=True)]
        got |= {f"trt.{number}": list(names), f"xi.{number}": [x for x, _ in counts],
                f"ni.{number}": [n for _, n in counts]}  # fmt: skip
    got["comp"] = [f"{t[:2]}-{b[:2]}" for t, b in zip(c.treatment, c.baseline, strict=True)]
    # A design lists its arms as the data do: the baseline last.
    got["design"] = [
        "-".join([t[:2] for t in sorted(d, key=lambda t: (t == b, t))])
        for d, b in zip(c.design, c.baseline, strict=True)
    ]
    return got


def _as_given(case, label):
    return next(s for s in case.data["study"] if str(s) == label)


def covariance(case, expected):
    c = arms(case)
    return NotImplemented if c is None else c.V


def _in_order(c, terms):
    """The columns of the network's matrix in the order of the case's terms."""
    return c.X[:, [c.treatments.index(t) - 1 for t in terms]]


def contrast_based(case, expected):
    c = arms(case)
    if c is None:
        return NotImplemented
    random = [correlated(_labels(c), c.study, "CS", rho=0.5)]
    fit = fit_multilevel(c.yi, c.V, X=_in_order(c, expected["terms"]), terms=expected["terms"],
                         random=random, method=expected["method"])  # fmt: skip
    return mapping(fit) | {"rho": [0.5]}


def _labels(c):
    return [f"{t[:2]}-{b[:2]}" for t, b in zip(c.treatment, c.baseline, strict=True)]


def inconsistency(case, expected):
    """Besides tau2 a variance between designs, correlated alike."""
    c = arms(case)
    if c is None:
        return NotImplemented
    designs = ["-".join(d) for d in c.design]
    random = [correlated(_labels(c), group, "CS", rho=0.5) for group in (c.study, designs)]
    fit = fit_multilevel(c.yi, c.V, X=_in_order(c, expected["terms"]), terms=expected["terms"],
                         random=random, method=expected["method"])  # fmt: skip
    return mapping(fit) | {"rho": [0.5], "phi": [0.5], "gamma2": [fit.G[1][0, 0]]}


def arm_based(case, expected):
    if not COMPARISON.search(" ".join(case.call)) or "beta" not in expected:
        return NotOffered("this network model")
    study, trt = (np.array(case.data[name]).astype(str) for name in ("study", "trt"))
    names = list(dict.fromkeys(study.tolist()))
    others = [t.removeprefix("trt") for t in expected["terms"][len(names) :]]
    X = np.column_stack([*(study == s for s in names), *(trt == t for t in others)]).astype(float)
    random = [correlated(trt, study, "CS", rho=0.5)]
    fit = fit_multilevel(case.numbers("yi"), case.numbers("vi"), X=X, terms=expected["terms"],
                         random=random, method=expected["method"])  # fmt: skip
    tested = list(range(len(names), len(expected["terms"])))
    b, V = fit.beta[tested], fit.vb[np.ix_(tested, tested)]
    got = mapping(fit) | {"rho": [0.5]}
    if expected.get("QM_df", [None])[0] == len(tested):
        QM = float(b @ np.linalg.solve(V, b))
        got |= {"QM": QM, "QM_df": [len(tested), None], "QM_p": chi2_p(QM, len(tested))}
    return got | {"g_levels": [int(np.sum(trt == t)) for t in case.expected["levels"]]}


def scores(case, expected):
    c = arms(case)
    if c is None:
        return NotImplemented
    fit = network(c)
    found = dict(zip(fit.treatments, p_scores(fit), strict=True))
    return {"treatment": expected["treatment"], "P": [found[t] for t in expected["treatment"]]}


HANDLERS = {
    "levels": levels,
    "contrast_data": contrast_data,
    "V": covariance,
    "contrast_based": contrast_based,
    "contrast_based_inconsistency": inconsistency,
    "arm_based_CS_rho_half": arm_based,
    "P_scores_higher_better": scores,
}
