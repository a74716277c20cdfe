"""A variable in words: its formula, and its value as a reader sees it. Pure."""

from decimal import Decimal

from .evaluating import NUMBERS, OPS, descending, shown, sources, tidy

LEAST = Decimal("0.005")


def formula(definition, asked):
    """The formula in words: *Responder when Pain relief is more than 40, otherwise Other.*

    asked: ``{key: field or definition}`` of the form.
    """
    names = [_name(key, asked) for key in sources(definition)]
    kind = definition["kind"]
    if kind == "difference":
        return f"{names[0]} − {names[1]}"
    if kind == "percent_of":
        return f"100 × {names[0]} / {names[1]}"
    if kind == "threshold":
        words, than = OPS[definition["op"]][0], shown(definition["than"])
        return (
            f"{definition['yes']} when {names[0]} is {words} {than}, otherwise {definition['no']}"
        )
    if kind == "bands":
        return f"{names[0]}: " + "; ".join(_bands_in_words(definition))
    return f"{names[0]}: " + "; ".join(_map_in_words(definition, asked))


def show(definition, value):
    """A value as a reader sees it; a number to two decimals, with a true minus."""
    if definition["kind"] not in NUMBERS:
        return value["text"]
    number = Decimal(value["number"])
    tiny = number and abs(number) < LEAST
    return shown(f"{number:.2g}" if tiny else tidy(f"{number:.2f}"))


def _bands_in_words(definition):
    upper = definition.get("to", "")
    for place, band in enumerate(descending(definition)):
        low = band["from"]
        until = f"to {shown(upper)}" if place == 0 else f"to below {shown(upper)}"
        if low == "":
            yield f"{band['label']} below {shown(upper)}" if place else f"{band['label']} always"
        elif upper == "":
            yield f"{band['label']} from {shown(low)}"
        else:
            yield f"{band['label']} from {shown(low)} {until}"
        upper = low


def _map_in_words(definition, asked):
    source = asked.get(definition["field"], {})
    labels = {option["code"]: option["label"] for option in source.get("options", [])}
    for row in definition["map"]:
        yield f"{', '.join(labels.get(one, one) for one in row['from'])} → {row['to']}"
    if definition.get("otherwise"):
        yield f"anything else → {definition['otherwise']}"


def _name(key, asked):
    return asked[key]["label"] if key in asked else key
