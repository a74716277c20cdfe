"""How far extractors agree, and which field causes trouble."""

import csv

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django_tables2 import RequestConfig

from review.access import Can, needs
from review.writers import safe_cell

from .. import reliability
from ..reliability import cases as told
from ..reliability.tables import FieldTable, KindTable, PersonTable


@needs(Can.SEE_RECORDS)
@require_GET
def agreement(request, review):
    cases, studies, approved = told.of(review, request.seat)
    fields = reliability.by_field(cases)
    table = FieldTable(fields)
    RequestConfig(request, paginate={"per_page": 50}).configure(table)
    context = {
        "review": review,
        "studies": studies,
        "approved": approved,
        "worst": next((line for line in fields if line.differed), None),
        "fields": table,
        "kinds": KindTable(reliability.by_kind(cases)),
        "people": PersonTable(_people(cases, request.seat)),
        "all_people": _sees_all(request.seat),
    }
    return render(request, "extraction/agreement.html", context)


@needs(Can.SEE_RECORDS)
@require_GET
def agreement_csv(request, review):
    """All three lists, one after the other."""
    cases, _, _ = told.of(review, request.seat)
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="agreement.csv"'
    writer = csv.writer(response)
    for table in (
        FieldTable(reliability.by_field(cases)),
        KindTable(reliability.by_kind(cases)),
        PersonTable(_people(cases, request.seat)),
    ):
        writer.writerow([table.caption])
        writer.writerows([safe_cell(part) for part in row] for row in table.as_values())
        writer.writerow([])
    return response


def _people(cases, seat):
    """Everybody for those who settle or audit, oneself for the others."""
    lines = reliability.by_person(case for case in cases if None not in case.people)
    shown = [line for line in lines if _sees_all(seat) or line.person == seat.user]
    return sorted(shown, key=lambda line: str(line.person))


def _sees_all(seat):
    return seat.can(Can.SETTLE) or seat.can(Can.AUDIT)
