"""The ledger's events on records, told in words a clinician reads."""

from .models import Report, Stage, Verdict


def sentence(event):
    """What the event's actor did, as the rest of a sentence that begins with their name."""
    tell = SENTENCES.get(event.action)
    return tell(event.data) if tell else event.action.replace(".", ": ")


def _words(said):
    """A verdict with its reason and note."""
    words = Verdict(said["verdict"]).label.lower()
    words += f" ({said['reason_text']})" if said["reason_text"] else ""
    return words + (f", “{said['note']}”" if said["note"] else "")


def _stage(data):
    return Stage(data["stage"]).label.lower()


def _moved(data):
    route = f", {data['route']}" if data["route"] else ""
    return f"marked the full text as {Report.Status(data['status']).label.lower()}{route}"


def _attached(data):
    verb = "replaced the PDF by" if data["replaces"] else "attached"
    return f"{verb} “{data['file']}”"


SENTENCES = {
    "vote.cast": lambda d: f"voted at {_stage(d)}: {_words(d)}",
    "vote.change": lambda d: f"changed their vote at {_stage(d)}: {_words(d['was'])} → {_words(d)}",
    "vote.withdraw": lambda d: f"took back their vote at {_stage(d)}: {_words(d['was'])}",
    "conflict.rule": lambda d: f"settled the conflict at {_stage(d)}: {_words(d)}",
    "screening.reopen": lambda d: f"opened {_stage(d)} again: {d['why']}",
    "report.move": _moved,
    "report.attach": _attached,
    "report.withdraw": lambda d: f"withdrew “{d['file']}”: {d['why']}",
    "duplicate.merge": lambda d: f"merged it with its duplicate ({d['reason']})",
    "duplicate.apart": lambda d: f"kept it apart from a similar record ({d['reason']})",
    "duplicate.undo": lambda d: f"undid the word on a similar record ({d['reason']})",
}
