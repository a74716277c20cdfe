"""Step 10: tables and figures are made from what was frozen, and never invented."""

import json

import pytest
from django.urls import reverse

from analysis import flowchart, report
from analysis.figures import traffic
from analysis.figures.lights import Light
from extraction.instruments import loader
from extraction.models import Study
from review import flow, prisma, screening
from review.access import seat_of

from .factories import (
    SCHEMA,
    join,
    make_included,
    make_reference,
    make_review,
    make_study,
    make_user,
    open_screening,
)

pytestmark = pytest.mark.django_db
TOOLS = list(loader.catalogue().values())


def cell(number, field, text=None, *, arm=None, outcome=None, state="value", warnings=()):
    value = {"text": text, "printed": text} if state == "value" else {}
    return {
        "id": number,
        "field": field,
        "arm": arm,
        "outcome": outcome,
        "state": state,
        "value": value,
        "note": "",
        "origin": "same",
        "warnings": [
            {"text": w, "rule": "r", "reference": "", "confirmed": True} for w in warnings
        ],
    }


def unit(number, kind, label, detail=""):
    return {"id": number, "kind": kind, "label": label, "detail": detail}


def content(units, cells):
    """The content of a snapshot with one study, extracted with the factories' form."""
    record = {"id": 1, "form": 7, "version": 1, "units": units, "cells": cells}
    study = {"id": 3, "label": "Doe 2000", "records": [record], "appraisals": []}
    form = {"id": 7, "name": "Series", "version": 1, "schema": SCHEMA}
    return {"forms": [form], "studies": [study], "instruments": []}


class TestEvidence:
    def test_cells_are_as_printed_and_what_is_missing_is_told_apart(self):
        cells = [cell(1, "n", "12*"), cell(2, "male", state="not_reported")]
        cells.append(cell(3, "female", state="unclear"))
        (table,) = report.evidence_tables(content([], cells))
        (row,) = table.rows
        assert [one.text for one in row.cells][:4] == ["12*", "—", "?", ""]
        assert [one.cell for one in row.cells][:4] == [1, 2, 3, None]

    def test_each_unit_is_a_row_and_the_study_is_named_once(self):
        units = [
            unit(1, "arm", "CBT", "treatment"),
            unit(2, "arm", "Care"),
            unit(3, "outcome", "Pain"),
        ]
        cells = [cell(1, "n", "12"), cell(2, "treated", "6", arm=1), cell(3, "treated", "5", arm=2)]
        cells.append(cell(4, "score", "4.1 ± 1", arm=2, outcome=3))
        (table,) = report.evidence_tables(content(units, cells))
        assert [(row.study, row.unit) for row in table.rows] == [
            ("Doe 2000", "Pain: CBT, treatment"),
            ("", "Pain: Care"),
        ]
        column = {name: place for place, name in enumerate(table.columns)}
        shown = [[one.text for one in row.cells] for row in table.rows]
        assert [row[column["Patients"]] for row in shown] == ["12", ""]
        assert [row[column["Treated"]] for row in shown] == ["6", "5"]
        assert [row[column["Score"]] for row in shown] == ["", "4.1 ± 1"]

    def test_remarks_are_numbered_through_the_table(self):
        cells = [
            cell(1, "n", "12", warnings=["Odd."]),
            cell(2, "male", "7", warnings=["Too", "many"]),
        ]
        (table,) = report.evidence_tables(content([], cells))
        assert [one.remarks for one in table.rows[0].cells][:2] == [(1,), (2, 3)]
        assert [(one.number, one.where, one.text) for one in table.remarks] == [
            (1, "Doe 2000, Patients", "Odd."),
            (2, "Doe 2000, Men", "Too"),
            (3, "Doe 2000, Men", "many"),
        ]

    def test_two_versions_of_a_form_are_two_tables(self):
        data = content([], [cell(1, "n", "12")])
        data["forms"].append(data["forms"][0] | {"version": 2})
        assert [len(table.rows) for table in report.evidence_tables(data)] == [1, 0]


def appraised(tool, levels, overall, *, answers=(), result="", scores=()):
    """The content of a snapshot with one study appraised with a tool of the catalogue."""
    domains = [
        {"id": d.id, "number": d.number, "title": d.title, "proposed": levels.get(d.id),
         "final": levels.get(d.id), "reason": ""}
        for d in tool.domains
    ]  # fmt: skip
    judged = {"domains": domains, "overall": {"proposed": overall, "final": overall, "reason": ""}}
    appraisal = {
        "id": 1, "instrument": tool.id, "title": tool.title, "version": tool.version,
        "sha256": tool.sha256, "result": result, "status": "settled",
        "answers": [{"item": i, "code": c, "first_disagreed": d} for i, c, d in answers],
        "judgements": judged | {"scores": list(scores), "complete": True},
    }  # fmt: skip
    definition = json.loads(tool.canonical)
    instrument = {"sha256": tool.sha256, "key": tool.id, "definition": definition}
    study = {"id": 3, "label": "Doe 2000", "records": [], "appraisals": [appraisal]}
    return {"forms": [], "studies": [study], "instruments": [instrument]}


class TestQuality:
    @pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.id)
    def test_every_tool_of_the_catalogue_can_be_shown(self, tool):
        for level in tool.scale:
            levels = {d.id: level.code for d in tool.domains if d.mode != "none"}
            data = appraised(tool, levels, level.code)
            for found in report.traffic_lights(data):
                assert len(found.rows[0].marks) == len(levels) + 1
                assert {mark.word for mark in found.rows[0].marks} == {level.label}
                assert traffic.traffic(found).startswith("<svg")
            for table in report.quality_tables(data):
                assert table.rows[0].band == level.label

    def test_the_mildest_level_is_low_and_the_worst_high(self):
        tool = loader.catalogue()["robins_i"]
        lights = report._lights(tool.scale)
        assert [lights[level.code].light for level in tool.scale] == [
            Light.LOW, Light.SOME, Light.SERIOUS, Light.HIGH, Light.NONE,
        ]  # fmt: skip

    def test_a_star_marks_what_the_assessors_first_disagreed_on(self):
        tool = loader.catalogue()["checklist12"]
        answers = [("1", "+", False), ("2", "-", True)]
        scores = [{"id": "total", "low": 1, "high": 1}]
        data = appraised(tool, {}, "Low", answers=answers, scores=scores)
        (table,) = report.quality_tables(data)
        assert table.rows[0].marks[:3] == ("+", "−*", "")
        assert table.rows[0].scores == ("1",)
        assert table.star

    def test_a_result_that_is_the_same_for_all_stands_in_the_title(self):
        tool = loader.catalogue()["rob2"]
        data = appraised(tool, {tool.domains[0].id: "low"}, "low", result="Pain")
        (found,) = report.traffic_lights(data)
        assert found.title.endswith(": Pain")
        assert found.rows[0].label == "Doe 2000"


class TestFlow:
    def test_a_report_without_a_study_stands_for_one(self):
        review = make_review()
        make_study(review)
        make_included(review)
        found, check = flowchart.counts(review)
        assert (found.counts["new_reports"], found.counts["new_studies"]) == (2, 2)
        assert check.closes
        diagram = flowchart.diagram(seat_of(review.created_by, review), found)
        assert diagram.included.waiting.n == 1

    def test_what_does_not_add_up_is_told_with_both_sides(self):
        review = make_review()
        open_screening(make_reference(review))
        found, _ = flowchart.counts(review)
        wrong = prisma.check_flow(found.template, dict(found.counts) | {"screened": 5})
        told = flowchart.in_words(found, wrong)
        assert any(one.startswith("Does not add up") and "5 against 1" in one for one in told)

    def test_open_work_is_told(self):
        review = make_review()
        open_screening(make_reference(review))
        told = flowchart.in_words(*flowchart.counts(review))
        assert told == [
            "The arithmetic closes: every box follows from the boxes before it.",
            "1 record is open, and counted as such.",
        ]

    @pytest.mark.parametrize("page", ["report", "review-home"])
    def test_a_flow_of_studies_from_outside_it_says_so(self, client, page):
        review = make_review()
        client.force_login(review.created_by)
        words = "3 studies were added by hand, from outside the flow"
        for name in ("A", "B", "C"):
            Study.objects.create(review=review, label=name, created_by=review.created_by)
        told = client.get(reverse(page, args=[review.pk])).content.decode()
        assert words in told and "adds up" not in told and "add up" not in told
        make_reference(review)
        told = client.get(reverse(page, args=[review.pk])).content.decode()
        assert words not in told and "<svg" in told

    def test_boxes_lead_where_their_reader_may_go(self):
        review = make_review()
        found = flow.flow(review, studies=0)
        owner = flowchart.diagram(seat_of(review.created_by, review), found)
        assert owner.screening.aside.href.endswith("references/?status=excluded")
        statistician = join(review, make_user(), "statistician")
        assert flowchart.diagram(seat_of(statistician, review), found).screening.aside.href == ""


class TestPage:
    @pytest.fixture
    def review(self):
        return make_review()

    def get(self, client, person, name, *args):
        client.force_login(person)
        return client.get(reverse(name, args=args))

    def test_without_frozen_data_it_says_so(self, client, review):
        page = self.get(client, review.created_by, "report", review.pk)
        assert page.status_code == 200
        assert "No data are frozen yet" in page.content.decode()

    @pytest.mark.parametrize("role", ["reviewer", "arbiter", "statistician", "observer"])
    def test_every_member_may_read_it(self, client, review, role):
        assert (
            self.get(client, join(review, make_user(), role), "report", review.pk).status_code
            == 200
        )

    def test_a_stranger_may_not(self, client, review):
        for args in (("report", review.pk), ("report-figure", review.pk, "flow", "svg")):
            assert self.get(client, make_user(), *args).status_code == 404

    @pytest.mark.parametrize("name", ["lights-1", "bars-0", "flow-1", "nonsense", "lights-x"])
    def test_a_figure_that_is_not_there_is_not_found(self, client, review, name):
        found = self.get(client, review.created_by, "report-figure", review.pk, name, "svg")
        assert found.status_code == 404

    def test_the_flow_can_be_saved(self, client, review):
        drawing = self.get(
            client, review.created_by, "report-figure", review.pk, "flow", "svg"
        ).content
        assert drawing.startswith(b"<?xml")
        assert b"href" not in drawing

    def test_an_open_vote_changes_nothing_on_it(self, client, review):
        reviewer = join(review, make_user(), "reviewer")
        row = open_screening(make_reference(review))
        before = self.get(client, review.created_by, "report", review.pk).content
        screening.cast_vote(screening=row, reviewer=reviewer, verdict="include", note="canarynote")
        after = self.get(client, review.created_by, "report", review.pk).content
        assert _without_tokens(before) == _without_tokens(after)


def _without_tokens(page):
    return [line for line in page.decode().splitlines() if "csrf" not in line]
