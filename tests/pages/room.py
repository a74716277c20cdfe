"""People, forms and studies for the pages of extraction."""

from django.test import Client
from django.urls import reverse

from extraction import extract

from ..factories import join, make_user

CANARY, ARM = "47114711", "Canary arm"
JSON = {"Accept": "application/json"}
HTMX = {"HX-Request": "true"}


def member(review, name, *roles, **more):
    return join(review, make_user(name, **more), *roles)


def as_user(user):
    client = Client()
    client.force_login(user)
    return client


def url(review, name, *args):
    return reverse(name, args=[review.pk, *args])


def fill(entry, n="14", male="6"):
    """A submitted entry; its arm has a name that occurs nowhere else."""
    arm = extract.add_unit(entry=entry, kind="arm", label=ARM)
    extract.save_cell(entry=entry, field="n", given=n, quote=f"quote {n}", page=3)
    extract.save_cell(entry=entry, field="male", given=male)
    extract.save_cell(entry=entry, field="treated", arm=arm.pk, given=n)
    return extract.submit(entry=entry)


def differing(record):
    return record.cells.get(path="male||")
