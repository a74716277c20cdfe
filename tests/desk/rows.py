"""Plain helpers of the pages of steps 3 and 4."""

from django.urls import reverse

from review import screening
from review.models import Screening, Stage

PDF = b"%PDF-1.4 one page"


def include(record, *people):
    for person in people:
        screening.cast_vote(screening=record, reviewer=person, verdict="include")


def at_full_text(report):
    return Screening.objects.get(reference=report.reference_id, stage=Stage.FULL_TEXT)


def sign_in(client, person):
    client.force_login(person)
    return client


def url(review, name, *args):
    return reverse(name, args=[review.pk, *args])
