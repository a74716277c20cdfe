"""What a network can be computed from: numbers of each arm, or comparisons as printed."""

from dataclasses import dataclass

from ..estimators import METHODS, TESTS
from ..roles import EVENTS, RATIO, SIZE
from ..roles import MEAN as MEAN_AND_SD

COMMON = "FE"
MODELS = {
    COMMON: "Common effect: no variance between studies",
    **{key: METHODS[key] for key in ("REML", "DL", "ML", "PM")},
}
INTERVALS = {key: TESTS[key] for key in ("z", "knha", "adhoc")}


@dataclass(frozen=True, slots=True)
class Measure:
    """``roles`` are asked of each arm, or where it is ``printed`` of each pair of arms."""

    name: str
    roles: tuple[str, ...]
    printed: bool = False


MEASURES = {
    "OR": Measure("Odds ratios", (EVENTS, SIZE)),
    "RR": Measure("Risk ratios", (EVENTS, SIZE)),
    "RD": Measure("Risk differences", (EVENTS, SIZE)),
    "MD": Measure("Mean differences", (MEAN_AND_SD, SIZE)),
    "SMD": Measure("Standardised mean differences (Hedges)", (MEAN_AND_SD, SIZE)),
    "HR": Measure("Hazard ratios, as printed for pairs of arms", (RATIO,), printed=True),
}
