"""One's own sheet: saved, refused, told of another window, with and without script."""

import pytest

from extraction.models import Entry

from ..factories import make_user
from .room import JSON, as_user, fill, url

pytestmark = pytest.mark.django_db


def test_beginning_leads_to_the_sheet(review, ada, study, form):
    answer = as_user(ada).post(url(review, "entry-begin", study.pk, form.pk))
    page = as_user(ada).get(answer.url).content.decode()
    assert 'data-path="n||"' in page
    assert "0 of 4 cells" in page
    assert "Name the arms first." in page


def save(user, review, entry, **cell):
    return as_user(user).post(url(review, "entry-save", entry.pk), cell, headers=JSON)


def test_a_cell_is_saved_and_answered(review, ada, entry):
    answer = save(
        ada, review, entry, path="vas||", given="10,2 (1)", state="value", quote="10.2 (1)", page=4
    ).json()
    assert answer["counts"] == {"done": 1, "total": 4, "checks": 1}
    assert "lies outside the scale 0 to 10" in answer["says"]["vas||"]
    assert answer["looks"]["vas||"] == "check"
    assert "10.2 ± 1" in answer["cell"], "how it was read stands beside what was typed"
    assert entry.cells.get().page == 4


def test_a_refused_value_keeps_what_was_typed(review, ada, entry):
    answer = save(ada, review, entry, path="n||", given="<i>many</i>")
    assert answer.status_code == 422
    cell = answer.json()["cell"]
    assert "is not a number" in cell and 'value="&lt;i&gt;many&lt;/i&gt;"' in cell
    assert not entry.cells.exists()


def test_a_second_window_is_told_both_values(review, ada, entry):
    save(ada, review, entry, path="n||", given="7", seen="")
    late = save(ada, review, entry, path="n||", given="8", seen="")
    assert late.status_code == 409
    assert "There: <b>7</b>. Here: <b>8</b>" in late.json()["cell"]
    assert entry.cells.get().value["number"] == "7"


@pytest.mark.parametrize("path", ["gone||", "n|1|", "n", "n|x|", "treated||", ""])
def test_a_cell_that_is_not_there(review, ada, entry, path):
    answer = save(ada, review, entry, path=path, given="7")
    assert answer.status_code in (404, 409, 422)
    assert not entry.cells.exists()


def test_a_page_that_is_no_page(review, ada, entry):
    answer = save(ada, review, entry, path="n||", given="7", page="four")
    assert answer.status_code == 422
    assert not entry.cells.exists()


def test_a_warning_is_confirmed(review, ada, entry):
    said = save(ada, review, entry, path="vas||", given="10.2").json()["says"]["vas||"]
    assert "Confirm as printed" in said
    text = "10.2 lies outside the scale 0 to 10."
    answer = as_user(ada).post(
        url(review, "entry-confirm", entry.pk), {"path": "vas||", "text": text}, headers=JSON
    )
    assert answer.json()["counts"]["checks"] == 0


def test_without_script_one_button_saves_all(review, ada, entry):
    client = as_user(ada)
    client.post(url(review, "entry-save-all", entry.pk), {"n||": "7", "male||": "3"})
    assert entry.cells.count() == 2
    refused = client.post(url(review, "entry-save-all", entry.pk), {"n||": "x", "vas||": "5"})
    assert refused.status_code == 422
    assert "is not a number" in refused.content.decode()
    assert entry.cells.count() == 2


def test_without_script_a_cell_has_a_page_of_its_own(review, ada, entry):
    client = as_user(ada)
    address = url(review, "entry-cell", entry.pk) + "?path=n||"
    assert client.get(address).status_code == 200
    data = {"path": "n||", "given": "7", "state": "value", "quote": "seven", "page": 2}
    assert client.post(address, data).status_code == 302
    assert entry.cells.get().quote == "seven"
    assert client.post(address, data | {"given": "x"}).status_code == 422


def test_units(review, ada, entry):
    client = as_user(ada)
    client.post(url(review, "unit-add", entry.pk), {"kind": "arm", "label": "<CBT>"})
    unit = entry.units.get()
    assert "&lt;CBT&gt;" in client.get(url(review, "entry", entry.pk)).content.decode()
    client.post(url(review, "unit", unit.pk), {"kind": "arm", "label": "Sham"})
    client.post(url(review, "unit-add", entry.pk), {"kind": "arm", "label": "CBT"})
    client.post(url(review, "unit-move", unit.pk), {"by": "1"})
    assert [str(u) for u in entry.units.all()] == ["CBT", "Sham"]
    client.post(url(review, "unit-remove", unit.pk))
    assert [str(u) for u in entry.units.all()] == ["CBT"]
    assert client.post(url(review, "unit-add", entry.pk), {"kind": "arm"}).status_code == 422


def test_what_is_missing_is_listed_at_submission(review, ada, entry):
    answer = as_user(ada).post(url(review, "entry-submit", entry.pk))
    assert answer.status_code == 422
    assert '<a href="#cell-n||">Patients is empty</a>' in answer.content.decode()


def test_submitted_withdrawn_and_read_only(review, ada, entry):
    fill(entry)
    client = as_user(ada)
    page = client.get(url(review, "entry", entry.pk)).content.decode()
    assert "Withdraw to change it" in page and 'name="n||"' not in page
    client.post(url(review, "entry-withdraw", entry.pk))
    assert Entry.objects.get().status == "draft"


def test_nobody_else_finds_the_entry(review, ben, lead, cleo, entry):
    for user, status in ((ben, 404), (lead, 403), (cleo, 403), (make_user(), 404)):
        for name in ("entry", "entry-cell"):
            assert as_user(user).get(url(review, name, entry.pk)).status_code == status
