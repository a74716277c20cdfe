"""What a plan of diagnostic accuracy asks of a form, and the models it may choose."""

from dataclasses import dataclass

COUNTS = ("tp", "fn", "fp", "tn")
NAMES = {
    "tp": "True positives",
    "fn": "False negatives",
    "fp": "False positives",
    "tn": "True negatives",
}
SIDES = {"sens": ("tp", "fn"), "spec": ("tn", "fp")}


@dataclass(frozen=True, slots=True)
class Measure:
    """``roles`` are the fields it asks for, by key with their label; ``kinds`` what can fill them.
    Of two fractions the first number of each is the right answers, the second the patients."""

    name: str
    roles: dict
    kinds: tuple


MEASURES = {
    "counts": Measure(
        "Sensitivity and specificity, from four counts",
        {name: NAMES[name] for name in COUNTS},
        ("integer",),
    ),
    "fractions": Measure(
        "Sensitivity and specificity, from two fractions",
        {"tp": "True positives of all with the condition",
         "tn": "True negatives of all without it"},
        ("events",),
    ),
}  # fmt: skip
MODELS = {
    "binomial": "Bivariate, counts as binomial (ML)",
    "REML": "Bivariate, logits as normal (REML)",
    "ML": "Bivariate, logits as normal (ML)",
}
