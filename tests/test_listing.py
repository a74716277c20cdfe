"""Lists whose rows are alike in the column they are sorted by."""

import django_tables2
import pytest

from analysis import tables as analysis_tables
from extraction import appraisal_tables
from extraction import tables as extraction_tables
from extraction.models import Study
from review import tables as review_tables
from review.listing import Listing

from .factories import make_review, make_study

MODULES = (review_tables, extraction_tables, appraisal_tables, analysis_tables)


def test_every_table_is_a_listing():
    found = [
        one
        for module in MODULES
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, django_tables2.Table)
    ]
    assert len(found) > 8
    assert all(issubclass(one, Listing) for one in found)


class Titles(Listing):
    review = django_tables2.Column(accessor="review__title")


@pytest.mark.django_db
@pytest.mark.parametrize("sort", ["review", "-review"])
def test_rows_alike_follow_their_keys(sort):
    first, second = (make_review(title) for title in ("A", "B"))
    alike = [make_study(first).pk for _ in range(3)]
    other = make_study(second).pk
    table = Titles(Study.objects.order_by("-pk"), order_by=(sort,))
    found = [row.record.pk for row in table.rows]
    assert found == ([*alike, other] if sort == "review" else [other, *alike])
    table.order_by = ()
    assert len(table.rows) == 4
