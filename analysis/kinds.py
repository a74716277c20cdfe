"""The kinds of analysis, by the key that a plan's spec holds as ``kind``."""

from .accuracy.kind import KIND as ACCURACY_KIND
from .dose.kind import KIND as DOSE_KIND
from .kind import Kind
from .network.kind import KIND as NETWORK_KIND
from .pairwise.kind import KIND as PAIRWISE_KIND

PAIRWISE = "pairwise"
KINDS: dict[str, Kind] = {
    PAIRWISE: PAIRWISE_KIND,
    "network": NETWORK_KIND,
    "dose": DOSE_KIND,
    "accuracy": ACCURACY_KIND,
}


def of(spec):
    """The ``Kind`` of a spec; plans of older versions hold none and are pairwise."""
    return KINDS[spec.get("kind", PAIRWISE)]


def tell(run):
    """The main result of a run as a line of text."""
    return of(run.spec).shown.tell(run.spec, [run.results])[0]


def choices():
    """Kinds with their measures as groups of a select; values are ``kind:measure``."""
    return [
        (kind.title, [(f"{key}:{measure}", name) for measure, name in kind.measures.items()])
        for key, kind in KINDS.items()
    ]


def is_pairwise(spec):
    """Whether switches can be moved and the result doubted figure by figure."""
    return spec.get("kind", PAIRWISE) == PAIRWISE
