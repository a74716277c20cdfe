"""What the open differences do to the results: a page, and the lines beside each difference."""

from django.shortcuts import render
from django.views.decorators.http import require_GET

from review.access import Can, needs

from .. import open_differences


@needs(Can.SEE_RECORDS)
@require_GET
def impact(request, review):
    """The whole review, or the record named in the query; htmx gets the lines for its page."""
    asked = request.GET.get("record", "")
    record = int(asked) if asked.isdecimal() and len(asked) < 19 else None
    found = open_differences.ranking(review, request.seat, record)
    if request.htmx:
        found = found.compared()
    matter = [one for one in found.differences if one.matters]
    context = {
        "review": review,
        "left": len(found.differences),
        "moving": found.moving,
        "outlooks": found.outlooks,
    }
    if request.htmx:
        return render(request, "analysis/_impact.html", context | {"ranked": found.differences})
    context |= {
        "matter": open_differences.lines(matter, request.seat),
        "others": open_differences.lines(found.differences[len(matter) :], request.seat),
        "record": record,
    }
    return render(request, "analysis/impact.html", context)
