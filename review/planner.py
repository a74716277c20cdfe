"""What the database knows of its tables when it plans a query."""

from django.db import connection


def look_again(*models):
    """Have PostgreSQL count what tables hold that just grew.

    Its own housekeeping comes by within a minute; until then it plans as if they were small, and
    the pages of a large review take seconds. SQLite plans without counting.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")
