"""What the workbook of an entry looks like; the template and its reader both follow it."""

from .. import derive, schema

ABOUT, CHOICES = "About", "Choices"
LEVELS = {"study": "Study", "arm": "Arms", "outcome": "Outcomes", "result": "Results"}
CELL, PLACE, FIELD, TAKES = "Cell", "About", "Field", "Takes"
VALUE, AS, QUOTE, PAGE, NOTE = "Value", "Printed as", "Quote", "Page", "Note"
LOCKED = (CELL, PLACE, FIELD, TAKES)
OPEN = (VALUE, AS, QUOTE, PAGE, NOTE)
HEADINGS = LOCKED + OPEN
SEPARATOR = "; "
NOT_REPORTED, UNCLEAR = "Not reported", "Unclear"
WORDS = {NOT_REPORTED: "not_reported", UNCLEAR: "unclear"}


def facts(entry):
    """What a workbook says it belongs to, as text; all of it must fit when it comes back."""
    return {
        "Review": str(entry.study.review_id),
        "Study": entry.study.label,
        "Form": entry.form.name,
        "Version of the form": str(entry.version.number),
        "Study number": str(entry.study_id),
        "Form number": str(entry.form_id),
        "Entry number": str(entry.pk),
    }


def place(box):
    """The outcome and arm that a cell is about, in words; "" for the study."""
    return box.name.removeprefix(box.field["label"]).removeprefix(", ")


def takes(field):
    """What a field takes, in words."""
    words = schema.describe(field)
    if field["kind"] == "multichoice":
        words += ": " + SEPARATOR.join(map(_named, field["options"]))
    return words


def choices(field):
    """The answers to choose from in a list, or none."""
    if field["kind"] == "choice":
        return [option["label"] for option in field["options"]]
    return list(field.get("terms", []))


def formats(field):
    """The forms in which a paper may print a value of the field: codes by their words."""
    return {one.label: one.code for one in derive.for_field(field)}


def state_of(field, text):
    """The state that a text names, or None for a value. Where the field has an answer of that
    name, the answer is meant, and the state is the word in brackets."""
    said = text.strip().casefold()
    if said in {answer.casefold() for answer in _answers(field)}:
        return None
    plain = said.removeprefix("(").removesuffix(")")
    return next((state for word, state in WORDS.items() if word.casefold() == plain), None)


def word_for(field, state):
    """The text that names a state in this field."""
    word = next(word for word, code in WORDS.items() if code == state)
    return word if state_of(field, word) else f"({word.lower()})"


def held(box):
    """What the open columns of a cell hold: texts."""
    cell = box.cell
    if cell is None:
        return {name: "" for name in OPEN}
    page = "" if cell.page is None else str(cell.page)
    printed = derive.of(box.field, cell.value) if cell.value.get("as") else None
    words = printed.label if printed else ""
    return {VALUE: shown(box), AS: words, QUOTE: cell.quote, PAGE: page, NOTE: cell.note}


def shown(box):
    """The value of a cell as the template writes it: labels of answers, words for a state, or
    the text that was typed."""
    if box.cell.state != schema.VALUE:
        return word_for(box.field, box.cell.state)
    if box.field["kind"] in schema.CHOICES:
        named = {option["code"]: _named(option) for option in box.field["options"]}
        return SEPARATOR.join(named.get(code, code) for code in box.codes)
    return box.text


def _named(option):
    """An answer as it is written beside others: its label, unless that holds the separator."""
    return option["code"] if SEPARATOR.strip() in option["label"] else option["label"]


def _answers(field):
    named = [option[part] for option in field.get("options", []) for part in ("code", "label")]
    return [*named, *field.get("terms", [])]
