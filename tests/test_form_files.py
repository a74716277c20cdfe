"""A form goes out as JSON and XLSX and comes back the same; what is wrong is named by place."""

import io
import json

import pytest
from openpyxl import load_workbook

from extraction import formbuilder
from extraction.designing import exchange, workbook
from extraction.schema import fields
from extraction.variables import everything, formula

FULL = {
    "sections": [
        {
            "title": "Study",
            "fields": [
                {"key": "design", "label": "Design", "kind": "choice", "level": "study",
                 "options": [{"code": "rct", "label": "RCT = random"},
                             {"code": "cohort", "label": "Cohort"}],
                 "required": True, "evidence": True, "help": "As the authors say.",
                 "manual": "Two lines,\nand an = sign; and more."},
                {"key": "random", "label": "Randomised how", "kind": "text", "level": "study",
                 "shown_when": {"field": "design", "is": ["rct"]},
                 "required_when": {"field": "design", "is": ["rct", "cohort"]}},
                {"key": "cause", "label": "Cause", "kind": "vocabulary", "level": "study",
                 "terms": ["Stroke; left", "Trauma"], "open": True},
                {"key": "drugs", "label": "Drugs", "kind": "table", "level": "study",
                 "columns": [{"key": "name", "label": "Name"}, {"key": "dose", "label": "Dose"}]},
                {"key": "one_term", "label": "One term", "kind": "vocabulary", "level": "study",
                 "terms": ["Only"]},
            ],
        },
        {
            "title": "Arms",
            "fields": [
                {"key": "n", "label": "Patients", "kind": "integer", "level": "arm", "min": "1"},
                {"key": "men", "label": "Men", "kind": "integer", "level": "arm"},
                {"key": "women", "label": "Women", "kind": "integer", "level": "arm"},
                {"key": "relief", "label": "Relief", "kind": "percent", "level": "outcome",
                 "by_arm": True, "decimals": 1, "soft_min": "0", "soft_max": "100"},
            ],
        },
    ],
    "checks": [{"rule": "sum", "of": ["men", "women"], "equals": "n"}],
    "derived": [
        {"key": "share", "label": "Share", "kind": "percent_of", "level": "arm",
         "of": ["men", "n"]},
        {"key": "band", "label": "Band", "kind": "bands", "level": "outcome", "by_arm": True,
         "field": "relief", "to": "100",
         "bands": [{"from": "40", "label": "much"}, {"from": "", "label": "little"}]},
        {"key": "hit", "label": "Hit", "kind": "threshold", "level": "outcome", "by_arm": True,
         "field": "relief", "op": ">", "than": "40", "yes": "yes", "no": "no"},
        {"key": "kind", "label": "Kind of study", "kind": "recode", "level": "study",
         "field": "design", "map": [{"from": ["rct", "cohort"], "to": "Any"}],
         "otherwise": "None"},
    ],
}  # fmt: skip


def test_the_form_is_sound():
    assert formbuilder.problems(FULL) == []


def through_json(schema):
    return exchange.from_json(exchange.to_json("Name", "Why", schema))


def through_xlsx(schema):
    return workbook.from_xlsx(workbook.to_xlsx("Name", "Why", schema))


@pytest.mark.parametrize("through", [through_json, through_xlsx])
@pytest.mark.parametrize("schema", [FULL, *(s["schema"] for s in formbuilder.STARTERS.values())],
                         ids=lambda s: s["sections"][0]["title"])  # fmt: skip
def test_a_form_comes_back_as_it_went_out(through, schema):
    found = through(schema)
    assert found.problems == []
    assert (found.name, found.purpose) == ("Name", "Why")
    assert found.schema == schema


def broken(change):
    content = json.loads(exchange.to_json("Name", "", FULL))
    change(content["schema"])
    return exchange.from_json(json.dumps(content).encode()).problems


BAD_JSON = [
    (lambda s: s["sections"][0]["fields"][0].pop("kind"), "Section 1, field 1: it has no kind"),
    (lambda s: s["sections"][1]["fields"][0].update(min=1), "Section 2, field 1, min"),
    (lambda s: s["sections"][1]["fields"][0].update(max="ten"), "Section 2, field 1, max"),
    (lambda s: s["sections"][0]["fields"][0].update(options="a"), "options: it must be answers"),
    (lambda s: s["sections"][0]["fields"][1].update(shown_when={"is": 3}), "a condition"),
    (lambda s: s["sections"][0]["fields"][0].update(colour="red"), "“colour” is nothing"),
    (lambda s: s["sections"][0].pop("title"), "Section 1: it needs a title"),
    (lambda s: s["checks"][0].update(rule=["x"]), "Check 1: there is no rule"),
    (lambda s: s["checks"][0].update(of="men"), "Check 1, of"),
    (lambda s: s["derived"][1].pop("bands"), "Computed variable 2: it has no bands"),
    (lambda s: s["derived"][0].update(of=[1, 2]), "Computed variable 1, of"),
    (lambda s: s["derived"][0].update(kind="magic"), "no kind “magic”"),
    (lambda s: s.update(more=1), "“more”"),
    (lambda s: s.pop("sections"), "list of sections"),
]


@pytest.mark.parametrize(("change", "words"), BAD_JSON, ids=[words for _, words in BAD_JSON])
def test_a_json_file_that_is_no_form_is_refused_by_place(change, words):
    assert any(words in problem for problem in broken(change)), broken(change)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"schema": {"sections": [}', "Line 1, column 26"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"[]", "no form"),
        (b"[" * 100_000, "JSON"),
        (b"9" * 5_000, "JSON"),
        (b'{"concord_form": 9, "schema": {}}', "format 9"),
        (b'{"name": 3, "schema": {}}', "must be text"),
    ],
    ids=lambda x: None if callable(x) else str(x)[:20],
)
def test_a_file_that_is_not_json_says_where(data, words):
    assert words in " ".join(exchange.from_json(data).problems)


def altered(sheet, cell, text):
    book = load_workbook(io.BytesIO(workbook.to_xlsx("Name", "", FULL)))
    book[sheet][cell] = text
    target = io.BytesIO()
    book.save(target)
    return workbook.from_xlsx(target.getvalue()).problems


@pytest.mark.parametrize(
    ("sheet", "cell", "text", "words"),
    [
        ("Fields", "D2", "choise", "Fields, row 2: Design: choose what kind"),
        ("Fields", "T2", "maybe", "Fields, row 2, Required: “maybe” is neither"),
        ("Fields", "O2", "RCT", "Fields, row 2, Answers: “RCT” is not written"),
        ("Fields", "S3", "design", "Fields, row 3, Shown when"),
        ("Fields", "L10", "one", "Fields, row 10, Decimals"),
        ("Fields", "H7", "low", "Fields, row 7, min"),
        ("Fields", "C1", "Labels", "Fields, row 1: there is no column “Labels”"),
        ("Checks", "A2", "summ", "Checks, row 2, Rule"),
        ("Checks", "B2", "off = men", "Checks, row 2, With"),
        ("Computed", "J3", "forty", "Computed, row 3, Bands"),
    ],
    ids=lambda x: None if callable(x) else str(x)[:20],
)
def test_a_workbook_names_the_cell(sheet, cell, text, words):
    found = altered(sheet, cell, text)
    assert any(words in problem for problem in found), found


def test_a_workbook_without_fields_and_a_file_that_is_none_are_told():
    assert "not" in workbook.from_xlsx(b"PK nothing").problems[0]


def test_a_label_that_looks_like_a_formula_stays_text():
    schema = json.loads(json.dumps(FULL))
    schema["sections"][0]["fields"][0]["label"] = "=1+1"
    book = load_workbook(io.BytesIO(workbook.to_xlsx("Name", "", schema)))
    assert (book["Fields"]["C2"].value, book["Fields"]["C2"].data_type) == ("=1+1", "s")
    assert through_xlsx(schema).schema == schema


@pytest.mark.parametrize("starter", formbuilder.STARTERS.values(), ids=formbuilder.STARTERS.keys())
def test_a_ready_made_form_can_be_published_as_it_is(starter):
    assert formbuilder.problems(starter["schema"]) == []
    assert starter["title"] and starter["purpose"]


def test_the_form_for_individual_patients_has_the_nine_items_of_the_model_review():
    form = formbuilder.STARTERS["individual_patients"]["schema"]
    columns = {key for key, one in fields(form).items() if one["level"] == "participant"}
    nine = {"age", "sex", "cause", "duration", "method", "relief", "trial_days", "complications",
            "follow_up"}  # fmt: skip
    assert nine <= columns
    asked = everything(form)
    said = {one["key"]: formula(one, asked) for one in form["derived"]}
    assert said["relief_level"].startswith("Pain relief: 70 to 100 % from 70 to 100; 40 to 69 %")
    assert said["responder"] == (
        "Responder when Pain relief is more than 40, otherwise Non-responder"
    )
    cause = fields(form)["cause"]
    grouped = [one for row in form["derived"][-1]["map"] for one in row["from"]]
    assert sorted(grouped) == sorted(cause["terms"]), "every cause has its group"
