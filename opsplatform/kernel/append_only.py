"""Migration operations that make a table append-only: the application role loses the rights, a trigger is behind."""

from django.conf import settings
from django.db import migrations


def append_only(table: str) -> list[migrations.RunSQL]:
    """No UPDATE, DELETE or TRUNCATE on the table, by role and by trigger."""
    return [
        _revoke(table, "UPDATE, DELETE, TRUNCATE"),
        migrations.RunSQL(
            sql=f"""
            CREATE FUNCTION {table}_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION '{table} is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
            END $$;
            CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
                FOR EACH ROW EXECUTE FUNCTION {table}_refuse_change();
            CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse_change();
            """,
            reverse_sql=f"DROP FUNCTION {table}_refuse_change() CASCADE",
        ),
    ]


def no_delete(table: str) -> list[migrations.RunSQL]:
    """The application role may not remove rows of the table."""
    return [_revoke(table, "DELETE, TRUNCATE")]


def _revoke(table: str, rights: str) -> migrations.RunSQL:
    role = settings.DATABASE_APP_ROLE
    return migrations.RunSQL(
        sql=f'REVOKE {rights} ON {table} FROM "{role}"', reverse_sql=f'GRANT {rights} ON {table} TO "{role}"'
    )
