"""A plan's spec where something other than the plan holds it."""


def as_told(value):
    """A spec as the ledger keeps it: a number that is not whole is a text there."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, dict):
        return {name: as_told(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [as_told(one) for one in value]
    return value
