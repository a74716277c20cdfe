"""The model review's report prints Table 1, Table 2 and Table 3 as published, and says where the
paper's own numbers do not agree."""

from xml.etree import ElementTree

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from analysis import datasets, flowchart, report
from analysis.demo import entries, model_review, paper, people
from analysis.pairwise import printing
from analysis.prespecification import shown as plans
from review.models import User

from . import world as worlds

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(scope="module")
def review(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), worlds.at_once(), worlds.rolled_back():
        yield model_review.build(people.make_lead())


@pytest.fixture(scope="module")
def data(review):
    return datasets.content(review.snapshots.get())


@pytest.fixture
def lead(review):
    client = Client()
    client.force_login(User.objects.get(username="lead"))
    return client


def evidence(data, title):
    return next(table for table in report.evidence_tables(data) if table.title == title)


def printed(text):
    """A printed cell as the report writes it: every kind of dash is *not reported*."""
    return "—" if text.strip() in paper.DASHES else text.strip()


def same(shown, text):
    return shown.replace("−", "-") == printed(text).replace("−", "-")


def by_column(table, row):
    return dict(zip(table.columns, row.cells, strict=True))


def test_table_2_is_printed_as_published(data):
    table = evidence(data, entries.TABLE_2)
    rows = {row.study: [cell.text for cell in row.cells] for row in table.rows}
    assert len(rows) == 23
    for row in paper.studies():
        male, female = row["sex_m_f"].split("/")
        values = [row[column] for column in entries.COLUMNS.values()]
        published = [*values[:2], male, female, *values[2:]]
        found = rows[row["authors_from_table1"]]
        for shown, text in zip(found, published, strict=True):
            assert same(shown, text), (row["authors_from_table1"], shown, text)


def test_table_3_is_printed_as_published(data):
    table = evidence(data, entries.TABLE_3)
    rows = {row.unit: by_column(table, row) for row in table.rows}
    assert len(rows) == 14
    for row in paper.diagnoses():
        shown = rows[row[entries.CAUSE]]
        spread = paper.printed(row["standard_deviation"])
        mean = row["mean_pain_reduction_pct"]
        published = {
            "Anatomical-functional group": row["anatomical_functional_classification"],
            "Patients described": row["number_of_patients_described"],
            "Patients with missing data": row["number_of_patients_with_missing_data"],
            "Share of all patients (%)": row["percentage_of_all_patients"],
            "Mean pain reduction (%)": f"{mean} {spread}" if spread else mean,
            "Median pain reduction (%)": row["median_pain_reduction_pct"],
            "Range": row["range"],
        }
        for column, text in published.items():
            assert same(shown[column].text, text), (row[entries.CAUSE], column)


def test_table_1_is_printed_as_published(data):
    table = evidence(data, entries.TABLE_1)
    names = {row["ref"]: row["authors_from_table1"] for row in paper.studies()}
    rows = {row.study: [cell.text for cell in row.cells] for row in table.rows}
    for ref, row in paper.quality().items():
        marks = [row[f"criterion_{n}"] for n in range(1, 13)]
        for shown, text in zip(
            rows[names[ref]], [*marks, row["score"], row["quality"]], strict=True
        ):
            assert same(shown, text), (names[ref], shown, text)


def test_the_checklist_gives_the_same_marks_its_own_score_and_the_star(data):
    (table,) = report.quality_tables(data)
    names = {row["ref"]: row["authors_from_table1"] for row in paper.studies()}
    rows = {row.study: row for row in table.rows}
    differ = set()
    for ref, row in paper.quality().items():
        found = rows[names[ref]]
        marks = [mark.removesuffix(report.STAR) for mark in found.marks]
        assert [mark.replace("−", "-") for mark in marks] == [
            row[f"criterion_{n}"].replace("−", "-") for n in range(1, 13)
        ]
        assert found.scores == (str(marks.count("+")),)
        assert found.band.startswith(row["quality"])
        if found.scores != (row["score"],):
            differ.add(names[ref])
    assert differ == {"Henssen, Kurt et al."}, "the paper prints 7 there and counts 6"
    assert table.star, "the assessors first disagreed somewhere"


@pytest.mark.parametrize(
    ("table", "where", "says"),
    [
        (entries.TABLE_2, "Henssen, Kurt et al., Mean VAS at last follow-up", "outside the scale"),
        (entries.TABLE_2, "Henssen, Kurt et al., Mean VAS at last follow-up", "impossible"),
        (entries.TABLE_2, "Raslan, Nasseri et al., Mean pain relief", "zero variance"),
        (entries.TABLE_2, "Carroll, Joint et al., Mean pain relief", "without an SD"),
        (entries.TABLE_2, "Delavallee, Finet et al., Significant pain control", "5 of 6"),
        (entries.TABLE_2, "Ebel, Rust et al., Significant pain control", "3 of 4"),
        (entries.TABLE_3, "Post-herpetic neuropathic pain, Mean pain reduction", "45.6"),
        (entries.TABLE_1, "Henssen, Kurt et al., Score", "6"),
        (entries.TABLE_1, "Quality", "2 bands at once"),
        (entries.TABLE_2, "Diagnoses", "15 is not a code of the legend"),
        (entries.TABLE_2, "Slotty, Eisner et al., Significant", "printed"),
        (entries.TABLE_2, "Anderson, Kiyofuji et al., Significant", "printed"),
        (entries.TABLE_2, "Henssen, Kurt et al., Mean pain relief", "−14.6 %"),
        (entries.TABLE_2, "Mean pain relief", "64.3 %"),
        (entries.TABLE_3, "Post-herpetic neuropathic pain, Mean pain reduction", "copied"),
        (entries.TABLE_3, "Post-traumatic pain, Share", "4.3 %"),
        (entries.TABLE_3, "Neuro-fibromatosis type 1, Mean pain reduction", "given as missing"),
    ],
)
def test_a_printed_oddity_is_a_remark_and_no_correction(data, table, where, says):
    found = [one for one in evidence(data, table).remarks if where in one.where]
    assert any(says in one.text for one in found), found
    assert all(one.confirmed for one in found)


def test_the_flow_ends_at_the_published_counts(review):
    found, check = flowchart.counts(review)
    assert check.closes
    boxes = ("db_records", "new_reports", "new_studies", "ma_studies")
    assert [found.counts[box] for box in boxes] == [287, 23, 23, 19]


def test_the_pooled_mean_is_what_the_tables_determine(review):
    found = {run.plan.title: run for run in flowchart.newest_runs(review)}
    reml = printing.sentence(found["Mean pain relief (REML)"])
    assert (reml.estimate, reml.interval) == ("56.9", "46.2 to 67.7")
    laird = found["Mean pain relief (DerSimonian and Laird)"].results
    assert laird["random"]["beta"] == pytest.approx(56.80, abs=0.005)
    assert laird["heterogeneity"]["I2"]["est"] == pytest.approx(91.44, abs=0.005)


def test_its_plans_were_frozen_before_the_data_and_what_came_later_says_so(review):
    told = {one.plan.title: one for one in plans.listed(review)}
    words = [one.standing.words for one in told.values()]
    assert words[:2] == ["pre-specified", "pre-specified"]
    assert words[2] == "variant, made after data were seen"
    assert words[3].startswith("pre-specified, amended on") and "seen" not in words[3]
    (amendment,) = told["Pain relief by anatomical group (simulated patients)"].amendments
    assert amendment.reason and not amendment.late
    run = review.patient_plans.get().runs.get()
    assert run.spec == run.plan.spec
    assert run.results["imputed"]["m"] == run.spec["imputations"] == 5


def test_the_page_shows_all_of_it(lead, review):
    page = lead.get(reverse("report", args=[review.pk])).content.decode()
    for row in paper.studies():
        assert row["authors_from_table1"] in page
    for text in (
        "85.6 ± 8.8",
        "10.2 ± 18.9",
        "86.7% ±45.6%",
        "Confirmed as printed",
        "n\u00a0=\u00a0287",
    ):
        assert text in page, text
    assert page.count('class="cc-fig"') == 16, "eight figures, wide and narrow"


def test_every_figure_can_be_saved_by_itself(lead, review):
    for name in ("flow", "lights-1", "bars-1", "lights-2", "bars-2"):
        response = lead.get(reverse("report-figure", args=[review.pk, name, "svg"]))
        assert response["Content-Type"] == "image/svg+xml"
        assert f'filename="{name}.svg"' in response["Content-Disposition"]
        drawing = ElementTree.fromstring(response.content)
        assert drawing.tag.endswith("svg")
        assert not list(drawing.iter("{http://www.w3.org/2000/svg}a")), "a file has no links"


def test_a_number_leads_to_its_witness(lead, review, data):
    table = evidence(data, entries.TABLE_2)
    cell = by_column(table, table.rows[0])["Mean pain relief (%)"]
    url = reverse("record-cell", args=[review.pk, cell.cell])
    assert url in lead.get(reverse("report", args=[review.pk])).content.decode()
    page = lead.get(url).content.decode()
    assert "Anna Berg" in page and "Marco Silva" in page


def test_everything_in_it_agrees(review, capsys):
    call_command("verify_integrity")
    assert capsys.readouterr().out.strip().endswith("Everything agrees.")
