import django.contrib.postgres.indexes
from django.db import migrations

OFF = "ALTER INDEX code_use_codes SET (fastupdate = off)"
ON = "ALTER INDEX code_use_codes SET (fastupdate = on)"


class Migration(migrations.Migration):
    """Entries go into the index of codes as they are written: looking up does not search those that wait as well."""

    dependencies = [("forms_builder", "0011_pending_reviews")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(OFF, ON)],
            state_operations=[
                migrations.RemoveIndex("codeuse", "code_use_codes"),
                migrations.AddIndex(
                    "codeuse",
                    django.contrib.postgres.indexes.GinIndex(
                        fastupdate=False, fields=["codes"], name="code_use_codes"
                    ),
                ),
            ],
        )
    ]
