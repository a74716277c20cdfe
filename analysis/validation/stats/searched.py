"""Blocks of models fitted by a general search: location-scale and selection."""

import re

from analysis.stats.formula import model_matrix
from analysis.stats.likelihood import criteria
from analysis.stats.location_scale import fit_location_scale
from analysis.stats.pooling import rma
from analysis.stats.selection import loglik_at, selection_model

from .models import fit_mapping
from .peer_selection import WEIGHTS, selmodel

PARTS = re.compile(r"mods\s*=\s*(~[^,]+),\s*scale\s*=\s*(~[^,]+)")


def location_scale(case, expected, method):
    found = PARTS.search(" ".join(case.call))
    if not found:
        return NotImplemented
    mean, scale = (model_matrix(part.strip(), case.data) for part in found.groups())
    fit = fit_location_scale(
        case.numbers("yi"), case.numbers("vi"), mean.X, scale.X, terms=mean.names,
        alpha_terms=scale.names, method=method,
    )  # fmt: skip
    stats = criteria(case.numbers("yi"), case.numbers("vi"), mean.X, fit.beta, fit.tau2_i,
                     fit.beta.size + fit.alpha.size)  # fmt: skip
    return {name: getattr(fit, name) for name in fit.__slots__} | {"fit_stats": stats}


def selection(case, expected, *_):
    if "args" not in expected or "delta" not in expected:
        return NotImplemented
    asked = expected["args"]
    yi, vi = case.numbers("yi"), case.numbers("vi")
    fit = selection_model(
        yi, vi, kind=asked["type"], steps=asked.get("steps"), delta=asked.get("delta"),
        precision=asked.get("prec"),
    )  # fmt: skip
    if asked["type"] not in WEIGHTS:
        return fit
    peers = selmodel(yi, vi, asked["type"], asked.get("prec"))
    there = loglik_at(yi, vi, kind=asked["type"], mu=peers.beta[0], tau2=peers.tau2,
                      delta=peers.delta, precision=asked.get("prec"))  # fmt: skip
    # Its place is followed only while the engine's is no less likely on the exact surface.
    return peers if fit.ll >= there - 1e-9 else fit


def base(case, expected, method):
    return fit_mapping(rma(case.numbers("yi"), case.numbers("vi"), method=method))


HANDLERS = {
    "(ML|REML)": location_scale,
    "base_(ML|REML)": base,
    "(beta|halfnorm|negexp|logistic|power|step)(.*)": selection,
}
