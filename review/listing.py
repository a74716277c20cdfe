"""What every list of the project is."""

import django_tables2 as tables
from django.db.models import QuerySet


class Listing(tables.Table):
    """A table whose order is whole: rows that a column does not tell apart follow their keys. The
    database may give them in any order, and pages of the list would lose some and repeat others."""

    @property
    def order_by(self):
        return self._order_by

    @order_by.setter
    def order_by(self, value):
        tables.Table.order_by.fset(self, value)
        rows = self.data.data
        if isinstance(rows, QuerySet) and rows.query.order_by:
            self.data.data = rows.order_by(*rows.query.order_by, "pk")
