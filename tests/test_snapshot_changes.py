"""Two snapshots held beside each other: what reads differently."""

import copy

import pytest

from extraction import changes

FORM = {
    "id": 1,
    "name": "Series",
    "version": 1,
    "schema": {
        "sections": [
            {
                "title": "Study",
                "fields": [
                    {"key": "n", "label": "Patients", "kind": "integer", "level": "arm"},
                    {"key": "vas", "label": "Pain", "kind": "mean_sd", "level": "study"},
                    {"key": "age", "label": "Age", "kind": "integer", "level": "participant"},
                ],
            }
        ]
    },
}


def cell(key, field, value, arm=None, **more):
    rest = {"state": "value", "note": "", "origin": "same", "warnings": [], "outcome": None}
    return {"id": key, "field": field, "arm": arm, "value": value} | rest | more


def patient(key, age):
    return {"participant": key, "values": {"age": {"number": age, "printed": age}}}


def content():
    return {
        "forms": [FORM],
        "studies": [
            {
                "id": 5, "label": "Ann 2001",
                "records": [
                    {
                        "id": 7, "form": 1, "version": 1,
                        "units": [{"id": 11, "kind": "arm", "label": "CBT", "detail": ""}],
                        "cells": [
                            cell(21, "n", {"number": "12", "printed": "12"}, arm=11),
                            cell(22, "vas", {"mean": "5", "sd": "1", "printed": "5 (1)"}),
                        ],
                    }
                ],
                "appraisals": [
                    {
                        "id": 3, "instrument": "rob2", "title": "RoB 2", "result": "pain",
                        "answers": [{"item": "1.1", "code": "Y", "first_disagreed": False}],
                        "judgements": {
                            "domains": [{"id": "d1", "title": "Randomisation", "final": "low"}],
                            "overall": {"final": "low"},
                        },
                    }
                ],
                "participants": [
                    {"id": 1, "form": 1, "version": 1, "columns": ["age"],
                     "rows": [patient("1", "41"), patient("2", "52")]}
                ],
            }
        ],
    }  # fmt: skip


@pytest.fixture
def pair():
    return content(), content()


def told(old, new):
    return [
        (one.label, one.state, [(c.what, c.before, c.after) for c in one.changes])
        for one in changes.between(old, new)
    ]


def test_the_same_is_no_change(pair):
    assert told(*pair) == []


def test_a_value_a_state_a_note_and_a_name(pair):
    record = pair[1]["studies"][0]["records"][0]
    record["cells"][0]["value"] = {"number": "13", "printed": "13"}
    record["cells"][1] |= {"state": "unclear", "value": {}}
    record["units"][0]["label"] = "CBT-I"
    assert told(*pair) == [
        (
            "Ann 2001", "changed",
            [("Arm", "CBT", "CBT-I"), ("Patients, CBT-I", "12", "13"),
             ("Pain", "5 ± 1", "Unclear")],
        )
    ]  # fmt: skip
    old, new = content(), content()
    new["studies"][0]["records"][0]["cells"][0]["value"] = {"number": "12", "printed": "twelve"}
    assert told(old, new)[0][2] == [("Patients, CBT: as typed", "12", "twelve")]
    old, new = content(), content()
    new["studies"][0]["records"][0]["cells"][0] |= {"note": "erratum", "origin": "rewritten"}
    assert told(old, new)[0][2] == [
        ("Patients, CBT", "both the same", "another value"),
        ("Patients, CBT: note", "–", "erratum"),
    ]


def test_an_arm_made_anew_under_its_name_is_the_same_arm(pair):
    record = pair[1]["studies"][0]["records"][0]
    record["units"][0]["id"] = record["cells"][0]["arm"] = 99
    assert told(*pair) == []
    record["units"][0]["label"] = "Other"
    assert told(*pair)[0][2] == [
        ("Arm", "–", "Other"), ("Arm", "CBT", "–"),
        ("Patients, CBT", "12", "–"), ("Patients, Other", "–", "12"),
    ]  # fmt: skip


def test_studies_and_records_that_came_and_went(pair):
    later = copy.deepcopy(pair[1]["studies"][0]) | {"id": 6, "label": "Bea 2002"}
    pair[1]["studies"] = [later]
    assert told(*pair) == [("Ann 2001", "removed", []), ("Bea 2002", "added", [])]
    old, new = content(), content()
    new["studies"][0]["records"] = []
    assert told(old, new)[0][2] == [("Record", "approved", "no record")]


def test_appraisals_and_participants(pair):
    study = pair[1]["studies"][0]
    study["appraisals"][0]["judgements"]["domains"][0]["final"] = "high"
    study["appraisals"][0]["answers"][0]["code"] = "N"
    rows = [patient("1", "41"), patient("2", "53"), patient("3", "60")]
    study["participants"][0]["rows"] = rows
    assert told(*pair)[0][2] == [
        ("RoB 2, pain: answer 1.1", "Y", "N"),
        ("RoB 2, pain: Randomisation", "low", "high"),
        ("Participants", "2 rows", "3 rows"),
        ("Participant 2: Age", "52", "53"),
    ]
