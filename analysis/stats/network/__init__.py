"""Network meta-analysis: several treatments compared directly and through one another."""

from .arms import Arms, counts, given, means
from .assembling import Contrasts, assemble, contrasts, parts
from .inconsistency import (
    Decomposition,
    Inconsistency,
    Split,
    decompose,
    design_by_treatment,
    net_heat,
    node_splits,
)
from .model import Direct, League, NetworkFit, direct_evidence, league, network, p_scores

__all__ = [
    "Arms", "Contrasts", "Decomposition", "Direct", "Inconsistency", "League", "NetworkFit",
    "Split", "assemble", "contrasts", "counts", "decompose", "design_by_treatment",
    "direct_evidence", "given", "league", "means", "net_heat", "network", "node_splits",
    "p_scores", "parts",
]  # fmt: skip
