"""What every kind of analysis offers to the bench."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of analysis; ``kinds.of`` finds that of a spec.

    ``title`` names it, ``purpose`` says what it answers; ``measures`` are names by key.
    ``form(source, measure, data, given=None, spec=None)`` is the second step of a plan: the
    extraction form, the key of a measure, the newest snapshot's content or None, what was posted,
    and the spec that it starts from; its ``spec()`` makes the new one.

    ``compute(data, spec)`` gives ``(inputs, results)`` of a snapshot's content, plain JSON: inputs
    hold ``rows`` and ``excluded``, results ``k``, the studies that entered. It raises
    ``errors.NotAnalysable``, and so does ``check(run)`` for an unsaved run that could never be
    drawn. ``tell(spec, many)`` writes each of many results in a line of text, so precisely that
    two which read the same are the same to a reader. ``say(run)`` is what the report prints.

    ``facts(plan, spec)`` are pairs of term and value; ``template`` draws a run with
    ``context(run)``. ``study(run, study)`` says what one study came with, or None: ``facts``, and
    ``sources``, a list of ``present.Source``. ``figures`` and ``scripts`` are by name; the first
    figure is the main one and can be drawn of every run that passed ``check``.
    """

    title: str
    purpose: str
    measures: dict
    form: type
    compute: Callable
    check: Callable
    tell: Callable
    say: Callable
    facts: Callable
    template: str
    context: Callable
    study: Callable
    figures: dict
    scripts: dict
