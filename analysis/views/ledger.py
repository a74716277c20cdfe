"""The ledger, as far as its reader may see it, and whether it still holds together."""

from django.conf import settings
from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django_tables2 import RequestConfig

from review import ledger as chain
from review.access import Can, needs

from .. import audit
from ..tables import EventTable


class ShownOnly(Paginator):
    """Pages of the whole ledger, each without the events that its reader may not see yet."""

    def __init__(self, *args, seat, **kwargs):
        super().__init__(*args, **kwargs)
        self.seat = seat

    def page(self, number):
        page = super().page(number)
        rows = list(page.object_list)
        seen = {event.pk for event in audit.shown(self.seat, [row.record for row in rows])}
        page.object_list = [row for row in rows if row.record.pk in seen]
        return page


@needs(Can.AUDIT)
@require_GET
def ledger(request, review):
    """Events, newest first; with ``?check`` also whether the chain is whole."""
    table = EventTable(review.events.select_related("actor").order_by("-seq"))
    paginate = {"per_page": 50, "paginator_class": ShownOnly, "seat": request.seat}
    RequestConfig(request, paginate=paginate).configure(table)
    checked = "check" in request.GET
    context = {
        "review": review,
        "table": table,
        "zone": settings.TIME_ZONE,
        "checked": checked,
        "problems": chain.verify(review) if checked else [],
    }
    return render(request, "analysis/ledger.html", context)
