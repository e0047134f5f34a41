from django.db import migrations, models

WAITING = models.UniqueConstraint(
    fields=["dedupe_key"],
    name="job_once_while_waiting",
    condition=models.Q(("state", "waiting"), models.Q(("dedupe_key", ""), _negated=True)),
)
DROP = "DROP INDEX CONCURRENTLY IF EXISTS job_once_while_waiting"
DROP_BROADER = "DROP INDEX CONCURRENTLY IF EXISTS job_once_while_open"
MAKE = """
CREATE UNIQUE INDEX CONCURRENTLY job_once_while_waiting ON jobs_job (dedupe_key)
    WHERE (state = 'waiting' AND NOT (dedupe_key = ''))
"""
MAKE_BROADER = """
CREATE UNIQUE INDEX CONCURRENTLY job_once_while_open ON jobs_job (dedupe_key)
    WHERE (state IN ('waiting', 'running') AND NOT (dedupe_key = ''))
"""


class Migration(migrations.Migration):
    """Of a key one row may wait, beside one that runs; it was one of both. Without locking the table."""

    atomic = False
    dependencies = [("jobs", "0003_element_progress")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.AddConstraint(model_name="job", constraint=WAITING)],
            # Dropped first: one that was killed half-way has left an index that holds nothing.
            database_operations=[migrations.RunSQL([DROP, MAKE], DROP)],
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveConstraint(model_name="job", name="job_once_while_open")],
            database_operations=[migrations.RunSQL(DROP_BROADER, [DROP_BROADER, MAKE_BROADER])],
        ),
    ]
