"""What one person may see of another's judgement: the only place that decides it. Pure."""

import enum

from .consensus import State


class Sight(enum.IntEnum):
    """NOTHING: not even that it exists. CONTENT: what was said, not by whom. NAMED: all."""

    NOTHING = 0
    CONTENT = 1
    NAMED = 2


def sight(
    *,
    own: bool,
    state: State,
    third: bool = False,
    pair: bool = False,
    names_to_third: bool = False,
    revealed: bool = True,
    nameless: bool = False,
) -> Sight:
    """Return how much of a judgement its viewer may see.

    own: it is the viewer's. state: what the judgements of the item come to now.
    third: the viewer may settle this item (has the right, and is not one of the judges).
    pair: the viewer is one of the judges, and the step lets them talk over what differs.
    names_to_third: the lead lets the third person see names. revealed: the review's rule
    for showing closed items has been met. nameless: the viewer's role never sees names.
    """
    if own:
        return Sight.NAMED
    if state is State.CONFLICT and pair:
        return Sight.NAMED
    if state is State.CONFLICT and third:
        return Sight.NAMED if names_to_third and not nameless else Sight.CONTENT
    if state in (State.AGREED, State.SETTLED) and revealed:
        return Sight.CONTENT if nameless else Sight.NAMED
    return Sight.NOTHING
