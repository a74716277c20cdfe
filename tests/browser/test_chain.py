"""From search file to pooled estimate by hand, in a real browser, by four people.

Every step is done on its page. At the end the numbers in the spreadsheet are held against
arithmetic done here.
"""

import io
import re

import pytest
from django.core.management import call_command
from openpyxl import load_workbook
from playwright.sync_api import expect

from analysis.demo.pages import pdf
from analysis.models import Run
from extraction.models import Record
from review.models import Event, Review, Vote
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

TITLES = (
    "Stimulation of the motor cortex for facial pain",
    "Stimulation of the motor cortex after stroke",
    "Cortical stimulation in trigeminal neuralgia",
    "Sleep after stimulation",
    "A protocol for rats",
)
# What each study prints: mean, SD and number of patients of both arms.
PRINTED = (
    (("4.2", "2.1", "31"), ("6.0", "2.3", "29")),
    (("3.9", "1.8", "22"), ("5.1", "2.0", "24")),
)
ARMS = (("Stimulation", "treatment"), ("Sham", "control"))
OUTCOME = ("Pain intensity", "12 weeks")
FLOW = {
    "db_records": 6, "dup_removed": 1, "screened": 5, "screen_excluded": 2, "sought": 3,
    "assessed": 3, "ft_excluded": 1, "new_reports": 2, "new_studies": 2,
}  # fmt: skip


@pytest.fixture
def people():
    names = ("lead", "ana", "ben", "third")
    return {name: make_user(name, first_name=name.title()) for name in names}


@pytest.fixture
def pages(open_as, people):
    """A browser for each person."""
    return {name: open_as(user) for name, user in people.items()}


def ris():
    """Six records; the last is the first again, in capitals."""
    numbered = [*enumerate(TITLES, 1), (1, TITLES[0].upper())]
    return "".join(
        f"TY  - JOUR\nTI  - {title}\nAU  - Author{n}, A\nPY  - {2010 + n}\nDO  - 10.5555/{n}\n"
        f"AB  - METHODS: Patients with pain. RESULTS: Pain fell.\nER  - \n\n"
        for n, title in numbered
    ).encode()


def test_from_search_file_to_pooled_estimate(pages):
    lead, ana, ben, third = pages.values()
    home = set_up(lead)
    invite(pages, home)
    import_references(lead, home)
    merge_the_pair(lead, home)
    screen(ana, ben, third, home)
    judge_full_texts(ana, ben, home)
    build_the_form(lead, home)
    extract(ana, ben, home)
    agree(ben, third, home)
    appraise(lead, ana, ben, home)
    analyse(lead, home)
    check_numbers(lead, home)
    walk_back(lead, home)


def field(page, label):
    """The control whose label begins so: what is not required says so behind."""
    return page.get_by_label(re.compile(rf"^\s*{re.escape(label)}"))


def press(page, name, *, role="button"):
    page.get_by_role(role, name=name, exact=False).first.click()


def set_up(lead):
    """A review with its question, reasons and a search; returns its address."""
    lead.goto("/")
    press(lead, "New review", role="link")
    field(lead, "Title").fill("Motor cortex stimulation")
    field(lead, "Population").fill("Adults with pain")
    press(lead, "Create the review")
    field(lead, "Include when").fill("Adults\nMotor cortex stimulation")
    field(lead, "Exclusion reasons, full text").fill("Not adults\nNo comparison")
    press(lead, "Save")
    press(lead, "Add a search", role="link")
    field(lead, "Source").fill("MEDLINE")
    field(lead, "Kind").select_option("database")
    field(lead, "Date of the search").fill("2026-10-01")
    press(lead, "Save")
    expect(lead.get_by_role("cell", name="MEDLINE", exact=True)).to_be_visible()
    return f"/reviews/{Review.objects.get().pk}"


def invite(pages, home):
    """Three people are asked in by a link each, and come."""
    lead = pages["lead"]
    for name, role in (("ana", "Reviewer"), ("ben", "Reviewer"), ("third", "Arbiter")):
        lead.goto(f"{home}/members/")
        field(lead, "E-mail address").fill(f"{name}@example.org")
        field(lead, "Role").select_option(role)
        press(lead, "Invite")
        pages[name].goto(field(lead, "Link of the invitation").input_value())
        press(pages[name], "Join the review")
        expect(pages[name]).to_have_url(re.compile(f"{home}/$"))


def import_references(lead, home):
    lead.goto(f"{home}/import/")
    field(lead, "Search").select_option("MEDLINE")
    field(lead, "File").set_input_files(
        {"name": "medline.ris", "mimeType": "text/plain", "buffer": ris()}
    )
    press(lead, "Look inside")
    press(lead, "Import 6 records")
    expect(lead.get_by_text("6 of 6 records")).to_be_visible()


def merge_the_pair(lead, home):
    lead.goto(f"{home}/duplicates/")
    press(lead, "Look for duplicates")
    press(lead, "See the proposals", role="link")
    expect(lead.get_by_text("1 pair to decide")).to_be_visible()
    press(lead, "Same paper, merge")
    expect(lead.get_by_text("No pair waits for a decision")).to_be_visible()


def keys(page, pressed, *, first=1):
    """One decision a key, each on the record that is shown; ``first`` is where they begin."""
    for number, key in enumerate(pressed, first):
        expect(page.locator(".record:visible h1")).to_have_text(TITLES[number - 1])
        page.keyboard.press(key)


def saved(page):
    expect(page.locator("#saved")).to_have_text("All saved")


def screen(ana, ben, third, home):
    """Two screen five records by key, one of them without a connection for a while; they differ
    on the fourth, and the third person decides it by key."""
    for page in (ana, ben):
        page.goto(f"{home}/screening/")
        saved(page)
    keys(ana, "11112")
    saved(ana)
    ben.context.set_offline(True)
    keys(ben, "11")
    expect(ben.locator("#saved")).to_have_text("Offline, 2 kept")
    assert Vote.objects.count() == 5
    ben.context.set_offline(False)
    ben.reload()
    keys(ben, "122", first=3)
    saved(ben)
    assert Vote.objects.count() == 10
    third.goto(f"{home}/conflicts/")
    expect(third.get_by_role("heading", name=TITLES[3])).to_be_visible()
    assert "Ana" not in third.locator(".diff-sides").inner_text()
    third.keyboard.press("2")
    expect(third.get_by_text("No conflict here waits for you")).to_be_visible()


def judge_full_texts(ana, ben, home):
    """One attaches the three papers; both judge them by key, with a reason for the last."""
    for number in (1, 2, 3):
        ana.goto(f"{home}/fulltexts/?retrieval=sought")
        ana.locator("tbody a").first.click()
        paper = pdf(TITLES[number - 1], ["Made for a test."])
        ana.get_by_label("PDF", exact=True).set_input_files(
            {"name": f"{number}.pdf", "mimeType": "application/pdf", "buffer": paper}
        )
        press(ana, "Attach the PDF")
        expect(ana.get_by_text("Obtained").first).to_be_visible()
    for page in (ana, ben):
        page.goto(f"{home}/fulltexts/next/")
        for number, key in enumerate("112", 1):
            expect(page.get_by_role("heading", name=TITLES[number - 1])).to_be_visible()
            page.wait_for_load_state()  # the page takes keys once its script has run
            page.keyboard.press(key)
        page.keyboard.press("b")
        expect(page.get_by_text("No full text waits for your vote now")).to_be_visible()


def build_the_form(lead, home):
    """The reports become studies; the form begins as the starter for trials."""
    lead.goto(f"{home}/studies/")
    press(lead, "Make each a study")
    lead.goto(f"{home}/forms/new/")
    field(lead, "Name").fill("Trials")
    field(lead, "Two-arm trial").check()
    press(lead, "Save")
    press(lead, "Publish version 1")
    expect(lead.get_by_text("is published")).to_be_visible()


def extract(ana, ben, home):
    """Two people read two studies. The second misreads an SD in one and a number in the other."""
    for page in (ana, ben):
        for study, arms in enumerate(PRINTED):
            page.goto(f"{home}/studies/?lane=mine")
            press(page, "Extract")
            name_units(page)
            slip = {} if page == ana else ({"2.1": "1.2"}, {"24": "42"})[study]
            fill(page, arms, slip)
            press(page, "Submit")
            expect(page.get_by_role("button", name="Submit")).to_have_count(0)


def name_units(page):
    for kind, label, detail in (("arm", *ARMS[0]), ("arm", *ARMS[1]), ("outcome", *OUTCOME)):
        units = page.locator("details.units", has=page.locator(f"#add-{kind}"))
        if units.get_attribute("open") is None:
            units.locator("summary").click()
        units.locator(f"#add-{kind}").fill(label)
        units.locator(f"#add-{kind}-detail").fill(detail)
        units.get_by_role("button", name="Add").click()
        expect(units.locator("summary")).to_contain_text(f"{label}, {detail}")


def fill(page, arms, slip):
    """What is required, each number with its quote; ``slip`` says what is misread as what."""
    design = field(page, "Design")
    design.focus()
    design.select_option("Parallel groups")
    quote(page, "parallel groups")
    outcome = ", ".join(OUTCOME)
    for (label, role), (mean, sd, n) in zip(ARMS, arms, strict=True):
        arm = f"{label}, {role}"
        for name, given in (
            (f"What the arm received, {arm}", label),
            (f"Randomised, {arm}", n),
            (f"Analysed, {outcome}, {arm}", slip.get(n, n)),
            (f"Score, {outcome}, {arm}", f"{mean} ({slip.get(sd, sd)})"),
        ):
            page.get_by_label(name, exact=True).fill(given)
            quote(page, f"{label}: {given}")
    saved(page)


def quote(page, text):
    """Words and page of the paper, into the witness of the cell that has the focus."""
    page.keyboard.press("Alt+KeyQ")
    page.keyboard.insert_text(text)
    page.keyboard.press("Tab")
    page.keyboard.insert_text("1")
    page.keyboard.press("Tab")


def agree(ben, third, home):
    """The first slip is conceded; the second is left to the third person, who sees no names."""
    studies = {record.study.label: record.pk for record in Record.objects.all()}
    conceded, left = (f"{home}/consensus/{pk}" for _, pk in sorted(studies.items()))
    ben.goto(f"{conceded}/compare/")
    expect(ben.locator("#left")).to_have_text("1")
    ben.keyboard.press("2")
    expect(ben.locator("#left")).to_have_text("0")
    ben.goto(f"{left}/compare/")
    ben.keyboard.press("0")
    expect(ben.get_by_text("left it to the third person")).to_be_visible()
    third.goto(f"{left}/settle/")
    side = third.locator(".diff-side", has_text="24")
    assert "Ana" not in side.inner_text()
    side.get_by_role("button").click()
    expect(third.locator("#left")).to_have_text("0")
    for address in (conceded, left):
        third.goto(f"{address}/")
        press(third, "Approve the study")
        expect(third.get_by_text("Approved", exact=True)).to_be_visible()


def appraise(lead, ana, ben, home):
    """The checklist on one study, by key; one item differs and is conceded."""
    lead.goto(f"{home}/appraisal/tools/")
    lead.locator("button[name=tool][value=checklist12]").click()
    field(lead, "Author2 2012").uncheck()
    press(lead, "Plan these")
    expect(lead.get_by_text("Needs two appraisers")).to_have_count(1)
    for page, marks in ((ana, "+" * 12), (ben, "++-" + "+" * 9)):
        page.goto(f"{home}/appraisal/?lane=mine")
        press(page, "Appraise")
        for number, mark in enumerate(marks, 1):
            expect(page.locator(".ask[aria-current]")).to_have_id(f"line-{number}")
            page.keyboard.press(mark)
            page.keyboard.press("j")
        saved(page)
        press(page, "Submit")
    expect(ben.locator("#left")).to_have_text("1 left")
    ben.keyboard.press("2")
    expect(ben.get_by_text("Settled").first).to_be_visible()


def analyse(lead, home):
    """Freeze, plan the mean difference, run it and see the plot."""
    lead.goto(f"{home}/snapshots/")
    press(lead, "Freeze snapshot")
    lead.goto(f"{home}/analysis/plans/new/")
    field(lead, "Data from the form").select_option("Trials")
    field(lead, "Effect measure").select_option("Mean difference")
    press(lead, "Go on")
    field(lead, "Title of the analysis").fill("Pain at 12 weeks")
    field(lead, "Mean with SD").select_option("Score")
    field(lead, "Number of patients").select_option("Analysed")
    field(lead, "First arm").fill("treatment")
    field(lead, "Second arm").fill("control")
    field(lead, "Outcome and time").fill(", ".join(OUTCOME))
    field(lead, "Between-study variance by").select_option("DL")
    field(lead, "Interval").select_option("z")
    press(lead, "Write the plan")
    press(lead, "Run on snapshot 1")
    for words in ("Author1 2011", "Author2 2012", f"{pooled()['beta']:.2f}".replace("-", "−")):
        expect(plot(lead)).to_contain_text(words)


def plot(page):
    return page.get_by_role("region", name="Result").locator("svg:visible").first


def pooled():
    """DerSimonian and Laird by hand."""
    effects = [float(t[0]) - float(c[0]) for t, c in PRINTED]
    variances = [sum(float(sd) ** 2 / int(n) for _, sd, n in arms) for arms in PRINTED]
    weights = [1 / v for v in variances]
    common = sum(w * y for w, y in zip(weights, effects, strict=True)) / sum(weights)
    q = sum(w * (y - common) ** 2 for w, y in zip(weights, effects, strict=True))
    scale = sum(weights) - sum(w**2 for w in weights) / sum(weights)
    tau2 = max(0, (q - 1) / scale)
    weights = [1 / (v + tau2) for v in variances]
    beta = sum(w * y for w, y in zip(weights, effects, strict=True)) / sum(weights)
    found = {"beta": beta, "se": sum(weights) ** -0.5, "q": q, "tau2": tau2}
    return found | {"effects": effects, "variances": variances}


def check_numbers(lead, home):
    """The spreadsheet holds what was decided and what follows from it."""
    lead.goto(f"{home}/exports/")
    with lead.expect_download() as saving:
        press(lead, "Save the spreadsheet", role="link")
    book = load_workbook(io.BytesIO(saving.value.path().read_bytes()))
    by_hand = pooled()
    result = rows(book, "Results")[0]
    assert result["Studies"] == 2
    assert result["Estimate"] == pytest.approx(by_hand["beta"], rel=1e-9)
    assert result["SE"] == pytest.approx(by_hand["se"], rel=1e-9)
    assert result["Lower"] == pytest.approx(by_hand["beta"] - 1.959963985 * by_hand["se"], rel=1e-8)
    assert result["Q"] == pytest.approx(by_hand["q"], rel=1e-9)
    assert result["tau²"] == pytest.approx(by_hand["tau2"], abs=1e-12)
    studies = rows(book, "Result studies")
    assert [row["Effect"] for row in studies] == pytest.approx(by_hand["effects"], rel=1e-9)
    assert [row["Variance"] for row in studies] == pytest.approx(by_hand["variances"], rel=1e-9)
    flow = {row["Box"]: row["n"] for row in rows(book, "PRISMA")}
    assert {box: flow[box] for box in FLOW} == FLOW
    said = [tuple(row.values())[:5] for row in rows(book, "Decisions")]
    assert len(said) == 17
    assert (4, "Title and abstract", "Third", "ruling", "Exclude") in said
    settled = next(row for row in rows(book, "Extraction") if row["Third person"])
    readings = settled["First reading"], settled["Second reading"], settled["Number"]
    assert readings == ("24", "42", 24)


def rows(book, title):
    """The rows of a sheet as dictionaries by its headings."""
    head, *body = book[title].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in body]


def walk_back(lead, home):
    """From the row of the plot to its cells, and from there to both readings and the quote."""
    run = Run.objects.get()
    row = run.inputs["rows"][0]
    lead.goto(f"{home}/analysis/runs/{run.pk}/")
    lead.get_by_role("region", name="Result").locator(
        "svg:visible a", has_text=row["label"]
    ).first.click()
    expect(lead.get_by_text("Where the numbers of this row came from")).to_be_visible()
    press(lead, "the approved cell, both entries and the page", role="link")
    for words in ("Ana", "Ben", "4.2 (2.1)", "4.2 (1.2)"):
        expect(lead.get_by_text(words).first).to_be_visible()
    call_command("verify_integrity")
    assert Event.objects.filter(action="vote.cast").count() == Vote.objects.count() == 16
