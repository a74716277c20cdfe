"""What every kind of analysis offers to the bench."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of analysis; ``kinds.of`` finds that of a spec.

    ``title`` names it, ``purpose`` says what it answers. ``form`` is its ``BasePlanForm``, the
    second step of a plan: ``form(source, measure, data, given=None, spec=None)`` takes the
    extraction form, the key of a measure, the newest snapshot's content or None, what was posted,
    and the spec that it starts from; its ``spec()`` makes the new one.

    ``compute(data, spec)`` gives ``(inputs, results)`` of a snapshot's content, plain JSON: inputs
    hold ``rows`` and ``excluded``, results ``k``, the studies that entered. It raises
    ``errors.NotAnalysable``.

    ``shown`` is the module that puts plans and runs before a reader. Its ``check(run)`` raises
    ``errors.NotAnalysable`` for an unsaved run that could never be drawn. ``facts(plan, spec)`` are
    pairs of term and value. ``tell(spec, many)`` writes each of many results in a line of text, so
    precisely that two which read the same are the same to a reader; ``say(run)`` is what the
    report prints. ``context(run)`` is what ``template`` draws. ``study(run, study)`` says what one
    study came with, or None: ``label``, ``facts``, and ``sources``, a list of ``witness.Source``.

    ``figures`` and ``scripts`` are by name; the first figure is the main one and can be drawn of
    every run that passed ``check``.
    """

    title: str
    purpose: str
    form: type
    compute: Callable
    shown: ModuleType
    template: str
    figures: dict
    scripts: dict

    @property
    def measures(self):
        """The names of its measures by key."""
        return {key: one.name for key, one in self.form.measures.items()}
