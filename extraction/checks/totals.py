"""Rules on counts: parts and their sum, a part and its whole, totals against rows. Pure."""

import re
from decimal import Decimal

from .. import printed
from .numbers import half_unit, number, patients, percent, said
from .rule import CODE, COUNT, LIMIT, MARK, NUMBER, SHARE, Rule

TOTAL = re.compile(r"\s*(total|all|overall|sum)\b", re.IGNORECASE)
HANDBOOK = "Cochrane Handbook, section 5.5.9"


def _sum(check, at):
    parts, total = [at(key) for key in check["of"]], at(check["equals"])
    if total is None or None in parts:
        return None
    summed = sum(number(part) for part in parts)
    if summed == number(total):
        return None
    shown = " + ".join(said(part["number"]) for part in parts)
    return f"{shown} = {said(summed)}, but {said(total['number'])} is given as their sum."


def _rows_total(check, at):
    rows, total = at.every(check["of"]), at(check["equals"])
    if total is None or None in rows or len(rows) < 2:
        return None
    return _against(rows, number(total), said(total["number"]))


def _rows_come_to(check, at):
    rows = at.every(check["of"])
    if None in rows or len(rows) < 2:
        return None
    return _against(rows, Decimal(str(check["total"])), said(check["total"]))


def _against(rows, total, shown):
    summed = sum(number(row) for row in rows)
    if summed == total:
        return None
    return f"The {len(rows)} rows add up to {said(summed)}, but {shown} is given as their total."


def _table_totals(check, at):
    table = at(check["field"])
    if table is None or len(table["rows"]) < 3 or not TOTAL.match(table["rows"][-1][0]):
        return None
    *rows, last = table["rows"]
    for place in range(1, len(last)):
        column = [_plain_number(row[place]) for row in [*rows, last]]
        if None in column:
            continue
        if sum(column[:-1]) != column[-1]:
            return (
                f"Column {place + 1} adds up to {said(sum(column[:-1]))}, but its total is given"
                f" as {said(column[-1])}."
            )
    return None


def _plain_number(text):
    try:
        return Decimal(printed.number(text, whole=True))
    except printed.Unreadable:
        return None


def _at_most(check, at):
    part, whole = at(check["field"]), at(check["limit"])
    if part is None or whole is None or number(part) <= number(whole):
        return None
    return f"{said(part['number'])} is more than {said(whole['number'])}, of which it is a part."


def _events_fit(check, at):
    value = at(check["field"])
    if value is None or value["events"] is None:
        return None
    n, total, events = at.size(check["field"]), value["total"], int(value["events"])
    whole = n if total is None else int(total)
    if whole is not None and events > whole:
        return f"{events} events are more than the {whole} patients they happened to."
    if total is not None and n is not None and int(total) > n:
        return f"The events are given out of {total}, but only {n} patients are given."
    share = value.get("parts", {}).get("percent")
    if share is None or not whole:
        return None
    if abs(Decimal(100 * events) / whole - Decimal(share)) <= half_unit(share):
        return None
    fits = f"{events} of {whole} is {percent(events, whole, share)} %"
    if value.get("as"):
        return f"{said(share)} % of {whole} is not a whole number of patients: {fits}."
    return f"{fits}, but {said(share)} % is printed."


def _percent_of(check, at):
    return _share(at(check["percent"]), at(check["part"]), at(check["whole"]))


def _share_of(check, at):
    return _share(at(check["percent"]), at(check["part"]), {"number": str(check["whole"])})


def _share(share, part, whole):
    if share is None or part is None or whole is None or number(whole) <= 0:
        return None
    exact = 100 * number(part) / number(whole)
    if abs(exact - number(share)) <= half_unit(share["number"]):
        return None
    shown = percent(int(number(part)), int(number(whole)), share["number"])
    return (
        f"{said(part['number'])} of {said(whole['number'])} is {shown} %, but"
        f" {said(share['number'])} % is printed."
    )


def _whole_patients(check, at):
    share, total = at(check["percent"]), at(check["n"])
    if share is None or total is None:
        return None
    shown, n = share["number"], int(total["number"])
    if n < 1 or patients(shown, n) is not None:
        return None
    below = int(Decimal(shown) * n / 100)
    near = " and ".join(f"{k} would be {percent(k, n, shown)} %" for k in (below, below + 1))
    words = f"{said(shown)} % of {n} is not a whole number of patients: {near}."
    fewer = next((m for m in range(n - 1, 1, -1) if patients(shown, m) is not None), None)
    if fewer is None:
        return words
    return f"{words} It fits {patients(shown, fewer)} of {fewer}: were fewer measured?"


def _score_equals_marks(check, at):
    marks, score = [at(key) for key in check["marks"]], at(check["score"])
    if score is None or None in marks:
        return None
    counted = sum(mark["code"] == check["code"] for mark in marks)
    if counted == number(score):
        return None
    return f"The score is given as {score['number']}, but {counted} of its items are marked."


def _one_band(check, at):
    score, band = at(check["score"]), at(check["band"])
    if score is None or band is None:
        return None
    bands = re.findall(r"([^\s=;]+)\s*=\s*(\d+)\s*(?:-\s*(\d+))?", check["bands"])
    inside = [
        code for code, low, high in bands if int(low) <= number(score) <= int(high or low)
    ]  # fmt: skip
    if inside == [band["code"]]:
        return None
    shown = said(score["number"])
    if len(inside) > 1:
        return f"A score of {shown} lies in {len(inside)} bands at once: {', '.join(inside)}."
    return f"A score of {shown} lies in the band {' '.join(inside) or 'of none'}, not in this one."


RULES = {
    "sum": Rule(
        "parts add up to their sum",
        {"of": NUMBER, "equals": NUMBER},
        "equals",
        _sum,
        HANDBOOK,
        several=("of",),
    ),
    "rows_total": Rule(
        "rows or arms add up to their total",
        {"of": NUMBER, "equals": NUMBER},
        "equals",
        _rows_total,
        HANDBOOK,
        finer=("of",),
    ),
    "rows_come_to": Rule(
        "rows add up to a total that is known",
        {"of": NUMBER, "total": LIMIT},
        "of",
        _rows_come_to,
        HANDBOOK,
    ),
    "table_totals": Rule(
        "the last row of a table is the total of the others",
        {"field": ("table",)},
        "field",
        _table_totals,
        HANDBOOK,
    ),
    "at_most": Rule(
        "a part is not more than the whole",
        {"field": NUMBER, "limit": NUMBER},
        "field",
        _at_most,
        HANDBOOK,
    ),
    "events_fit": Rule(
        "events are not more than patients, and fit their percentage",
        {"field": ("events",)},
        "field",
        _events_fit,
        HANDBOOK,
    ),
    "percent_of": Rule(
        "a percentage is that of its part and whole",
        {"percent": SHARE, "part": COUNT, "whole": COUNT},
        "percent",
        _percent_of,
        "Brown & Heathers (2017), The GRIM test, Soc Psychol Personal Sci 8:363-369",
    ),
    "share_of": Rule(
        "a percentage is that of a part in a total that is known",
        {"percent": SHARE, "part": COUNT, "whole": LIMIT},
        "percent",
        _share_of,
        "Brown & Heathers (2017), The GRIM test, Soc Psychol Personal Sci 8:363-369",
    ),
    "whole_patients": Rule(
        "a percentage is a whole number of patients",
        {"percent": SHARE, "n": COUNT},
        "percent",
        _whole_patients,
        "Brown & Heathers (2017), The GRIM test, Soc Psychol Personal Sci 8:363-369",
    ),
    "score_equals_marks": Rule(
        "a score is the number of its marks",
        {"marks": MARK, "code": CODE, "score": NUMBER},
        "score",
        _score_equals_marks,
        several=("marks",),
    ),
    "one_band": Rule(
        "a score lies in exactly one band, the one given",
        {"score": NUMBER, "band": MARK, "bands": CODE},
        "band",
        _one_band,
    ),
}
