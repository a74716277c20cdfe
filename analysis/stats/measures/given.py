"""Effects that come ready-made: with a variance, a standard error, an interval, or O - E and V."""

import numpy as np
from scipy.special import ndtri

from .family import Family


def prepare_given(columns, options, measure):
    """The variance, from whichever of ``vi``, ``sei`` or a 95 % interval was given."""
    c = dict(columns)
    if "vi" not in c:
        half = 2 * -ndtri(0.025)
        sei = c["sei"] if "sei" in c else (c["ci_ub"] - c["ci_lb"]) / half
        c["vi"] = sei**2
    return c


GIVEN = Family(
    columns=("yi", "vi"),
    alternatives=(("yi", "sei"), ("yi", "ci_lb", "ci_ub")),
    prepare=prepare_given,
    nonnegative=("sei",),
    measures={"GEN": lambda c, o: (c["yi"] + 0.0, c["vi"] + 0.0)},
)


def prepare_hazard(columns, options, measure):
    """Log hazard ratio and variance from ``hri`` with its 95 % interval, or from O - E and V."""
    if "oei" in columns:
        return {"y": columns["oei"] / columns["voei"], "v": 1 / columns["voei"]}
    width = np.log(columns["ci_ub"]) - np.log(columns["ci_lb"])
    return {"y": np.log(columns["hri"]), "v": (width / (2 * -ndtri(0.025))) ** 2}


HAZARD = Family(
    columns=("oei", "voei"),
    alternatives=(("hri", "ci_lb", "ci_ub"),),
    prepare=prepare_hazard,
    nonnegative=("voei", "hri", "ci_lb"),
    measures={"HR": lambda c, o: (c["y"], c["v"])},
)
