"""The figures of a run by name, the forest plot first."""

from ...drawn import Drawn, Figure
from ...figures import forest
from ..looks import dressing
from . import bubbles, funnel, likelihood, planes, series


def _forest(run):
    return Drawn(forest, dressing.plot(run))


FIGURES = {
    "forest": Figure("Forest plot", "Every study and the pooled estimates.", _forest),
    "funnel": Figure("Funnel plot", "Do small studies tell another story than large ones?",
                     funnel.funnel),
    "leave-one-out": Figure("Leave one out", "Does the result hang on one study?",
                            series.leave_one_out),
    "cumulative": Figure("Cumulative", "When did the result settle?", series.cumulative),
    "baujat": Figure("Baujat plot", "Who makes the heterogeneity, and who moves the result?",
                     planes.baujat),
    "radial": Figure("Radial plot", "Who lies outside of what chance allows?", planes.radial),
    "labbe": Figure("L'Abbé plot", "Does the effect depend on the risk of the controls?",
                    planes.labbe),
    "bubble": Figure("Bubble plot", "Does a moderator explain the effects?", bubbles.bubble),
    "quantiles": Figure("Q-Q plot", "Are the effects normal around their mean?",
                        likelihood.quantiles),
    "profile": Figure("Profile likelihood", "How well do the studies determine the variances?",
                      likelihood.profile),
    "gosh": Figure("GOSH plot", "Are studies of two kinds pooled?", planes.gosh),
}  # fmt: skip
