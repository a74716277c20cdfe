"""Frozen data: listed, shown, downloaded, and by whom."""

import json

import pytest

from extraction import adjudication, snapshots
from extraction.models import Snapshot

from .room import as_user, differing, member, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def approved(record, ben, cleo):
    adjudication.give_opinion(cell=differing(record), person=ben, choice="first")
    return adjudication.approve(record=record, actor=cleo)


def test_frozen_listed_shown_and_downloaded(review, lead, approved):
    client = as_user(lead)
    shown = client.post(url(review, "snapshot-freeze"), {"note": "first"}, follow=True)
    assert "Study 2001" in shown.content.decode()
    snapshot = Snapshot.objects.get()
    assert snapshot.sha256[:12] in client.get(url(review, "snapshots")).content.decode()
    download = client.get(url(review, "snapshot-download", snapshot.pk))
    assert download.content.decode() == snapshot.content
    assert json.loads(download.content)["number"] == 1


def test_nothing_approved(review, lead, record):
    answer = as_user(lead).post(url(review, "snapshot-freeze"), {"note": ""})
    assert answer.status_code == 409
    assert "Nothing is approved yet" in answer.content.decode()


def test_a_statistician_freezes_and_reads_no_names(review, approved):
    stat = as_user(member(review, "stat", "statistician"))
    snapshots.freeze(review=review, actor=review.created_by)
    for name in ("snapshots", "snapshot"):
        args = [Snapshot.objects.get().pk] if name == "snapshot" else []
        assert "Ines" not in stat.get(url(review, name, *args)).content.decode()
    assert stat.post(url(review, "snapshot-freeze"), {"note": ""}).status_code == 302


def test_an_extractor_does_not_freeze(review, ada, approved):
    assert as_user(ada).post(url(review, "snapshot-freeze")).status_code == 403
