"""Queries against the cells that rest on them."""

from django.db.models import F

from extraction.models import AuthorQuery, Cell


def problems(review):
    """Every cell that rests on a query belongs to the entry that asked, and the query was
    answered; a query that was not answered holds no answer."""
    cells = Cell.objects.filter(entry__study__review=review, query__isnull=False)
    unanswered = cells.exclude(query__status=AuthorQuery.Status.ANSWERED)
    queries = AuthorQuery.objects.filter(entry__study__review=review)
    return [
        *(
            f"entry {cell.entry_id}: cell {cell.path} rests on a query without an answer"
            for cell in unanswered
        ),
        *(
            f"entry {cell.entry_id}: cell {cell.path} rests on a query of another entry"
            for cell in cells.exclude(query__entry=F("entry"))
        ),
        *(
            f"query {query.pk}: it is “{query.status}” and holds an answer"
            for query in queries.exclude(status=AuthorQuery.Status.ANSWERED).exclude(answer="")
        ),
    ]
