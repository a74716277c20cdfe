"""Lists whose rows are alike in the column they are sorted by."""

import re

import django_tables2
import pytest

from extraction.models import Study
from review.listing import Listing

from .factories import make_review, make_study
from .test_architecture import python_files


def test_every_table_is_a_listing():
    texts = {path: path.read_text() for path in python_files("review", "extraction", "analysis")}
    assert sum(text.count("(Listing):") for text in texts.values()) > 12
    others = [path.name for path, text in texts.items() if re.search(r"\btables\.Table\)", text)]
    assert others == ["listing.py"]


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
