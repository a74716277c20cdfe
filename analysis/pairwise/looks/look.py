"""A look as one value, kept as plain JSON that holds only what differs from the usual."""

from dataclasses import asdict, dataclass, fields

SORTS = {
    "listed": "As listed",
    "year": "Year, the earliest first",
    "effect": "Effect, the lowest first",
    "weight": "Weight, the largest first",
    "se": "Standard error, the smallest first",
}
MODELS = {"both": "Common and random effects", "random": "Random effects only"}
WEIGHTS = {
    "random": "Random effects",
    "common": "Common effect",
    "both": "Both models",
    "none": "None",
}
AHEAD = {
    "bar": "A bar under the diamond",
    "diamond": "Whiskers of the diamond",
    "band": "A band behind the studies",
    "none": "Not shown",
}
LINES = {"null": "At no effect", "value": "At the value below", "none": "None"}


@dataclass(frozen=True, slots=True)
class Look:
    """``sort`` is a key of SORTS or ``field:key``; ``columns`` are keys of fields; ``tool`` is the
    title of the instrument whose lights are shown. ``at``, ``low`` and ``high`` are decimal texts
    on the printed scale."""

    sort: str = "listed"
    backwards: bool = False
    own: bool = True
    columns: tuple[str, ...] = ()
    tool: str = ""
    models: str = "both"
    weights: str = "random"
    ahead: str = "bar"
    line: str = "null"
    at: str = ""
    low: str = ""
    high: str = ""
    left: str = ""
    right: str = ""

    @property
    def field(self):
        """The key of the field that sorts, or ""."""
        return self.sort.partition(":")[2]

    def off_axis(self):
        """The same without what belongs to one measure's axis."""
        return Look(**asdict(self) | dict.fromkeys(("at", "low", "high"), "") | {"line": "null"})


USUAL = Look()


def of(plan):
    """The ``Look`` of a plan."""
    return Look(**plan.look | {"columns": tuple(plan.look.get("columns", ()))})


def as_json(look):
    """A look as a plan keeps it."""
    differing = {
        one.name: getattr(look, one.name)
        for one in fields(look)
        if getattr(look, one.name) != getattr(USUAL, one.name)
    }
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in differing.items()
    }
