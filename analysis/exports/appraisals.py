"""Settled appraisals as sheets: the answers that stand, and the judgements they came to."""

from extraction import judging
from extraction.instruments import loader

from .workbook import Sheet

ABOUT = (
    ("Study", "Label of the study"),
    ("Instrument", "The tool it was appraised with"),
    ("Version", "Version of the tool"),
    ("Result", "The result that was appraised; empty where the whole study was"),
)
ANSWERS = (
    *ABOUT,
    ("Item", "Key of the question"),
    ("Asks", "Number of the question, or what else was answered"),
    ("Question", "The question"),
    ("Code", "Code of the answer that stands"),
    ("Answer", "The answer in words"),
    ("First disagreed", "yes where the appraisers first gave different answers"),
)
JUDGEMENTS = (
    *ABOUT,
    ("About", "A domain, the overall judgement, or a score"),
    ("Proposed", "What the tool's rules came to; of a score its lowest value"),
    ("Judgement", "What stands; of a score its highest value"),
    ("Reason", "Why the proposal was overridden"),
)


def sheets(content):
    """The sheets of the appraisals in ``content``, as ``extraction.snapshots`` writes it."""
    settled = list(_settled(content))
    return [
        Sheet(
            "Appraisals", "One row an answer of a settled appraisal.", ANSWERS, _answers(settled)
        ),
        Sheet(
            "Judgements",
            "One row a judgement or score of a settled appraisal.",
            JUDGEMENTS,
            _judgements(settled),
        ),
    ]


def _settled(content):
    """``(first columns, instrument, appraisal)``."""
    instruments = {
        one["sha256"]: loader.parse(loader.canonical(one["definition"]))
        for one in content["instruments"]
    }
    for study in content["studies"]:
        for one in study["appraisals"]:
            about = [study["label"], one["title"], one["version"], one["result"]]
            yield about, instruments[one["sha256"]], one


def _answers(settled):
    for about, instrument, appraisal in settled:
        for answer in appraisal["answers"]:
            question = instrument.questions.get(answer["item"])
            option = question and question.option(answer["code"])
            yield [
                *about,
                answer["item"],
                judging.named(instrument, answer["item"]),
                question.text if question else "",
                printed(answer["code"]),
                option.label if option else "",
                "yes" if answer["first_disagreed"] else "",
            ]


def printed(code):
    """A code with a true minus: a mark, not the beginning of a formula."""
    return "−" if code == "-" else code


def _judgements(settled):
    for about, instrument, appraisal in settled:
        found = appraisal["judgements"]
        judged = [(_domain(one), one) for one in found["domains"] if one["final"]]
        for name, one in [*judged, ("Overall", found["overall"])]:
            levels = [_level(instrument, one[which]) for which in ("proposed", "final")]
            yield [*about, name, *levels, one["reason"]]
        for score in found["scores"]:
            yield [*about, f"Score: {score['id']}", score["low"], score["high"], ""]


def _domain(judgement):
    return f"{judgement['number']} {judgement['title']}".strip()


def _level(instrument, code):
    level = instrument.level(code) if code else None
    return level.label if level else ""
