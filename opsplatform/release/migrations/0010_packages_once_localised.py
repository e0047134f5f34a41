"""A version has one package in a division for each localisation; the index is built while people work (ADR 0017)."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("release", "0009_localisations")]
    operations = [
        AddIndexConcurrently(
            model_name="release", index=models.Index(fields=["localisation"], name="release_of_localisation")
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint(model_name="package", name="package_once"),
                migrations.AddConstraint(
                    model_name="package",
                    constraint=models.UniqueConstraint(
                        fields=("version", "division", "localisation"), name="package_once_localised", nulls_distinct=False
                    ),
                ),
            ],
            database_operations=[
                migrations.RunSQL(
                    "CREATE UNIQUE INDEX CONCURRENTLY package_once_localised ON release_package"
                    " (version_id, division_id, localisation_id) NULLS NOT DISTINCT",
                    "DROP INDEX IF EXISTS package_once_localised",
                ),
                migrations.RunSQL(
                    "ALTER TABLE release_package ADD CONSTRAINT package_once_localised UNIQUE USING INDEX package_once_localised",
                    "ALTER TABLE release_package DROP CONSTRAINT package_once_localised",
                ),
                migrations.RunSQL(
                    "ALTER TABLE release_package DROP CONSTRAINT package_once",
                    "ALTER TABLE release_package ADD CONSTRAINT package_once UNIQUE (version_id, division_id)",
                ),
            ],
        ),
    ]
