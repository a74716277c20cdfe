"""A run as a Python script for Concord's engine, which needs NumPy and SciPy only. Pure."""

from .shared import columns, one_line, quoted

HEAD = """# {title}: run {run}
# Snapshot sha256 {snapshot}
# Inputs sha256 {inputs}
# Run it from Concord's folder (python script.py), or with that folder on PYTHONPATH.
import numpy as np

from analysis.stats import effects, heterogeneity, pooling, prediction

studies = [
{studies}
]
columns = {{
{columns}
}}
found = effects.escalc({measure!r}, columns)
common = pooling.rma(found.yi, found.vi, method="CE", level={level!r})
random = pooling.rma(found.yi, found.vi, method={method!r}, test={test!r}, level={level!r})
bounds = heterogeneity.confint(random, kind="QP")
for name, effect, error in zip(studies, found.yi, found.sei):
    print(f"{{name:40}} {{effect:12.6f}} {{error:12.6f}}")

stored = {{
{stored}
}}
again = {{
    "beta": random.beta[0], "se": random.se[0],
    "ci_lb": random.ci_lb[0], "ci_ub": random.ci_ub[0],
    "tau2": bounds.tau2.est, "I2": bounds.I2.est, "QE": random.QE,
    "common beta": common.beta[0], "common se": common.se[0],
}}
for name, value in stored.items():
    off = abs(again[name] - value) / max(abs(value), 1e-8)
    now = f"now {{again[name]:.10g}}, relative difference {{off:.2g}}"
    print(f"{{name:12}} stored {{value:.10g}}, {{now}}")
"""


def script(run):
    """The text of the script."""
    spec, results = run.spec, run.results
    spread = results["heterogeneity"]
    stored = {name: results["random"][name] for name in ("beta", "se", "ci_lb", "ci_ub")} | {
        "tau2": spread["tau2"]["est"],
        "I2": spread["I2"]["est"],
        "QE": spread["QE"],
        "common beta": results["common"]["beta"],
        "common se": results["common"]["se"],
    }
    return HEAD.format(
        title=one_line(run.plan.title),
        run=run.pk,
        snapshot=run.snapshot.sha256,
        inputs=run.inputs_sha256,
        studies="\n".join(f"    {quoted(row['label'])}," for row in run.inputs["rows"]),
        columns="\n".join(
            f"    {name!r}: np.array({values!r})," for name, values in columns(run).items()
        ),
        measure=spec["measure"],
        method=spec["method"],
        test=spec["test"],
        level=float(results["level"]) / 100,
        stored="\n".join(f"    {name!r}: {value!r}," for name, value in stored.items()),
    )
