"""The confounder procedure of a spec as plain numbers. Pure."""

from ..stats import confounders
from .fitting import number

THRESHOLD = 0.05


def confounding(data, names, spec):
    """The candidates one by one, then those that matter together with the factor; or None."""
    if not spec["candidates"]:
        return None
    back = {name: key for key, name in names.items()}
    table = confounders.confounder_table(
        names[spec["outcome"]], names[spec["factor"]],
        [names[key] for key in spec["candidates"]], data, threshold=THRESHOLD,
    )  # fmt: skip
    return {
        "n": int(table.n),
        "p_crude": number(table.p_crude),
        "p_adjusted": number(table.p_adjusted),
        "candidates": [
            {"key": back[one.name], "n": int(one.n), "p_alone": number(one.p_alone),
             "kept": bool(one.kept), "p_together": number(one.p_together)}
            for one in table.candidates
        ],
        "effects": [
            {"level": term.removeprefix(names[spec["factor"]]), "crude": float(crude),
             "adjusted": float(adjusted), "change": number(change)}
            for term, crude, adjusted, change in zip(
                table.terms, table.crude, table.adjusted, table.change, strict=True
            )
        ],
    }  # fmt: skip
