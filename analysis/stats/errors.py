"""The two refusals of the statistics package. Both are written for the clinician who reads them."""


class NotPoolable(ValueError):
    """These studies cannot be put into the requested model; the message says which, and why."""


class NotEstimable(ValueError):
    """The data are sound, but this particular quantity does not exist for them."""


def rows_named(mask):
    """Say ``"row 3"`` or ``"rows 3, 7 and 9"``: where ``mask`` is true, counted from 1."""
    rows = [str(i + 1) for i, bad in enumerate(mask) if bad]
    if len(rows) == 1:
        return f"row {rows[0]}"
    if len(rows) > 12:
        return f"rows {', '.join(rows[:12])} and {len(rows) - 12} more"
    return f"rows {', '.join(rows[:-1])} and {rows[-1]}"
