"""The models by which a plan can pool, by the key that its spec holds as ``model``. Pure.

A plan without one weighs studies by the inverse of their variances.
"""

from ..measures import METHODS
from ..stats.errors import NotPoolable
from . import counts, inverse_variance, sparse_tables
from .parts import Model

INVERSE = "IV"
TABLES, RATES = ("OR", "RR", "RD"), ("IRR", "IRD")


def _counts(key, title, says, measures):
    return Model(
        f"GLMM: {title}", f"Random effects (GLMM, {key})", says, measures, ("ML",), ("z", "t"),
        counts.fitter(key), counts.regressor(key),
    )  # fmt: skip


MODELS = {
    INVERSE: Model(
        "Inverse variance", "Random effects", "Most analyses.", None, tuple(METHODS),
        ("z", "knha", "adhoc", "t"), inverse_variance.fit, inverse_variance.regress,
    ),
    "MH": Model(
        "Mantel and Haenszel", "Mantel-Haenszel", "Few events; one effect for all studies.",
        TABLES + RATES, (), ("z",), sparse_tables.mantel_haenszel,
    ),
    "PETO": Model(
        "Peto", "Peto", "Rare events, groups of equal size, small effects.",
        ("OR",), (), ("z",), sparse_tables.peto,
    ),
    "GLMM": Model(
        "GLMM: the counts of one group", "Random effects (GLMM)", "Rare or very common events.",
        ("PLO", "IRLN"), ("ML",), ("z", "t"), counts.fitter("UM.FS"), counts.regressor("UM.FS"),
    ),
    "UM.FS": _counts("UM.FS", "a level for each study", "Two groups of counts.", ("OR", "IRR")),
    "UM.RS": _counts("UM.RS", "random levels of the studies", "Two groups of counts.",
                     ("OR", "IRR")),
    "CM.EL": _counts("CM.EL", "given the total of events, exact", "Rare events.", ("OR", "IRR")),
    "CM.AL": _counts("CM.AL", "given the total of events, approximate", "Very rare events.",
                     ("OR",)),
}  # fmt: skip


def key_of(spec):
    return spec.get("model", INVERSE)


def of(spec):
    """The ``Model`` of a spec."""
    return MODELS[key_of(spec)]


def settled(spec):
    """The spec with the estimator and the interval that its model really uses: a method that has
    but one takes that, whatever the plan of another model said."""
    model = of(spec)
    chosen = dict(spec)
    for name, offered in (("method", model.methods), ("test", model.tests)):
        if offered and spec[name] not in offered:
            chosen[name] = offered[-1] if spec[name] in ("knha", "adhoc") else offered[0]
    return chosen


def refuse(spec):
    """Raise ``NotPoolable`` for a model that does not pool the measure, or the plan's results."""
    model = of(spec)
    if model.measures and spec["measure"] not in model.measures:
        raise NotPoolable(
            f"{model.title} pools {', '.join(model.measures)}, not {spec['measure']}: choose"
            " another model or another measure"
        )


def choices(measures, *, several):
    """Keys and titles of the models that pool one of ``measures``, ``several`` results a study or
    one."""
    return [
        (key, model.title)
        for key, model in MODELS.items()
        if model.several == several
        and (model.measures is None or set(model.measures) & set(measures))
    ]
