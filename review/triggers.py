"""Database triggers that refuse to change rows which are written once.

Migrations of each app call ``append_only`` for their own tables.
"""

from django.db import migrations

POSTGRES_INSTALL = """
CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger AS $$
BEGIN
  RAISE EXCEPTION '{table} is append-only';
END; $$ LANGUAGE plpgsql;
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
  FOR EACH ROW EXECUTE FUNCTION {table}_append_only();
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only();
"""
POSTGRES_REMOVE = """
DROP TRIGGER IF EXISTS {table}_append_only ON {table};
DROP TRIGGER IF EXISTS {table}_no_truncate ON {table};
DROP FUNCTION IF EXISTS {table}_append_only();
"""
SQLITE_INSTALL = (
    "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
    "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
    "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
)
SQLITE_REMOVE = (
    "DROP TRIGGER IF EXISTS {table}_no_update",
    "DROP TRIGGER IF EXISTS {table}_no_delete",
)


def install(connection, table):
    """Refuse UPDATE, DELETE and TRUNCATE on ``table`` from now on."""
    _run(connection, table, POSTGRES_INSTALL, SQLITE_INSTALL)


def remove(connection, table):
    """Lift what ``install`` did."""
    _run(connection, table, POSTGRES_REMOVE, SQLITE_REMOVE)


def append_only(table):
    """The migration operation that makes ``table`` append-only."""
    return migrations.RunPython(
        lambda apps, editor: install(editor.connection, table),
        lambda apps, editor: remove(editor.connection, table),
    )


def _run(connection, table, postgres, sqlite):
    statements = [postgres] if connection.vendor == "postgresql" else sqlite
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement.format(table=table))
