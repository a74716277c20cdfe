"""Ada's numbers and names hold canaries; nobody may meet one before they should."""

import pytest

from extraction import adjudication, extract
from extraction.models import Entry, Record, Study

from .room import ARM, CANARY, as_user, differing, fill, member, url

pytestmark = pytest.mark.django_db


LISTS = ("studies", "consensus", "snapshots", "extraction-forms")


def pages(user, review):
    """Every page of extraction this person can address, with its own entry where it has one."""
    client, places = as_user(user), [(name, []) for name in LISTS]
    for study in Study.objects.all():
        places.append(("study", [study.pk]))
    for entry in Entry.objects.all():
        places += [("entry", [entry.pk]), ("unit", [entry.pk])]
    for record in Record.objects.all():
        places += [(n, [record.pk]) for n in ("record", "record-compare", "record-settle")]
        places += [("record-cell", [cell.pk]) for cell in record.cells.all()]
    for name, args in places:
        answer = client.get(url(review, name, *args), follow=True)
        yield name, answer.content.decode()


@pytest.fixture
def others(review, ben, lead, cleo):
    roles = {"vera": "observer", "stat": "statistician", "dora": "reviewer"}
    return [ben, lead, cleo, *(member(review, name, role) for name, role in roles.items())]


def test_one_submitted_entry_is_seen_by_nobody(review, study, form, entry, ben, others):
    fill(entry, n=CANARY)
    extract.begin(study=study, form=form, actor=ben)
    for person in others:
        for name, page in pages(person, review):
            assert CANARY not in page and ARM not in page, (str(person), name)
            assert "Lovelace" not in page, (str(person), name)


def test_progress_of_the_other_changes_nothing_that_one_sees(review, study, form, entry, ben):
    second = extract.begin(study=study, form=form, actor=ben)

    def seen():
        page = as_user(ben).get(url(review, "studies")).content.decode()
        return page.split("<table")[1].split("</table")[0]

    before = seen()
    extract.save_cell(entry=entry, field="n", given=CANARY)
    assert seen() == before
    extract.submit(entry=entry)
    assert seen() == before
    assert second.status == "draft"


def test_while_comparing_the_two_see_all_and_others_no_value_or_no_name(
    review, study, form, entry, ben, others
):
    fill(entry, n=CANARY)
    fill(extract.begin(study=study, form=form, actor=ben), n="13")
    ben, lead, cleo, *rest = others
    assert any(CANARY in page for _, page in pages(ben, review))
    for person in (lead, cleo):
        for name, page in pages(person, review):
            assert "Lovelace" not in page and "Franklin" not in page, (str(person), name)
    for person in rest:
        for name, page in pages(person, review):
            assert CANARY not in page and ARM not in page, (str(person), name)


def test_the_lead_may_let_the_third_person_see_names(review, ada, cleo, record):
    review.arbiter_sees_names = True
    review.save(update_fields=["arbiter_sees_names"])
    adjudication.give_opinion(cell=differing(record), person=ada, choice="escalated")
    page = as_user(cleo).get(url(review, "record-settle", record.pk)).content.decode()
    assert "Lovelace" in page
