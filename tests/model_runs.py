"""Runs of every model, unsaved, on small made-up data: for scripts, pages and figures."""

import json
import random
from functools import cache
from types import SimpleNamespace

from analysis.pairwise import computing, pooling_models

from .test_runs import TRIAL, cell, content, study

PLACES = ("Pain, 3 months", "Pain, 6 months")
FORM = {
    "sections": [
        {
            "title": "Results",
            "fields": [
                *TRIAL["sections"][0]["fields"],
                {"key": "time", "label": "Patient-years", "kind": "decimal", "level": "outcome",
                 "by_arm": True},
                {"key": "year", "label": "Year", "kind": "integer", "level": "study"},
                {"key": "country", "label": "Country", "kind": "choice", "level": "study",
                 "options": [{"code": "a", "label": "Austria"}, {"code": "b", "label": "Brazil"}]},
            ],
        }
    ]
}  # fmt: skip
COUNTS = {"x": "dead", "n": "n"}
TIMES = {"x": "dead", "t": "time"}
ARMS = {"1": "treatment", "2": "control"}


def trials(k=8, *, seed=3):
    """Trials of two or three arms, measured once or twice, as a snapshot's content."""
    draw = random.Random(seed)
    return content([_trial(number, draw) for number in range(1, k + 1)], FORM)


def _trial(number, draw):
    arms = [("Drug", "treatment"), ("Placebo", "control"), ("Drug, high dose", "treatment")]
    arms = arms[: 3 if number % 4 == 0 else 2]
    times = PLACES[: 1 if number % 3 == 0 else 2]
    units = [
        {"id": i, "kind": "arm", "label": label, "detail": detail}
        for i, (label, detail) in enumerate(arms, 1)
    ]
    cells = [
        cell(1000 * number + 1, "year", {"number": str(1990 + 3 * number)}),
        cell(1000 * number + 2, "country", {"code": "ab"[number % 2]}),
    ]
    risk, apart = draw.uniform(0.2, 0.45), draw.gauss(0.12, 0.12)
    for t, name in enumerate(times):
        label, detail = name.split(", ")
        units.append({"id": 10 + t, "kind": "outcome", "label": label, "detail": detail})
        for arm, (_, role) in enumerate(arms, 1):
            n = draw.randint(60, 200)
            events = round(n * (risk + (apart if role == "control" else draw.gauss(0, 0.05))))
            numbers = {"n": n, "dead": events, "time": n * 1.5}
            numbers = {key: {"number": str(x), "printed": str(x)} for key, x in numbers.items()}
            cells += [
                cell(1000 * number + 100 * t + 10 * arm + i, key, value, arm=arm, outcome=10 + t)
                for i, (key, value) in enumerate(numbers.items(), 3)
            ]
    return study(number, f"Trial {number}", cells, units)


def asked(measure, model=None, **more):
    """A spec; ``model`` None is inverse variance."""
    timed = measure in ("IRR", "IRD", "IRLN")
    single = measure in ("PLO", "IRLN")
    told = {
        "measure": measure, "form": 1, "fields": TIMES if timed else COUNTS,
        "arms": {"": "control"} if single else ARMS, "outcome": PLACES[0], "method": "REML",
        "test": "z", "level": 95,
    }  # fmt: skip
    if model:
        told["model"] = model
    if model and pooling_models.MODELS[model].several:
        told |= {"outcomes": ["Pain"], "rho": "0.6"}
    return told | more


def run_of(spec, data=None):
    """An unsaved run. Trials with three arms enter by two where one result a study is asked for."""
    data = data or trials()
    if "outcomes" not in spec:
        data = data | {"studies": [one for one in data["studies"] if one["id"] % 4]}
    inputs, results = computing.compute(data, spec)
    return SimpleNamespace(
        pk=1, plan_id=1, spec=spec, inputs=inputs, results=results, inputs_sha256="1" * 64,
        plan=SimpleNamespace(title="Deaths", review_id=1, look={}, spec=spec),
        snapshot=SimpleNamespace(number=1, sha256="0" * 64, content=json.dumps(data)),
    )  # fmt: skip


SPECS = {
    "inverse": asked("RR", test="knha", subgroup={"field": "country"}, moderators=["year"]),
    "words": asked("OR", method="DL", moderators=["country", "year"]),
    "mh": asked("OR", "MH", subgroup={"field": "country"}),
    "mh-rr": asked("RR", "MH"),
    "mh-rd": asked("RD", "MH"),
    "mh-irr": asked("IRR", "MH"),
    "mh-ird": asked("IRD", "MH"),
    "peto": asked("OR", "PETO"),
    "um.fs": asked("OR", "UM.FS"),
    "um.rs": asked("OR", "UM.RS"),
    "cm.el": asked("OR", "CM.EL"),
    "cm.al": asked("OR", "CM.AL", test="t", subgroup={"field": "country"}),
    "cm.el-irr": asked("IRR", "CM.EL"),
    "glmm": asked("PLO", "GLMM", moderators=["year"]),
    "rates": asked("IRLN", "GLMM"),
    "levels": asked("RR", "3L", test="t", moderators=["year"], subgroup={"field": "country"}),
    "robust": asked("RR", "3L", robust=True),
    "outcomes": asked("RR", "MV"),
}
SLOW = ("um.fs", "um.rs", "cm.el", "cm.al")


@cache
def example(name):
    """The run of one of ``SPECS``, computed once."""
    return run_of(SPECS[name])
