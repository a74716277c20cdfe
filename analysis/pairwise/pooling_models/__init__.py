"""The models by which a plan can pool, by the key that its spec holds as ``model``. Pure.

A plan without one weighs studies by the inverse of their variances.
"""

from ...estimators import METHODS
from ...stats.errors import NotPoolable
from . import counts, inverse_variance, several, sparse_tables
from .parts import Model

INVERSE = "IV"
TABLES, RATES = ("OR", "RR", "RD"), ("IRR", "IRD")


LIKELIHOOD = "Random effects by maximum likelihood, from the counts as they are"


def _counts(key, title, says, measures):
    return Model(
        f"GLMM: {title}", f"Random effects (GLMM, {key})", f"{LIKELIHOOD}; {says}.", measures,
        ("ML",), ("z", "t"), counts.fitter(key), counts.regressor(key),
    )  # fmt: skip


MODELS = {
    INVERSE: Model(
        "Inverse variance", "Random effects", "Studies weigh by the inverse of their variance.",
        None, tuple(METHODS), ("z", "knha", "adhoc", "t"), inverse_variance.fit,
        inverse_variance.regress, of_counts=False,
    ),
    "MH": Model(
        "Mantel and Haenszel", "Mantel-Haenszel",
        "One effect for all studies by Mantel and Haenszel, from the counts as they are.",
        TABLES + RATES, (), ("z",), sparse_tables.mantel_haenszel,
    ),
    "PETO": Model(
        "Peto", "Peto",
        "One effect for all studies by Peto, from the counts as they are: for rare events, groups"
        " of like size and small effects.",
        ("OR",), (), ("z",), sparse_tables.peto,
    ),
    "GLMM": Model(
        "GLMM: the counts of one group", "Random effects (GLMM)", f"{LIKELIHOOD}.",
        ("PLO", "IRLN"), ("ML",), ("z", "t"), counts.fitter("UM.FS"), counts.regressor("UM.FS"),
    ),
    "UM.FS": _counts("UM.FS", "a level for each study", "each study has a level of its own",
                     ("OR", "IRR")),
    "UM.RS": _counts("UM.RS", "random levels of the studies", "their levels are random too",
                     ("OR", "IRR")),
    "CM.EL": _counts("CM.EL", "given the total of events, exact",
                     "given each study's total of events", ("OR", "IRR")),
    "CM.AL": _counts("CM.AL", "given the total of events, approximate",
                     "given each study's total of events, by a binomial that is right when they are"
                     " rare", ("OR",)),
    "3L": Model(
        "Three levels: results within studies", "Random effects (three levels)",
        "Random effects of studies, and of results within them.",
        None, ("REML", "ML"), ("z", "t"), several.nested, several.regress_nested,
        of_counts=False, several=True,
    ),
    "MV": Model(
        "Multivariate: an effect for each outcome", "All outcomes together",
        "Random effects of outcomes that are correlated within studies, each with a variance of its"
        " own.",
        None, ("REML", "ML"), ("z", "t"), several.multivariate, several.regress_multivariate,
        of_counts=False, several=True,
    ),
}  # fmt: skip


def key_of(spec):
    """The key of a spec's model in ``MODELS``."""
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
        if offered:
            chosen[name] = taken(spec[name], offered)
    return chosen


def taken(chosen, offered):
    """The estimator or interval that is chosen, or which of those on offer stands in for it."""
    if chosen in offered:
        return chosen
    return offered[-1] if chosen in ("knha", "adhoc") else offered[0]


def quick(spec):
    """The spec with inverse variance instead of a GLMM, for what is computed again and again."""
    if not (of(spec).of_counts and of(spec).methods):
        return spec
    return {name: value for name, value in spec.items() if name != "model"}


def refuse(spec):
    """Raise ``NotPoolable`` for a model that does not pool the measure, or the plan's results."""
    model = of(spec)
    if model.measures and spec["measure"] not in model.measures:
        raise NotPoolable(
            f"{model.title} pools {', '.join(model.measures)}, not {spec['measure']}: choose"
            " another model or another measure"
        )
    if model.several != ("outcomes" in spec):
        raise NotPoolable(f"{model.title} does not go with the results that the plan names")


def choices(measures, *, many):
    """Keys and titles of the models that pool one of ``measures``: those for ``many`` results of a
    study, or those for one; of both where it is None."""
    return [
        (key, model.title)
        for key, model in MODELS.items()
        if many in (None, model.several)
        and (model.measures is None or set(model.measures) & set(measures))
    ]
