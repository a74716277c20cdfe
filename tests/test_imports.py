"""Step 1: a file is previewed, accepted, withdrawn; nothing is dropped silently."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from review import imports, jobs, ledger, parsers
from review.models import Batch, IllegalMove, Job, Screening

from .factories import join, make_review, make_user

pytestmark = pytest.mark.django_db

RIS = b"""TY  - JOUR
TI  - Motor cortex stimulation for facial pain
AU  - Doe, Jane
PY  - 1998
DO  - 10.1000/A1
ER  -

TY  - JOUR
AU  - Nobody, N
ER  -

TY  - JOUR
TI  - <script>alert(1)</script>
PY  - 2001
ER  -
"""


@pytest.fixture
def review():
    return make_review()


@pytest.fixture
def search(review):
    return review.searches.create(source="MEDLINE", kind="database", searched_on="2018-10-01")


def upload(content=RIS, name="medline.ris"):
    return SimpleUploadedFile(name, content)


def previewed(review, search, **file):
    return imports.preview(
        review=review, actor=review.created_by, search=search, upload=upload(**file)
    )


@pytest.fixture
def batch(review, search, django_capture_on_commit_callbacks):
    batch = previewed(review, search)
    with django_capture_on_commit_callbacks(execute=True):
        imports.accept(batch=batch, actor=review.created_by)
    batch.refresh_from_db()
    return batch


def test_a_preview_says_what_is_in_the_file_and_imports_nothing(client, review, search):
    client.force_login(review.created_by)
    answer = client.post(
        reverse("import-upload", args=[review.pk]), {"search": search.pk, "upload": upload()}
    )
    batch = Batch.objects.get()
    assert answer.url == reverse("batch", args=[review.pk, batch.pk])
    assert batch.expected == batch.parsed + batch.rejected == 3
    assert batch.coverage["doi"] == 1
    assert not review.references.exists()
    page = client.get(answer.url).content.decode()
    assert "<script>alert" not in page


def test_every_problem_names_its_line(review, search):
    batch = previewed(review, search)
    assert {problem["line"] for problem in batch.problems} & {8, 9}


def test_accepting_makes_references_with_their_raw_record_and_line(review, batch):
    assert batch.status == Batch.Status.ACCEPTED
    assert review.references.count() == batch.parsed
    first = review.references.get(number=1)
    assert (first.line, first.year, first.doi) == (1, 1998, "10.1000/a1")
    assert "TI  - Motor cortex stimulation" in first.raw
    assert review.jobs.get().status == Job.Status.DONE
    assert Screening.objects.filter(review=review).count() == batch.parsed
    assert ledger.verify(review) == []


def test_numbers_go_on_in_the_next_batch(review, batch, django_capture_on_commit_callbacks):
    other = review.searches.create(source="Embase", kind="database", searched_on="2018-10-01")
    second = previewed(review, other, name="embase.ris")
    with django_capture_on_commit_callbacks(execute=True):
        imports.accept(batch=second, actor=review.created_by)
    numbers = list(review.references.values_list("number", flat=True))
    assert numbers == list(range(1, 2 * batch.parsed + 1))


def test_accepting_twice_is_refused(review, batch):
    with pytest.raises(IllegalMove):
        imports.accept(batch=batch, actor=review.created_by)


def test_running_the_task_again_changes_nothing(review, batch):
    imports.run_import.call(review.jobs.get().pk, batch.pk)
    assert review.references.count() == batch.parsed


def test_the_same_file_for_the_same_search_is_refused(review, search, batch):
    with pytest.raises(IllegalMove, match="byte for byte"):
        previewed(review, search)


def test_a_crash_leaves_nothing_and_the_batch_can_be_tried_again(
    review, search, monkeypatch, django_capture_on_commit_callbacks
):
    batch = previewed(review, search)

    def crash(**_):
        raise RuntimeError("power cut")

    monkeypatch.setattr(imports.screening, "open_title_abstract", crash)
    with django_capture_on_commit_callbacks():
        job = imports.accept(batch=batch, actor=review.created_by)
    with pytest.raises(RuntimeError):
        imports.run_import.call(job.pk, batch.pk)
    batch.refresh_from_db()
    job.refresh_from_db()
    assert batch.status == Batch.Status.PREVIEW
    assert not review.references.exists()
    assert (job.status, job.message) == (Job.Status.FAILED, jobs.UNEXPECTED)


def test_a_cancelled_import_keeps_nothing(review, search, django_capture_on_commit_callbacks):
    batch = previewed(review, search)
    with django_capture_on_commit_callbacks():
        job = imports.accept(batch=batch, actor=review.created_by)
    jobs.cancel(job=job)
    imports.run_import.call(job.pk, batch.pk)
    job.refresh_from_db()
    assert job.status == Job.Status.CANCELLED
    assert not review.references.exists()


def test_withdrawing_keeps_the_rows_but_not_in_the_review(review, batch):
    imports.withdraw(batch=batch, actor=review.created_by, why="wrong export")
    assert not review.references.live().exists()
    assert review.references.count() == batch.parsed
    assert set(review.screenings.values_list("status", flat=True)) == {"set_aside"}
    assert review.events.last().data["why"] == "wrong export"


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "empty.ris", "empty"),
        (b"%PDF-1.4 nothing", "paper.pdf", "PDF"),
        (b"\x89PNG\r\n\x1a\n0000", "picture.png", "picture.png"),
        (b"just some words\nand more words\n", "notes.txt", "notes.txt"),
    ],
)
def test_a_wrong_file_is_refused_in_words_and_changes_nothing(
    client, review, search, content, name, said
):
    client.force_login(review.created_by)
    answer = client.post(
        reverse("import-upload", args=[review.pk]),
        {"search": search.pk, "upload": upload(content, name)},
    )
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Batch.objects.exists()


def test_a_file_with_only_broken_records_cannot_be_accepted(review, search):
    batch = previewed(review, search, content=b"TY  - JOUR\nPY  - 2001\nER  -\n")
    assert (batch.expected, batch.parsed, batch.rejected) == (1, 0, 1)
    with pytest.raises(IllegalMove, match="no record that can be read"):
        imports.accept(batch=batch, actor=review.created_by)


def test_a_file_over_the_limit_is_refused(client, review, search, settings):
    settings.UPLOAD_LIMIT_MB = 0
    client.force_login(review.created_by)
    answer = client.post(
        reverse("import-upload", args=[review.pk]), {"search": search.pk, "upload": upload()}
    )
    assert answer.status_code == 422
    assert "larger than the limit" in answer.content.decode()


@pytest.mark.parametrize("role", ["arbiter", "statistician", "observer"])
def test_who_may_not_import(client, review, role):
    client.force_login(join(review, make_user(), role))
    assert client.get(reverse("import-list", args=[review.pk])).status_code == 403


def test_every_format_of_the_registry_can_be_labelled():
    assert {"ris", "nbib", "bibtex"} <= set(parsers.FORMATS)


def test_a_preview_hides_the_citation_where_the_protocol_does(client, review, search):
    review.hide_citation = True
    review.save(update_fields=["hide_citation"])
    batch = previewed(review, search)
    for user, seen in ((review.created_by, True), (join(review, make_user(), "reviewer"), False)):
        client.force_login(user)
        page = client.get(reverse("batch", args=[review.pk, batch.pk])).content.decode()
        assert "Motor cortex stimulation" in page
        assert ("Doe, Jane" in page) is seen
