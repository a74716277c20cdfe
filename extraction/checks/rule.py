"""What a rule is, and what it sees of the cells around the one it speaks at. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from .. import schema as forms

COUNT, NUMBER, MEAN, MARK = ("integer",), ("integer", "decimal"), ("mean_sd",), ("choice",)
SHARE = ("percent", "decimal", "integer")
LIMIT, CODE = "limit", "code"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule has to say of one cell. The same words later are the same finding."""

    path: str
    rule: str
    text: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that a schema can declare.

    ``params`` gives for each name the kinds of field it takes, a list of such fields when the
    name is in ``several``, or ``LIMIT`` (a plain number) or ``CODE`` (words of its own, such as
    an answer's code). A field in ``finer`` may be asked more often than the one it speaks at.
    ``home`` names the parameter whose cell the rule speaks at. ``judge(check, at)`` returns the
    words, or None; ``at`` is what is ``Around`` that cell.
    """

    says: str
    params: dict
    home: str
    judge: Callable
    reference: str = ""
    several: tuple = ()
    finer: tuple = ()


@dataclass(frozen=True, slots=True)
class Around:
    """The values around one cell. ``at(key)`` is that of a field in the cell beside it, None
    where there is none or where it still waits to be derived. ``sizes`` names for each field the
    one that holds its number of patients, or None; ``memo`` is shared by the cells of one run."""

    asked: dict
    sizes: dict
    readings: dict
    units: dict
    memo: dict
    place: tuple

    def __call__(self, key):
        return self._value(self.asked[key], *self.place)

    def raw(self, key):
        """The value of a field beside the cell, also while a part of it waits."""
        return self._held(forms.near(self.asked[key], *self.place))

    def size(self, key):
        """The number of patients behind a field, or None."""
        named = self.sizes[key]
        held = self(named) if named else None
        return int(held["number"]) if held else None

    def every(self, key):
        """The values of all cells of a field in the order of their units, those without a value
        as None: of this place where the place says which, of all arms or outcomes otherwise."""
        field = self.asked[key]
        own = forms.unit_kinds(self._home())
        wanted = [
            (arm, outcome)
            for arm, outcome in forms.places(field, **self.units)
            if (own[0] is None or arm in (None, self.place[0]))
            and (own[1] is None or outcome in (None, self.place[1]))
        ]
        return [self._value(field, *place) for place in wanted]

    def spreads(self, key):
        """``{arm: (mean, SD)}``, floats, of all arms at this outcome that have an SD above 0."""
        field, outcome = self.asked[key], self.place[1]
        if not forms.takes_arm(field):
            return {}
        if (key, outcome) not in self.memo:
            held = {arm: self._value(field, arm, outcome) for arm in self.units.get("arms", ())}
            self.memo[key, outcome] = {
                arm: (float(value["mean"]), float(value["sd"]))
                for arm, value in held.items()
                if value and value["sd"] and float(value["sd"])
            }
        return self.memo[key, outcome]

    def neighbours(self, key):
        """The values of the same field at the outcome before and the one after."""
        rows = list(self.units.get("outcomes", ()))
        arm, row = self.place
        if row not in rows:
            return []
        here = rows.index(row)
        beside = rows[max(0, here - 1) : here] + rows[here + 1 : here + 2]
        return [self._value(self.asked[key], arm, one) for one in beside]

    def _home(self):
        arm, outcome = self.place
        level = "outcome" if outcome is not None else "arm" if arm is not None else "study"
        return {"level": level, "by_arm": arm is not None}

    def _value(self, field, arm, outcome):
        value = self._held(forms.near(field, arm, outcome))
        return None if value is None or value.get("how", {}).get("waits") else value

    def _held(self, path):
        state, value = self.readings.get(path, ("empty", None))
        return value if state == forms.VALUE else None
