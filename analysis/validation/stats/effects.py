"""Blocks about effect sizes and what they are reconstructed from."""

from dataclasses import replace

import numpy as np

from analysis.stats.conversions import conv_2x2, conv_fivenum, conv_wald
from analysis.stats.effects import MEASURES

from .compare import NotOffered
from .models import each
from .peer_tetrachoric import follow

RULES = {
    "default": {}, "add_all": {"add": 0.5, "to": "all"}, "if0all": {"add": 0.5, "to": "if0all"},
    "none": {"to": "none"}, "drop00": {"drop00": True},
}  # fmt: skip


def mapped(case, measure=None, **rule):
    """The case's `Effects` under the names of its escalc block."""
    effects = case.effects(measure, **rule)
    if effects.measure == "RTET":
        yi, vi = follow(effects, case.columns())
        effects = replace(effects, yi=yi, vi=vi)
    return as_mapping(effects)


def as_mapping(effects):
    """`Effects` under the names of an escalc block."""
    lb, ub = effects.ci()
    return {
        "yi": effects.yi, "vi": effects.vi, "sei": effects.sei, "zi": effects.zi,
        "ci_lb": lb, "ci_ub": ub,
    }  # fmt: skip


def escalc_block(case, expected):
    if "measure" in case.spec or "yi" in expected:
        return mapped(case)

    def one(label):
        measure, _, rule = label.partition("_")
        if measure in MEASURES:
            return mapped(case, measure, **_rule(rule))
        return NotOffered(f"measure {measure}")

    return each(expected, one)


def _rule(name):
    if name.startswith("add_") and name not in RULES:
        return {"add": float(name.removeprefix("add_")), "to": "only0"}
    return RULES[name] if name else {}


def given_effects(case, expected, which):
    return case.numbers(f"{which}i")


def identity(case, expected):
    return _wald(case, expected)


def intervals_only(case, expected):
    return _wald(case, expected, only_ci=True)


def _wald(case, expected, *, only_ci=False, **options):
    if "out" not in case.data:
        return NotImplemented
    rows = np.array(expected.get("rows", range(1, len(case.data["out"]) + 1))) - 1
    given = {"ci_lb": "ci_lb", "ci_ub": "ci_ub"} | ({} if only_ci else {"zval": "z", "pval": "p"})
    given = {key: case.numbers(name)[rows] for key, name in given.items()}
    yi, vi = conv_wald(case.numbers("out")[rows], **given, **options)
    return {"yi": yi, "vi": vi, "rows": rows + 1}


def log_wald(case, expected):
    return _wald(case, expected, transf=np.log)


def level_wald(case, expected, percent):
    return _wald(case, expected, only_ci=True, level=float(percent) / 100)


def fivenum(case, expected):
    if "median" not in case.data:
        return NotImplemented
    names = ("min", "q1", "median", "q3", "max", "n")
    # A case may hold some of the rows only (a log-normal value cannot be zero).
    rows = [case.data["study"].index(study) for study in expected["study"]]
    dist = (expected.get("args") or {}).get("dist", "norm")
    mean, sd = conv_fivenum(*(case.numbers(name)[rows] for name in names), dist=dist)
    return {"mean": mean, "sd": sd, "study": [case.data["study"][row] for row in rows]}


def cells(case, expected):
    names = ("ori", "ri", "n1i", "n2i", "ni")
    table = conv_2x2(**{name: case.numbers(name) for name in names})
    return dict(zip(("ai", "bi", "ci", "di"), table, strict=True))


HANDLERS = {
    "escalc": escalc_block,
    "([yv])i": given_effects,
    "identity": identity,
    "t_df_n_minus_1_if_supported": intervals_only,
    "log": log_wald,
    "level([0-9]+)": level_wald,
    "default|luo_wan_shi|lnorm": fivenum,
    "cells": cells,
}
